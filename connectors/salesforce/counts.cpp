// One `SELECT COUNT()` for each question. What one collection refuses is that collection's (I6).
#include "connectors/salesforce/counts.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <map>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Questions under way at once: enough to hide latency, few enough for a shared org.
constexpr std::size_t counts_at_once = 6;

std::optional<std::uint64_t> total_of(std::string_view body) {
  json::error_code failed;
  const json::value value = json::parse(body, failed);
  const json::object* root = failed ? nullptr : value.if_object();
  const json::value* total = root != nullptr ? root->if_contains("totalSize") : nullptr;
  if (total == nullptr || !total->is_int64() || total->get_int64() < 0) return {};
  return static_cast<std::uint64_t>(total->get_int64());
}

class org_counts final : public count_conversation {
 public:
  org_counts(session_ptr session, const std::vector<count_order>& questions)
      : book_(std::move(session)), questions_(questions) {
    for (const count_order& q : questions_)
      results_.emplace_back(
          failure(errc::internal, fmt::format("{} was not counted", q.what.object)));
  }

  next_step next(time_point) override {
    if (asked_ < questions_.size() && book_.open() < counts_at_once) {
      const count_order& q = questions_[asked_];
      query_plan plan;
      plan.what = &q.what;
      plan.range = q.range;
      plan.created_before = q.created_before;
      ask a = book_.make({http_method::get, count_path(plan, q.in_bin), {}, false}, body_use::whole,
                         "count");
      under_way_.emplace(a.id, asked_++);
      return a;
    }
    if (book_.open() > 0) return wait_for_answer{};
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      return gave_up(id, *fault, now);
    }
    const auto total = total_of(response.body);
    if (!total)
      return ask_again{{errc::page_malformed,
                        "the answer to a count holds no number",
                        "Run again; if it stays, report it",
                        retry::later,
                        {},
                        {}}};
    book_.close(id);
    results_[under_way_.extract(id).mapped()] = *total;
    return proceed{};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    results_[under_way_.extract(id).mapped()] = failure(why);
    if (is_of_the_org(why.code)) return give_up{why};
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  const std::vector<result<std::uint64_t>>& results() const override { return results_; }

 private:
  request_book book_;
  std::vector<count_order> questions_;
  std::vector<result<std::uint64_t>> results_;
  std::map<std::uint64_t, std::size_t> under_way_;
  std::size_t asked_ = 0;
};

}  // namespace

std::unique_ptr<count_conversation> make_counts(session_ptr session,
                                                const std::vector<count_order>& questions) {
  return std::make_unique<org_counts>(std::move(session), questions);
}

}  // namespace millrace::salesforce
