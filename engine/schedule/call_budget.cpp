// A call is allowed and counted at once: fetchers side by side never share the last one.
#include "engine/schedule/call_budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace {
namespace {

/// A bundle has been counted as one when the org's count grew by no more than this part of its
/// requests: other clients may have called meanwhile, or earlier calls fallen out of the count.
constexpr std::uint64_t few_of_a_bundle = 4;

/// `which`: "day" or "run".
error spent(const char* which, std::string message, std::string advice) {
  return {errc::request_limit, std::move(message), std::move(advice), retry::never, {},
          {{"budget", which}}};
}

}  // namespace

std::optional<std::uint64_t> call_limit::of(std::uint64_t allowed) const {
  if (calls) return calls;
  if (!percent || allowed == 0) return {};
  return allowed / 100 * *percent + allowed % 100 * *percent / 100;
}

std::optional<call_limit> parse_call_limit(std::string_view text) {
  const bool is_part = text.ends_with('%');
  if (is_part) text.remove_suffix(1);
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || number == 0) return {};
  if (!is_part) return call_limit{number, {}};
  if (number > 100) return {};
  return call_limit{{}, static_cast<unsigned>(number)};
}

std::string text_of(const call_limit& limit) {
  if (limit.calls) return std::to_string(*limit.calls);
  return limit.percent ? fmt::format("{}%", *limit.percent) : "none";
}

void call_ledger::note(const call_usage& said) {
  if (said.allowed == 0) return;
  const std::lock_guard lock(mutex_);
  said_ = said;
}

call_usage call_ledger::usage() const {
  const std::lock_guard lock(mutex_);
  return {said_.used + reserved_, said_.allowed};
}

std::optional<error> call_ledger::day_refuses(std::uint64_t calls) const {
  const auto limit = rules_.day.of(said_.allowed);
  if (!limit || said_.used + reserved_ + calls <= *limit) return {};
  return spent(
      "day",
      fmt::format("the day's budget of {} is spent: all clients of the org together have used "
                  "{} of its {} calls within 24 hours",
                  text_of(rules_.day), said_.used, said_.allowed),
      "What is committed stays; a run goes on where this one ended once the rolling 24 hours "
      "have freed some calls. api_budget.day sets the limit");
}

std::optional<error> call_ledger::count() {
  const std::lock_guard lock(mutex_);
  if (auto refused = day_refuses(1)) return refused;
  if (said_.allowed > 0) ++said_.used;
  return {};
}

result<call_ledger::reservation> call_ledger::reserve(std::uint64_t requests) {
  const std::lock_guard lock(mutex_);
  reservation made{requests, requests + 1, {}};
  if (auto refused = day_refuses(made.calls)) return failure(std::move(*refused));
  if (said_.allowed > 0) made.used_before = said_.used + reserved_;
  reserved_ += made.calls;
  return made;
}

std::uint64_t call_ledger::settle(const reservation& of, const std::optional<call_usage>& said) {
  const std::lock_guard lock(mutex_);
  reserved_ -= of.calls;
  if (!said || said->allowed == 0) {
    if (said_.allowed > 0) said_.used += of.calls;
    return of.calls;
  }
  said_ = *said;
  // A count that did not grow may have been late, or calls of the day before fell out of it: it
  // shows nothing. Other clients only make it grow more, and then the most is what is charged.
  if (!of.used_before || said->used <= *of.used_before) return of.calls;
  const std::uint64_t grown = said->used - *of.used_before;
  if (grown <= std::max<std::uint64_t>(of.requests / few_of_a_bundle, 1) && grown < of.requests) {
    counting_ = bundle_counting::once;
    return grown;
  }
  if (grown < of.requests) return of.calls;
  counting_ = bundle_counting::each;
  return std::min(grown, of.calls);
}

bundle_counting call_ledger::counting() const {
  const std::lock_guard lock(mutex_);
  return counting_;
}

std::optional<error> run_budget::run_refuses(std::uint64_t calls) const {
  const auto limit = source_->rules().run.of(source_->usage().allowed);
  if (!limit || total_ + calls <= *limit) return {};
  return spent("run",
               fmt::format("the run's budget of {} is spent: it has made {} calls",
                           text_of(source_->rules().run), total_),
               "What is committed stays, and the next run goes on there. api_budget.run sets "
               "the limit");
}

std::optional<error> run_budget::spend(const std::string& purpose) {
  const std::lock_guard lock(mutex_);
  if (auto refused = run_refuses(1)) return refused;
  if (auto refused = source_->count()) return refused;
  ++total_;
  ++by_purpose_[purpose];
  return {};
}

std::map<std::string, std::uint64_t> run_budget::calls() const {
  const std::lock_guard lock(mutex_);
  return by_purpose_;
}

result<std::shared_ptr<bundle_charge>> bundle_charge::make(const std::shared_ptr<run_budget>& of,
                                                           std::string purpose,
                                                           std::uint64_t requests) {
  const std::lock_guard lock(of->mutex_);
  if (auto refused = of->run_refuses(requests + 1)) return failure(std::move(*refused));
  MILLRACE_TRY(const call_ledger::reservation reserved, of->source_->reserve(requests));
  of->total_ += reserved.calls;
  of->by_purpose_[purpose] += reserved.calls;
  return std::shared_ptr<bundle_charge>(new bundle_charge(of, std::move(purpose), reserved));
}

bundle_charge::~bundle_charge() {
  settle({});
}

void bundle_charge::settle(const std::optional<call_usage>& said) {
  const std::shared_ptr<run_budget> of = std::exchange(of_, nullptr);
  if (!of) return;
  const std::lock_guard lock(of->mutex_);
  const std::uint64_t spare = reserved_.calls - of->source_->settle(reserved_, said);
  of->total_ -= spare;
  of->by_purpose_[purpose_] -= spare;
}

}  // namespace millrace
