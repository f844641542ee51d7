// The states: ask for windows of the log until all is covered, then look for what was reported.
#include "connectors/salesforce/deletions.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;
using std::chrono::minutes;

/// The log is read by whole minutes, and a window is at least one long.
constexpr minutes window_shortest{1};
/// Ids of a query: five kilobytes of its URL.
constexpr std::size_t looked_for_at_once = 200;

time_point whole_minute(time_point t) {
  return time_point{std::chrono::floor<minutes>(t.time_since_epoch())};
}

std::optional<json::object> object_of(std::string_view body) {
  json::error_code failed;
  json::value value = json::parse(body, failed);
  if (failed || !value.is_object()) return {};
  return std::move(value.get_object());
}

std::optional<time_point> time_of(const json::object& from, std::string_view key) {
  const json::value* v = from.if_contains(key);
  if (v == nullptr || !v->is_string()) return {};
  return parse_timestamp(std::string_view{v->get_string()});
}

/// Ids in a list of objects, with their times where they have one; none: the list is not what it
/// should be.
std::optional<std::vector<gone_record>> ids_of(const json::object& from, std::string_view list,
                                               std::string_view key, time_point otherwise) {
  const json::value* v = from.if_contains(list);
  if (v == nullptr || !v->is_array()) return {};
  std::vector<gone_record> out;
  for (const json::value& entry : v->get_array()) {
    const json::object* o = entry.if_object();
    const json::value* id = o != nullptr ? o->if_contains(key) : nullptr;
    if (id == nullptr || !id->is_string() || !is_plain_id(id->get_string())) return {};
    out.push_back({std::string(id->get_string()), time_of(*o, "deletedDate").value_or(otherwise)});
  }
  return out;
}

error not_understood(const std::string& object) {
  return {errc::page_malformed,
          fmt::format("the list of deleted records of {} is not what it should be", object),
          "Run again; if it stays, report it",
          retry::later,
          {},
          {}};
}

class org_deletions final : public deletions_conversation {
 public:
  org_deletions(session_ptr session, const collection& what, const window& range)
      : book_(std::move(session)),
        what_(what),
        at_(whole_minute(*range.from)),
        end_(whole_minute(*range.to)),
        covered_(at_) {
    step_ = end_ - at_;
  }

  next_step next(time_point) override {
    if (book_.open() > 0) return wait_for_answer{};
    if (listing()) return ask_window();
    if (looked_ < reported_.size()) return look();
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      book_.close(id);
      if (listing()) return log_refused(error_code_of(response), *fault);
      return give_up{*fault};
    }
    const auto body = object_of(response.body);
    if (!body) return ask_again{not_understood(what_.object)};
    const auto understood = listing() ? take_window(*body) : take_found(*body);
    if (!understood) return ask_again{not_understood(what_.object)};
    book_.close(id);
    return proceed{};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    // Answers may be too long to take; a census needs none that long.
    if (listing() && why.again == retry::never) return log_refused({}, why);
    return give_up{why};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  const std::vector<gone_record>& gone() const override { return gone_; }
  const std::vector<std::string>& in_bin() const override { return in_bin_; }
  std::optional<time_point> covered_until() const override { return covered_; }

 private:
  [[nodiscard]] bool listing() const { return covered_ && end_ - at_ >= window_shortest; }

  ask ask_window() {
    until_ = std::min(end_, at_ + step_);
    if (end_ - until_ < window_shortest) until_ = end_;
    const auto text = [](time_point t) { return url_encoded(to_iso(t).substr(0, 19) + "+00:00"); };
    return book_.make({http_method::get,
                       fmt::format("~/sobjects/{}/deleted/?start={}&end={}", what_.object,
                                   text(at_), text(until_)),
                       {},
                       false},
                      body_use::whole, "deleted");
  }

  bool take_window(const json::object& body) {
    const auto ids = ids_of(body, "deletedRecords", "id", until_);
    if (!ids) return false;
    const auto earliest = time_of(body, "earliestDateAvailable");
    // What the log has lost can only be found by a census.
    if (earliest && whole_minute(*earliest) > at_) {
      covered_.reset();
      return true;
    }
    for (const gone_record& one : *ids)
      if (known_.insert(one.key).second) reported_.push_back(one);
    const time_point reached =
        std::min(until_, whole_minute(time_of(body, "latestDateCovered").value_or(until_)));
    covered_ = std::max(at_, reached);
    // A long transaction somewhere holds the log back: the rest is for the next run.
    at_ = reached < until_ ? end_ : until_;
    return true;
  }

  verdict log_refused(const std::string& code, const error& why) {
    if (code == "EXCEEDED_ID_LIMIT" && until_ - at_ >= 2 * window_shortest) {
      step_ = std::chrono::floor<minutes>((until_ - at_) / 2);
      return proceed{};
    }
    // What concerns the org or the user ends the dialogue; anything else means that this object's
    // log is of no use, and a census has to tell.
    if (is_of_the_org(why.code)) return give_up{why};
    covered_.reset();
    return proceed{};
  }

  ask look() {
    const std::size_t end = std::min(reported_.size(), looked_ + looked_for_at_once);
    std::vector<std::string> some;
    for (std::size_t i = looked_; i < end; ++i)
      some.push_back(reported_[i].key);
    query_plan plan;
    plan.what = &what_;
    plan.selected = {static_cast<std::uint32_t>(what_.key)};
    for (std::uint32_t i = 0; i < what_.fields.size(); ++i)
      if (what_.fields[i].name == soft_delete_field) plan.selected.push_back(i);
    plan.only_keys = some;
    return book_.make({http_method::get, query_path(soql_of(plan)), {}, false}, body_use::whole,
                      "query");
  }

  bool take_found(const json::object& body) {
    const auto found = ids_of(body, "records", what_.fields[what_.key].name, {});
    const json::value* total = body.if_contains("totalSize");
    // I3: what is not in a list that was cut is not gone.
    if (!found || total == nullptr || !total->is_int64() ||
        total->get_int64() != static_cast<std::int64_t>(found->size()))
      return false;
    // An answer may hold what nobody asked for.
    if (what_.has_deleted_rows)
      for (const json::value& entry : body.at("records").get_array())
        if (const json::object& record = entry.get_object(); flag_of(record, soft_delete_field))
          in_bin_.push_back(text_of(record, what_.fields[what_.key].name));
    std::set<std::string_view> there;
    for (const gone_record& one : *found)
      there.insert(one.key);
    const std::size_t end = std::min(reported_.size(), looked_ + looked_for_at_once);
    for (; looked_ < end; ++looked_)
      if (!there.contains(reported_[looked_].key)) gone_.push_back(reported_[looked_]);
    return true;
  }

  request_book book_;
  collection what_;
  time_point at_;  ///< the log is read up to here
  time_point end_;
  std::optional<time_point> covered_;
  milliseconds step_{};
  time_point until_{};
  std::set<std::string> known_;
  std::vector<gone_record> reported_;
  std::size_t looked_ = 0;
  std::vector<gone_record> gone_;
  std::vector<std::string> in_bin_;
};

}  // namespace

bool spans_a_minute(const window& range) {
  return whole_minute(*range.to) - whole_minute(*range.from) >= window_shortest;
}

std::unique_ptr<deletions_conversation> make_deletions(session_ptr session, const collection& what,
                                                       const window& range) {
  return std::make_unique<org_deletions>(std::move(session), what, range);
}

}  // namespace millrace::salesforce
