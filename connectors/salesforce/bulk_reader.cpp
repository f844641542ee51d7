// The Bulk reader's states: create, poll, result pages one after the other, clean up. A result page
// that fails is asked again by its locator: locators may be read any number of times (3.3). Broken
// off, it aborts a job that still runs and deletes it: jobs count against the org's storage (3.5).
#include "connectors/salesforce/bulk_reader.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/csv_page.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/paging.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// A job of which nothing new is heard for so long is given up.
constexpr std::chrono::hours job_silent_longest{2};

struct job_state {
  std::string id;
  std::string state;
  std::string message;
  std::optional<std::uint64_t> records;
};

std::optional<job_state> parse_job(std::string_view body) {
  json::error_code failed;
  const json::value value = json::parse(body, failed);
  if (failed || !value.is_object()) return {};
  const json::object& job = value.get_object();
  job_state out{text_of(job, "id"), text_of(job, "state"), text_of(job, "errorMessage"), {}};
  if (const json::value* n = job.if_contains("numberRecordsProcessed"))
    if (n->is_int64() && n->get_int64() >= 0)
      out.records = static_cast<std::uint64_t>(n->get_int64());
  if (out.id.empty()) return {};
  return out;
}

std::optional<std::uint64_t> records_of(const http_head& head) {
  const auto text = head.find("Sforce-NumberOfRecords");
  if (!text) return {};
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  if (std::from_chars(text->data(), end, number).ptr != end) return {};
  return number;
}

class bulk_reader final : public reader {
 public:
  bulk_reader(session_ptr session, const read_order& order)
      : book_(std::move(session)), order_(order), selected_(all_fields(order_.what)) {}

  next_step next(time_point now) override {
    if (book_.open() > 0) return wait_for_answer{};
    switch (state_) {
      case state::create:
        return create();
      case state::poll:
        if (now < poll_at_) return wait_until{poll_at_};
        return book_.make({http_method::get, job_path(), {}, false}, body_use::whole, "bulk_poll");
      case state::results: {
        std::string path =
            fmt::format("{}/results?maxRecords={}", job_path(), bulk_page_records_max);
        if (!locator_.empty()) path += "&locator=" + url_encoded(locator_);
        return book_.make({http_method::get, std::move(path), {}, true}, body_use::page,
                          "bulk_results");
      }
      case state::clean_up:
        return remove();
      case state::abort:
      case state::done:
        return finished{};
    }
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    const auto fault = fault_of(response);
    if (cleaning()) return cleaned_up(id);
    if (fault && fault->again != retry::never) return ask_again{*fault};
    book_.close(id);
    if (fault) return give_up{*fault};
    if (state_ == state::create || state_ == state::poll) return take_job(response, now);
    return give_up{
        {errc::http_content, "a Bulk result is not CSV", "Run again later", retry::never, {}, {}}};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    if (cleaning()) return cleaned_up(id);
    book_.close(id);
    return give_up{why};
  }

