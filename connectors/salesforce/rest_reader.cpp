// The REST reader's states: ask the first page, ask the next one, done. One page is under way at a
// time: the next one's address is in the page before.
#include "connectors/salesforce/rest_reader.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/json_page.hpp"
#include "connectors/salesforce/paging.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <fmt/format.h>

#include <chrono>

namespace millrace::salesforce {
namespace {

constexpr int restarts_max = 3;
/// The longest that a query runs before its first page comes (salesforce-api.md 2.4).
constexpr std::chrono::minutes query_longest{10};

class rest_reader final : public reader {
 public:
  rest_reader(session_ptr session, const read_order& order)
      : book_(std::move(session)), order_(order), selected_(all_fields(order_.what)) {}

  next_step next(time_point) override {
    if (done_) return finished{};
    if (book_.open() > 0) return wait_for_answer{};
    recipe page;
    page.path = next_.empty() ? first_page_path(order_) : next_;
    return book_.make(std::move(page), body_use::page, next_.empty() ? "query" : "query_more");
  }

  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (!is_data(head)) return nullptr;
    return std::make_unique<json_page_decoder>(order_.what, selected_);
  }

  verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                    time_point) override {
    if (begun_.came_before(facts.first_key)) return ask_again{repeated_fault()};
    book_.close(id);
    if (next_.empty()) began_after_ = earliest_begin(head);
    records_ += facts.records;
    if (facts.total && (!expected_ || *facts.total > *expected_)) expected_ = facts.total;
    // I3: what arrived is counted against what the source said it sent.
    if (records_ > expected_.value_or(0)) return give_up{count_fault()};
    note_progress(facts);
    if (facts.next && !facts.last) {
      if (facts.records == 0 || *facts.next == next_) return give_up{loop_fault()};
      // The session's host is put before it: anything but a path would lead the token elsewhere.
      if (!facts.next->starts_with('/')) return give_up{path_fault()};
      next_ = *facts.next;
      return proceed{};
    }
    if (records_ != expected_.value_or(0)) return give_up{count_fault()};
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
  /// None: the answer does not tell the source's clock.
  static std::optional<time_point> earliest_begin(const http_head& head) {
    const auto date = head.find("Date");
    const auto arrived = date ? parse_http_date(*date) : std::nullopt;
    if (!arrived) return {};
    return *arrived - query_longest;
  }

  /// I2: the order is that of the moment when the query began, the values are of the moment when
  /// their page is fetched. A record that was changed in between stands where its old version was
  /// and bears a new stamp, which proves nothing. The lowest stamp of a page does, unless every
  /// record of it was changed: a stamp from before the query is no new one.
  void note_progress(const page_facts& facts) {
    if (!can_order_by_version(order_.what) || !facts.version_min || !began_after_) return;
    if (*facts.version_min >= *began_after_) return;
    if (!progress_ || *facts.version_min > *progress_) progress_ = facts.version_min;
  }

  /// Not the page but the window is begun anew, from where the pages so far prove completeness.
  void restart() {
    ++restarts_;
    next_.clear();
    records_ = 0;
    expected_.reset();
    begun_.clear();
    if (progress_) order_.range.from = progress_;
  }

  error count_fault() const {
    return {errc::count_mismatch,
            fmt::format("{} announced {} records and sent {}", order_.what.object,
                        expected_.value_or(0), records_),
            "The next run reads this window again; if it stays, read with api = \"bulk\"",
            retry::never,
            {},
            {}};
  }
  error path_fault() const {
    return {
        errc::page_malformed,
        fmt::format("{}: a page names as the one that follows what is no path", order_.what.object),
        "The next run reads this window again",
        retry::never,
        {},
        {}};
  }
  error repeated_fault() const {
    return {errc::page_malformed,
            fmt::format("{}: a page that was read before came in place of another one",
                        order_.what.object),
            "Something between may keep answers: have it leave those of the org alone",
            retry::later,
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
  page_beginnings begun_;
  std::uint64_t records_ = 0;
  std::optional<std::uint64_t> expected_;
  std::optional<time_point> progress_;
  std::optional<time_point> began_after_;  ///< the query under way began later than this
  int restarts_ = 0;
  bool done_ = false;
};

}  // namespace

std::string first_page_path(const read_order& order) {
  query_plan plan;
  plan.what = &order.what;
  plan.selected = all_fields(order.what);
  plan.range = order.range;
  plan.only_keys = order.keys;
  plan.order = record_order::by_version;
  return query_path(soql_of(plan));
}

std::unique_ptr<reader> make_rest_reader(session_ptr session, const read_order& order) {
  return std::make_unique<rest_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
