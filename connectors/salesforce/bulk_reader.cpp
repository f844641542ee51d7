// The Bulk reader's states: create or take over, poll, result pages. Where the org lists the pages
// they are read side by side, else one after the other by their locators. A result page that fails
// is asked again: pages may be read any number of times (3.3). What is left at the org when the
// reading is over or broken off is removed, for jobs count against the org's storage (3.5), unless
// the next run will take it over.
#include "connectors/salesforce/bulk_reader.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/bulk_job.hpp"
#include "connectors/salesforce/csv_page.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/paging.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/result_pages.hpp"
#include "connectors/salesforce/soql.hpp"
#include "engine/lower_case.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <set>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// A job of which nothing new is heard for so long is given up.
constexpr std::chrono::hours job_silent_longest{2};

std::optional<std::uint64_t> records_of(const http_head& head) {
  const auto text = head.find("Sforce-NumberOfRecords");
  if (!text) return {};
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  if (std::from_chars(text->data(), end, number).ptr != end) return {};
  return number;
}

error damaged(errc code, std::string message) {
  return {code, std::move(message), "The next run reads this window again", retry::never, {}, {}};
}

/// Whether a refusal says something of the job or its results, and not of us or of the day.
bool is_about_the_job(errc code) {
  switch (code) {
    case errc::request_limit:
    case errc::login_refused:
    case errc::session_expired:
    case errc::api_disabled:
    case errc::api_unavailable:
      return false;
    default:
      return true;
  }
}

class bulk_reader final : public reader {
 public:
  bulk_reader(session_ptr session, const read_order& order)
      : book_(std::move(session)), order_(order), selected_(all_fields(order_.what)) {
    if (!order_.taken_over) {
      question_ = question_of(book_.session(), order_);
      return;
    }
    question_ = order_.taken_over->question;
    job_ = order_.taken_over->id;
    path_ = path_of(*order_.taken_over);
    left_ = true;
    state_ = state::poll;
  }

  next_step next(time_point now) override {
    switch (state_) {
      case state::create:
        if (book_.open() > 0) return wait_for_answer{};
        return create();
      case state::poll:
        if (book_.open() > 0) return wait_for_answer{};
        if (now < poll_at_) return wait_until{poll_at_};
        return book_.make({http_method::get, path_, {}, false}, body_use::whole, "bulk_poll");
      case state::listed:
        return next_listed();
      case state::chained:
        if (book_.open() > 0) return wait_for_answer{};
        return page_ask(locator_.empty()
                            ? fmt::format("?maxRecords={}", bulk_page_records_max)
                            : fmt::format("?maxRecords={}&locator={}", bulk_page_records_max,
                                          url_encoded(locator_)));
      case state::read:
        break;
    }
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    if (leaving_ != leaving::not_yet) return left(id);
    const auto fault = fault_of(response);
    if (fault && fault->again != retry::never) return ask_again{*fault};
    const bool of_the_job = state_ == state::create || state_ == state::poll;
    if (!fault && of_the_job && !is_json(response.body))
      return ask_again{{errc::http_content,
                        "the answer about a Bulk job is not JSON",
                        "The connection may have been cut: run again",
                        retry::later,
                        {},
                        {}}};
    book_.close(id);
    if (is_list(id)) return fault ? list_refused(*fault) : take_list(response);
    if (fault && response.head.status == 404 && !job_.empty() && state_ != state::listed)
      return refused(lost());
    if (fault) return refused(*fault);
    if (of_the_job) return take_job(response, now);
    return refused(
        {errc::http_content, "a Bulk result is not CSV", "Run again later", retry::never, {}, {}});
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    if (leaving_ != leaving::not_yet) return left(id);
    book_.close(id);
    if (is_list(id)) return list_refused(why);
    // Pages that are short or broken each time they are asked for.
    if (why.code == errc::count_mismatch || why.code == errc::page_malformed) return refused(why);
    return give_up{why};
  }

  next_step wind_up(time_point) override {
    switch (leaving_) {
      case leaving::not_yet:
        // The answer to the creation names the job; without it the job cannot be found again.
        if (state_ == state::create && book_.open() > 0) return wait_for_answer{};
        book_.close_all();
        if (job_.empty() || removed_ || (left_ && !spoiled_)) return finished{};
        if (over_) return remove();
        leaving_ = leaving::aborting;
        return book_.make({http_method::patch, path_, R"({"state":"Aborted"})", false},
                          body_use::whole, "bulk_abort");
      case leaving::aborting:
        return book_.open() > 0 ? next_step{wait_for_answer{}} : remove();
      case leaving::removing:
        if (book_.open() > 0) return wait_for_answer{};
        break;
    }
    return finished{};
  }