  next_step wind_up(time_point) override {
    // The answer to the creation names the job; without it the job cannot be found again.
    if (book_.open() > 0 && (state_ == state::create || cleaning())) return wait_for_answer{};
    book_.close_all();
    if (job_.empty() || state_ == state::done) return finished{};
    if (state_ == state::poll) {
      state_ = state::abort;
      return book_.make({http_method::patch, job_path(), R"({"state":"Aborted"})", false},
                        body_use::whole, "bulk_abort");
    }
    state_ = state::clean_up;
    return remove();
  }

  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (!is_data(head)) return nullptr;
    return std::make_unique<csv_page_decoder>(order_.what, selected_);
  }

  verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                    time_point) override {
    const auto announced = records_of(head);
    // I3: a page that is shorter than its header says was cut on the way: ask for it again.
    if (announced && *announced != facts.records)
      return ask_again{
          {errc::count_mismatch,
           fmt::format("a Bulk result announced {} records and held {}", *announced, facts.records),
           "The next run reads this window again; if it stays, read with api = \"rest\"",
           retry::later,
           {},
           {}}};
    book_.close(id);
    records_ += facts.records;
    all_announced_ = all_announced_ && announced;
    if (expected_ && records_ > *expected_) return give_up{count_fault()};
    const auto locator = head.find("Sforce-Locator");
    if (locator && *locator != "null" && !locator->empty()) {
      if (*locator == locator_)
        return give_up{{errc::page_malformed,
                        "a Bulk result names itself as the one that follows",
                        "The next run reads this window again",
                        retry::never,
                        {},
                        {}}};
      locator_ = *locator;
      return proceed{};
    }
    if (expected_ && *expected_ != records_) return give_up{count_fault()};
    // I3: the pages' own counts do when the job tells none; without any, nothing is proved.
    if (!expected_ && !all_announced_) return give_up{count_fault()};
    expected_ = records_;
    state_ = state::clean_up;
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override { return expected_; }
  read_method method() const override { return read_method::bulk; }
  std::vector<notice> take_notices() override { return {}; }

 private:
  enum class state : std::uint8_t { create, poll, results, abort, clean_up, done };

  error count_fault() const {
    return {errc::count_mismatch,
            expected_ ? fmt::format("the Bulk job of {} processed {} records and sent {}",
                                    order_.what.object, *expected_, records_)
                      : fmt::format("the Bulk job of {} sent {} records and did not say how many "
                                    "there are",
                                    order_.what.object, records_),
            "The next run reads this window again; if it stays, read with api = \"rest\"",
            retry::never,
            {},
            {}};
  }

  std::string job_path() const { return "~/jobs/query/" + job_; }

  ask create() {
    query_plan plan;
    plan.what = &order_.what;
    plan.selected = selected_;
    plan.range = order_.range;
    plan.order = record_order::any;  // ORDER BY would switch the org's own chunking off (3.5)
    const json::object body{{"operation", "queryAll"},
                            {"query", soql_of(plan)},
                            {"contentType", "CSV"},
                            {"columnDelimiter", "COMMA"},
                            {"lineEnding", "LF"}};
    return book_.make({http_method::post, "~/jobs/query", json::serialize(body), false},
                      body_use::whole, "bulk_create");
  }

  ask remove() {
    return book_.make({http_method::del, job_path(), {}, false}, body_use::whole, "bulk_delete");
  }

  verdict take_job(const http_response& response, time_point now) {
    const auto job = parse_job(response.body);
    // What another job selected is not what was asked for.
    if (!job || !is_plain_id(job->id) || (!job_.empty() && job->id != job_))
      return give_up{{errc::http_content,
                      "the answer about a Bulk job is not that job",
                      "Run again later",
                      retry::never,
                      {},
                      {}}};
    job_ = job->id;
    if (job->state == "JobComplete") {
      expected_ = job->records;
      // An empty result needs no page: its form differs between versions (3.3).
      state_ = expected_ == 0U ? state::clean_up : state::results;
      return proceed{};
    }
    // Aborted is an end as Failed is: waiting on would be for ever. Who aborts a job does not want
    // its records to be asked for in another way at once.
    if (job->state == "Failed" || job->state == "Aborted") {
      const bool failed = job->state == "Failed";
      state_ = state::clean_up;
      return give_up{{failed ? errc::job_failed : errc::job_aborted,
                      fmt::format("the Bulk job {} of {} ended as {}{}{}", job_, order_.what.object,
                                  job->state, job->message.empty() ? "" : ": ", job->message),
                      failed
                          ? "The next run tries again; api = \"rest\" reads without jobs"
                          : "Somebody ended it in the org (Setup, Bulk Data Load Jobs): the next "
                            "run tries again; api = \"rest\" reads without jobs",
                      retry::never,
                      {},
                      {}}};
    }
    if (state_ == state::create) pause_ = bulk_poll_first;
    const auto sign = std::pair(job->state, job->records);
    if (state_ == state::create || sign != last_sign_) {
      last_sign_ = sign;
      last_sign_at_ = now;
    } else if (now - last_sign_at_ > job_silent_longest) {
      return give_up{{errc::job_failed,
                      fmt::format("the Bulk job {} of {} has been {} for {} hours", job_,
                                  order_.what.object, job->state, job_silent_longest.count()),
                      "The next run tries again; api = \"rest\" reads without jobs",
                      retry::never,
                      {},
                      {}}};
    }
    poll_at_ = now + pause_;
    pause_ = bulk_poll_after(pause_);
    state_ = state::poll;
    return proceed{};
  }

  /// Cleaning up is a courtesy to the org: what its answers are does not matter
  /// (salesforce-api.md 3.5).
  bool cleaning() const { return state_ == state::abort || state_ == state::clean_up; }

  verdict cleaned_up(std::uint64_t id) {
    book_.close(id);
    state_ = state_ == state::abort ? state::clean_up : state::done;
    return proceed{};
  }

  request_book book_;
  read_order order_;
  std::vector<std::uint32_t> selected_;
  state state_ = state::create;
  std::string job_;
  std::string locator_;
  time_point poll_at_{};
  milliseconds pause_ = bulk_poll_first;
  std::pair<std::string, std::optional<std::uint64_t>> last_sign_;  ///< state, records so far
  time_point last_sign_at_{};
  std::uint64_t records_ = 0;
  std::optional<std::uint64_t> expected_;
  bool all_announced_ = true;  ///< every page said how many records it holds
};

}  // namespace

std::unique_ptr<reader> make_bulk_reader(session_ptr session, const read_order& order) {
  return std::make_unique<bulk_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
