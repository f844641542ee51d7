// The REST reader's states: ask the first page, ask the next one, done. One page is under way at a
// time: the next one's address is in the page before.
#include "connectors/salesforce/rest_reader.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/json_page.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <fmt/format.h>

namespace millrace::salesforce {
namespace {

constexpr int restarts_max = 3;

class rest_reader final : public reader {
 public:
  rest_reader(session_ptr session, const read_order& order)
      : book_(std::move(session)), order_(order), selected_(all_fields(order_.what)) {}

  next_step next(time_point) override {
    if (done_) return finished{};
    if (book_.open() > 0) return wait_for_answer{};
    recipe page;
    page.path = next_.empty() ? first_page() : next_;
    return book_.make(std::move(page), body_use::page, next_.empty() ? "query" : "query_more");
  }

  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (!is_data(head)) return nullptr;
    return std::make_unique<json_page_decoder>(order_.what, selected_);
  }

  verdict page_done(std::uint64_t id, const http_head&, const page_facts& facts,
                    time_point) override {
    book_.close(id);
    records_ += facts.records;
    if (facts.total) {
      if (expected_ && *expected_ != *facts.total && *facts.total < records_)
        return give_up{count_fault(*facts.total)};
      if (!expected_ || *facts.total > *expected_) expected_ = facts.total;
    }
    if (order_.what.version && facts.version_max) progress_ = facts.version_max;
    if (facts.next && !facts.last) {
      if (*facts.next == next_) return give_up{loop_fault()};
      next_ = *facts.next;
      return proceed{};
    }
    // I3: what arrived is counted against what the source said it sent.
    if (!expected_ && records_ > 0) return give_up{count_fault(0)};
    if (expected_ && records_ != *expected_) return give_up{count_fault(*expected_)};
    done_ = true;
    return proceed{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    auto fault = fault_of(response);
    if (!fault)
      fault = error{errc::http_content,
                    "the answer to a query is neither JSON nor an error",
                    "Run again later",
                    retry::later,
                    {},
                    {}};
    if (fault->again != retry::never) return ask_again{*fault};
    book_.close(id);
    if (fault->code == errc::locator_lost && restarts_ < restarts_max) {
      restart();
      return proceed{};
    }
    return give_up{*fault};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  std::optional<time_point> progress() const override { return progress_; }
  std::optional<std::uint64_t> expected_records() const override { return expected_; }
  read_method method() const override { return read_method::rest; }
  std::vector<notice> take_notices() override { return {}; }

 private:
  std::string first_page() const {
    query_plan plan;
    plan.what = &order_.what;
    plan.selected = selected_;
    plan.range = order_.range;
    plan.order = record_order::by_version;
    return query_path(soql_of(plan));
  }

  /// Not the page but the window is begun anew, from where the pages so far prove completeness.
  void restart() {
    ++restarts_;
    next_.clear();
    records_ = 0;
    expected_.reset();
    if (progress_) order_.range.from = progress_;
  }

  error count_fault(std::uint64_t announced) const {
    return {
        errc::count_mismatch,
        fmt::format("{} announced {} records and sent {}", order_.what.object, announced, records_),
        "The next run reads this window again; if it stays, read with api = \"bulk\"",
        retry::never,
        {},
        {}};
  }
  error loop_fault() const {
    return {errc::page_malformed,
            fmt::format("{}: a page names itself as the page that follows", order_.what.object),
            "The next run reads this window again",
            retry::never,
            {},
            {}};
  }

  request_book book_;
  read_order order_;
  std::vector<std::uint32_t> selected_;
  std::string next_;
  std::uint64_t records_ = 0;
  std::optional<std::uint64_t> expected_;
  std::optional<time_point> progress_;
  int restarts_ = 0;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<reader> make_rest_reader(session_ptr session, const read_order& order) {
  return std::make_unique<rest_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
