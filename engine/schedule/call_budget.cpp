// A call is allowed and counted at once: fetchers side by side never share the last one.
#include "engine/schedule/call_budget.hpp"

#include <fmt/format.h>

#include <charconv>

namespace millrace {
namespace {

error spent(std::string message, std::string advice) {
  return {errc::request_limit, std::move(message), std::move(advice), retry::never, {}, {}};
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
  return said_;
}

std::optional<error> call_ledger::count() {
  const std::lock_guard lock(mutex_);
  if (const auto limit = rules_.day.of(said_.allowed); limit && said_.used >= *limit)
    return spent(
        fmt::format("the day's budget of {} is spent: all clients of the org together have used "
                    "{} of its {} calls within 24 hours",
                    text_of(rules_.day), said_.used, said_.allowed),
        "What is committed stays; a run goes on where this one ended once the rolling 24 hours "
        "have freed some calls. api_budget.day sets the limit");
  if (said_.allowed > 0) ++said_.used;
  return {};
}

std::optional<error> run_budget::spend(const std::string& purpose) {
  const std::lock_guard lock(mutex_);
  const auto limit = source_->rules().run.of(source_->usage().allowed);
  if (limit && total_ >= *limit)
    return spent(fmt::format("the run's budget of {} is spent: it has made {} calls",
                             text_of(source_->rules().run), total_),
                 "What is committed stays, and the next run goes on there. api_budget.run sets "
                 "the limit");
  if (auto refused = source_->count()) return refused;
  ++total_;
  ++by_purpose_[purpose];
  return {};
}

std::map<std::string, std::uint64_t> run_budget::calls() const {
  const std::lock_guard lock(mutex_);
  return by_purpose_;
}

}  // namespace millrace