  std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) override {
    if (id == list_asked_ || !is_data(head)) return nullptr;
    return std::make_unique<csv_page_decoder>(order_.what, selected_, records_of(head));
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
    if (!starting_over_ && begun_.came_before(facts.first_key))
      return ask_again{
          {errc::page_malformed,
           fmt::format("a page of the Bulk result of {} that was read before came in place of "
                       "another one",
                       order_.what.object),
           "Something between may keep answers: have it leave those of the org alone",
           retry::later,
           {},
           {}}};
    book_.close(id);
    if (starting_over_) return proceed{};
    records_ += facts.records;
    all_announced_ = all_announced_ && announced;
    if (expected_ && records_ > *expected_) return refused(count_fault());
    if (state_ == state::listed) return listed_page_done();
    const auto locator = head.find("Sforce-Locator");
    if (!locator || *locator == "null" || locator->empty()) return last_page_done();
    if (*locator == locator_)
      return refused(
          damaged(errc::page_malformed, "a Bulk result names itself as the one that follows"));
    locator_ = *locator;
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override { return expected_; }
  read_method method() const override { return read_method::bulk; }
  std::vector<notice> take_notices() override { return std::exchange(notices_, {}); }

  std::optional<standing_job> job() const override {
    if (job_.empty() || question_.empty() || removed_) return {};
    return standing_job{job_, question_};
  }
  void leave_job(bool wanted) override { left_ = wanted; }

 private:
  enum class state : std::uint8_t { create, poll, listed, chained, read };
  enum class leaving : std::uint8_t { not_yet, aborting, removing };

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

  // -- the job

  ask create() {
    path_of_new_ = fmt::format("/services/data/v{}/jobs/query", book_.session().api_version);
    const json::object body{{"operation", "queryAll"},
                            {"query", job_statement(order_)},
                            {"contentType", "CSV"},
                            {"columnDelimiter", "COMMA"},
                            {"lineEnding", "LF"}};
    return book_.make({http_method::post, path_of_new_, json::serialize(body), false},
                      body_use::whole, "bulk_create");
  }

  verdict take_job(const http_response& response, time_point now) {
    const auto job = parse_job(response.body);
    // What another job selected is not what was asked for.
    if (!job || !is_plain_id(job->id) || (!job_.empty() && job->id != job_) ||
        (!job->object.empty() && !equal_without_case(job->object, order_.what.object)))
      return refused({errc::http_content,
                      "the answer about a Bulk job is not that job",
                      "Run again later",
                      retry::never,
                      {},
                      {}});
    if (job_.empty()) path_ = fmt::format("{}/{}", path_of_new_, job->id);
    job_ = job->id;
    over_ = job->state == "JobComplete" || job->state == "Failed" || job->state == "Aborted";
    if (job->state == "JobComplete") return begin_reading(*job);
    // Aborted is an end as Failed is: waiting on would be for ever. Who aborts a job does not want
    // its records to be asked for in another way at once.
    if (over_) {
      const bool failed = job->state == "Failed";
      return refused({failed ? errc::job_failed : errc::job_aborted,
                      fmt::format("the Bulk job {} of {} ended as {}{}{}", job_, order_.what.object,
                                  job->state, job->message.empty() ? "" : ": ", job->message),
                      failed
                          ? "The next run tries again; api = \"rest\" reads without jobs"
                          : "Somebody ended it in the org (Setup, Bulk Data Load Jobs): the next "
                            "run tries again; api = \"rest\" reads without jobs",
                      retry::never,
                      {},
                      {}});
    }
    const auto sign = std::optional(std::pair(job->state, job->records));
    if (sign != last_sign_) {
      last_sign_ = sign;
      last_sign_at_ = now;
    } else if (now - last_sign_at_ > job_silent_longest) {
      return refused({errc::job_failed,
                      fmt::format("the Bulk job {} of {} has been {} for {} hours", job_,
                                  order_.what.object, job->state, job_silent_longest.count()),
                      "The next run tries again; api = \"rest\" reads without jobs",
                      retry::never,
                      {},
                      {}});
    }
    poll_at_ = now + pause_;
    pause_ = bulk_poll_after(pause_);
    state_ = state::poll;
    return proceed{};
  }

  verdict begin_reading(const job_facts& job) {
    expected_ = job.records;
    // An empty result needs no page: its form differs between versions (3.3).
    state_ = expected_ == 0U ? state::read : state::chained;
    // The list is worth its calls when there are some pages, and proves nothing without a sum.
    if (expected_.value_or(0) >= bulk_listed_records_min) {
      state_ = state::listed;
      next_list_ = "";
    }
    return proceed{};
  }

  // -- pages side by side

  ask page_ask(const std::string& query) {
    return book_.make({http_method::get, path_ + "/results" + query, {}, true}, body_use::page,
                      "bulk_results");
  }

  /// Whether the ask was the one for a list, which is over then.
  bool is_list(std::uint64_t id) {
    if (list_asked_ != id) return false;
    list_asked_ = 0;
    return true;
  }

  next_step next_listed() {
    if (starting_over_) {
      if (book_.open() > 0) return wait_for_answer{};
      starting_over_ = false;
      state_ = state::chained;
      return next({});
    }
    if (!pages_.empty() && book_.open() < bulk_pages_at_once_max) {
      const std::string query = std::move(pages_.front());
      pages_.pop_front();
      return page_ask(query);
    }
    if (next_list_ && list_asked_ == 0 && pages_.size() < bulk_pages_at_once_max) {
      ask wanted = book_.make({http_method::get, path_ + "/resultPages" + *next_list_, {}, false},
                              body_use::whole, "bulk_result_pages");
      next_list_.reset();
      list_asked_ = wanted.id;
      return wanted;
    }
    return wait_for_answer{};
  }

  verdict take_list(const http_response& response) {
    auto list = parse_result_pages(response.body, job_);
    bool good = list.has_value();
    for (std::size_t i = 0; good && i < list->pages.size(); ++i)
      good = listed_.insert(list->pages[i]).second;
    // Going round in lists would never end.
    if (good && list->next) good = !list->pages.empty();
    if (!good)
      return list_refused(
          damaged(errc::http_content, "the list of result pages of a Bulk job is none"));
    for (std::string& page : list->pages)
      pages_.push_back(std::move(page));
    next_list_ = std::move(list->next);
    return listed_page_done();
  }

  /// Without the list there are still the locators; pages that are under way are read again.
  verdict list_refused(const error& why) {
    if (starting_over_) return proceed{};
    if (!is_about_the_job(why.code)) return give_up{why};
    start_over();
    return proceed{};
  }

  void start_over() {
    starting_over_ = true;
    pages_.clear();
    begun_.clear();
    next_list_.reset();
    records_ = 0;
    all_announced_ = true;
  }

  verdict listed_page_done() {
    if (book_.open() > 0 || !pages_.empty() || next_list_) return proceed{};
    return last_page_done();
  }

  verdict last_page_done() {
    // I3: the pages' own counts do when the job tells none; without any, nothing is proved.
    if (expected_ ? *expected_ != records_ : !all_announced_) return refused(count_fault());
    expected_ = records_;
    state_ = state::read;
    return proceed{};
  }

  // -- ends

  error lost() {
    removed_ = true;
    return {
        errc::job_aborted,
        fmt::format("the Bulk job {} of {} is not in the org any more", job_, order_.what.object),
        "Somebody deleted it in the org (Setup, Bulk Data Load Jobs), or another process that "
        "runs the same pipeline did: the next run tries again",
        retry::never,
        {},
        {}};
  }

  /// The job or its results are no good, as far as `why` tells.
  verdict refused(error why) {
    if (!is_about_the_job(why.code)) return give_up{std::move(why)};
    // Pages that were listed and do not add up, or are not there: one after the other they may.
    if (state_ == state::listed) {
      if (starting_over_) return proceed{};
      notices_.push_back(
          {order_.what.name, "result_pages_read_again",
           fmt::format("the result pages that the org listed for the Bulk job of {} could not be "
                       "read side by side ({}); they were read again, one after the other",
                       order_.what.object, why.message)});
      start_over();
      return proceed{};
    }
    spoiled_ = true;
    if (order_.taken_over) why.code = errc::job_gone;
    return give_up{std::move(why)};
  }

  ask remove() {
    leaving_ = leaving::removing;
    return book_.make({http_method::del, path_, {}, false}, body_use::whole, "bulk_delete");
  }

  /// An answer while winding up. Cleaning up is a courtesy to the org: what its answers are does
  /// not matter (salesforce-api.md 3.5).
  verdict left(std::uint64_t id) {
    book_.close(id);
    removed_ = leaving_ == leaving::removing;
    return proceed{};
  }

  request_book book_;
  read_order order_;
  std::vector<std::uint32_t> selected_;
  state state_ = state::create;
  std::string question_;  ///< of the job; empty: it cannot be taken over
  std::string job_;
  std::string path_;  ///< of the job, with the version that it was made with (3.5)
  std::string path_of_new_;
  time_point poll_at_{};
  milliseconds pause_ = bulk_poll_first;
  std::optional<std::pair<std::string, std::optional<std::uint64_t>>>
      last_sign_;  ///< state, records so far
  time_point last_sign_at_{};

  std::string locator_;                   ///< of the next page, when they are read by locators
  std::deque<std::string> pages_;         ///< that were listed, and not asked for yet
  std::set<std::string> listed_;          ///< all that were
  std::optional<std::string> next_list_;  ///< where more of them are
  std::uint64_t list_asked_ = 0;          ///< the ask for a list that is under way; 0: none
  bool starting_over_ = false;            ///< by locators, once what is under way has ended

  page_beginnings begun_;
  std::uint64_t records_ = 0;
  std::optional<std::uint64_t> expected_;
  bool all_announced_ = true;  ///< every page said how many records it holds
  std::vector<notice> notices_;

  bool left_ = false;     ///< the job stays when the reading is over
  bool over_ = false;     ///< the org has ended its work on the job
  bool spoiled_ = false;  ///< nobody can use the job any more
  bool removed_ = false;
  leaving leaving_ = leaving::not_yet;
};

}  // namespace

std::unique_ptr<reader> make_bulk_reader(session_ptr session, const read_order& order) {
  return std::make_unique<bulk_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
