// The catalog dialogue. Descriptions are asked for in composite requests; what such a one does not
// yield is asked for alone, and only that answer is judged. A description that fails for good takes
// only its own collection out of the run (I6).
#include "connectors/salesforce/catalog.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/api_versions.hpp"
#include "connectors/salesforce/collection_choices.hpp"
#include "connectors/salesforce/describe.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/selection.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Descriptions under way at once: enough to hide latency, few enough for a shared org.
constexpr std::size_t describes_at_once = 6;
/// Objects per record-count call: the list travels in the URL.
constexpr std::size_t counts_url_bytes_max = 8'000;

class org_catalog final : public catalog_conversation {
 public:
  org_catalog(session_ptr session, selection what, std::shared_ptr<composite_manners> manners)
      : book_(std::move(session)), what_(std::move(what)), manners_(std::move(manners)) {}

  next_step next(time_point) override {
    if (!listed_) {
      if (book_.open() > 0) return wait_for_answer{};
      if (refused_)
        return book_.make({http_method::get, "/services/data/", {}, false}, body_use::whole,
                          "versions");
      return book_.make({http_method::get, "~/sobjects/", {}, false}, body_use::whole,
                        "global_describe");
    }
    // Composites come first and nothing goes beside one: what the org then counts is what it costs.
    if (bundle_) return wait_for_answer{};
    if (const std::size_t together = describes_together(); together > 1)
      return describe_together(together);
    if (book_.open() < describes_at_once) {
      if (!alone_.empty()) return describe_alone(alone_);
      if (!waiting_.empty()) return describe_alone(waiting_);
      if (counted_ < to_count_.size()) return count_next();
    }
    if (book_.open() > 0) return wait_for_answer{};
    if (!sorted_) sort_result();
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (bundle_ && bundle_->id == id) return take_together(response);
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      if (!listed_ && !refused_ && may_be_of_the_version(response.head.status)) {
        book_.close(id);
        refused_ = *fault;
        return proceed{};
      }
      return gave_up(id, *fault, {});
    }
    if (refused_) return name_versions(id, response);
    note_time(response.head);
    const auto found = under_way_.find(id);
    if (!listed_) return take_list(id, response);
    if (found == under_way_.end()) {
      book_.close(id);
      take_counts(response);
      return proceed{};
    }
    auto described = description_of(found->second, response.body);
    if (!described && described.error().again != retry::never)
      return ask_again{std::move(described.error())};
    const chosen_object object = found->second;
    under_way_.erase(found);
    book_.close(id);
    take_description(object, std::move(described));
    return proceed{};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    if (bundle_ && bundle_->id == id) return give_up_together(why);
    book_.close(id);
    const auto found = under_way_.find(id);
    if (found == under_way_.end()) {
      if (listed_) return proceed{};  // record counts are a help, not a need
      return give_up{refused_.value_or(why)};
    }
    const chosen_object object = found->second;
    under_way_.erase(found);
    // What concerns the whole org ends the dialogue; an object's fault takes out that object.
    if (is_of_the_org(why.code)) return give_up{why};
    // Who asks for a collection by name is not served by a notice that it is not there.
    if (why.code == errc::object_missing && what_.only.empty()) {
      catalog_.notices.push_back(
          {object.collection, "object_absent",
           fmt::format("{} is listed but cannot be described: {}", object.object, why.message)});
    } else {
      catalog_.failed.push_back({object.collection, object.object, why});
    }
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  const catalog& result_catalog() const override { return catalog_; }
  time_point source_time() const override { return source_time_.value_or(time_point{}); }
  request_tally questions() const override { return tally_; }

  std::optional<std::uint64_t> record_count(std::string_view object) const override {
    const auto found = counts_.find(object);
    if (found == counts_.end()) return {};
    return found->second;
  }

 private:
  /// The list of objects is in every version, so that one that is not found says that its version
  /// is none (2.1; the status and the body are not certain).
  static bool may_be_of_the_version(int status) { return status == 404 || status == 410; }

  verdict name_versions(std::uint64_t id, const http_response& response) {
    book_.close(id);
    const std::vector<int> offered = offered_versions(response.body);
    const std::string& asked = book_.session().api_version;
    const bool there = std::any_of(offered.begin(), offered.end(), [&](int number) {
      return asked == fmt::format("{}.0", number);
    });
    if (offered.empty() || there) return give_up{*refused_};
    return give_up{not_offered(asked, offered)};
  }

  static std::string describe_path(const chosen_object& object) {
    return fmt::format("~/sobjects/{}/describe", object.object);
  }

  ask describe_alone(std::deque<chosen_object>& from) {
    const chosen_object object = std::move(from.front());
    from.pop_front();
    ask a = book_.make({http_method::get, describe_path(object), {}, false}, body_use::whole,
                       "describe");
    ++tally_.alone;
    under_way_.emplace(a.id, object);
    return a;
  }

  // -- several descriptions in one request

  /// How many are asked for together next.
  std::size_t describes_together() const {
    return std::min({waiting_.size(), manners_->describes(), together_max_});
  }

  ask describe_together(std::size_t count) {
    std::vector<chosen_object> objects(waiting_.begin(),
                                       waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<std::string> paths;
    paths.reserve(objects.size());
    for (const chosen_object& object : objects)
      paths.push_back(describe_path(object));
    ask a = book_.make_composite(std::move(paths), "describe");
    bundle_ = bundle{a.id, std::move(objects)};
    return a;
  }

  verdict take_together(const http_response& response) {
    auto fault = fault_of(response);
    auto answers =
        fault ? failure(std::move(*fault)) : composite_answers(response, bundle_->objects.size());
    if (!answers && answers.error().again != retry::never) return ask_again{answers.error()};
    if (!answers && is_of_the_org(answers.error().code)) return give_up{answers.error()};
    const std::vector<chosen_object> objects = end_of_bundle();
    if (!answers) {
      learn_refusal(response.head.status, objects.size());
      waiting_.insert(waiting_.begin(), objects.begin(), objects.end());
      return proceed{};
    }
    note_time(response.head);
    bool refused_all = true;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const auto why = take_one_of_many(objects[i], answers->at(i));
      if (why && is_of_the_org(why->code) && why->again == retry::never) return give_up{*why};
      refused_all = refused_all && why && why->again == retry::never;
    }
    if (refused_all) manners_->refuses_describes();
    return proceed{};
  }

  /// What is no description is not judged here: the object is asked for alone. Why it is none.
  std::optional<error> take_one_of_many(const chosen_object& object, const http_response& answer) {
    auto fault = fault_of(answer);
    if (!fault) {
      auto described = description_of(object, answer.body);
      if (described) {
        take_description(object, std::move(described));
        return {};
      }
      fault = std::move(described.error());
    }
    alone_.push_back(object);
    return fault;
  }

  /// The org does not take the request as it was; nothing of it was served.
  void learn_refusal(int status, std::size_t requests) {
    if (status == 400 || status == 413) {
      manners_->refused(requests);
    } else {
      manners_->refuses_all();
    }
  }

  /// What was asked together, which is over and has cost something.
  std::vector<chosen_object> end_of_bundle() {
    std::vector<chosen_object> objects = std::move(bundle_->objects);
    book_.close(bundle_->id);
    bundle_.reset();
    ++tally_.bundles;
    tally_.bundled += objects.size();
    return objects;
  }

  verdict give_up_together(const error& why) {
    const bool no_room = why.code == errc::request_limit;  // for the most that it may cost
    if (is_of_the_org(why.code) && !no_room) return give_up{why};
    const request_tally before = tally_;
    const std::vector<chosen_object> objects = end_of_bundle();
    if (no_room) tally_ = before;  // it was not asked
    together_max_ = no_room ? fewer_than(objects.size()) : 1;
    waiting_.insert(waiting_.begin(), objects.begin(), objects.end());
    return proceed{};
  }

  // -- the rest

  ask count_next() {
    ++tally_.alone;
    std::string names;
    while (counted_ < to_count_.size() && names.size() < counts_url_bytes_max) {
      if (!names.empty()) names += ',';
      names += to_count_[counted_++];
    }
    return book_.make({http_method::get, "~/limits/recordCount?sObjects=" + names, {}, false},
                      body_use::whole, "record_count");
  }

  /// I2: the earliest clock that an org's own answer showed. Hosts of one org differ, and the
  /// lower one never lets a cursor pass a change; an error may come from a proxy with a clock of
  /// its own, so only answers with data count.
  void note_time(const http_head& head) {
    const auto date = head.find("Date");
    const auto t = date ? parse_http_date(*date) : std::nullopt;
    if (t && (!source_time_ || *t < *source_time_)) source_time_ = t;
  }

  verdict take_list(std::uint64_t id, const http_response& response) {
    auto list = parse_global_describe(response.body);
    if (!list && list.error().again != retry::never) return ask_again{std::move(list.error())};
    book_.close(id);
    if (!list) return give_up{std::move(list.error())};
    choice chosen = choose(what_, list->entries);
    if (chosen.refused) return give_up{std::move(*chosen.refused)};
    waiting_.assign(chosen.objects.begin(), chosen.objects.end());
    catalog_.notices = std::move(chosen.notices);
    catalog_.not_due = std::move(chosen.not_due);
    for (const std::string& name : list->left_out)
      catalog_.notices.push_back(
          {{},
           "object_left_out",
           fmt::format("the org lists an object {}, which is no API name: it is not read", name)});
    if (what_.want_counts) list_uncounted();
    listed_ = true;
    return proceed{};
  }

  static result<collection> description_of(const chosen_object& object, std::string_view body) {
    return parse_describe(
        body, object.object, object.collection,
        object.wanted == nullptr ? std::vector<std::string>{} : object.wanted->base64_fields);
  }

  void take_description(const chosen_object& object, result<collection> described) {
    if (described) {
      note_left_out(*described);
      mark_silent_fields(*described);
      if (object.wanted != nullptr)
        if (auto applied = apply(*object.wanted, *described, catalog_.notices); !applied)
          described = failure(std::move(applied.error()));
    }
    if (described) {
      catalog_.collections.push_back(std::move(*described));
    } else {
      catalog_.failed.push_back({object.collection, object.object, std::move(described.error())});
    }
  }

  /// What is left out for its type is normal; a name that is none is not (I17).
  void note_left_out(const collection& described) {
    for (const std::string& name : described.left_out)
      if (!is_plain_name(name))
        catalog_.notices.push_back(
            {described.name, "field_left_out",
             fmt::format("{} has a field {}, which is no API name: it is not read",
                         described.object, name)});
  }

  void mark_silent_fields(collection& described) const {
    for (field& f : described.fields)
      if (std::find(what_.silent_fields.begin(), what_.silent_fields.end(),
                    described.object + "." + f.name) != what_.silent_fields.end())
        f.calculated = true;
  }

  void list_uncounted() {
    for (const chosen_object& object : waiting_)
      if (std::find(what_.known.begin(), what_.known.end(), object.collection) == what_.known.end())
        to_count_.push_back(object.object);
  }

  void take_counts(const http_response& response) {
    json::error_code failed;
    const json::value body = json::parse(response.body, failed);
    const json::object* root = failed ? nullptr : body.if_object();
    const json::value* list = root != nullptr ? root->if_contains("sObjects") : nullptr;
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& value : list->get_array()) {
      const json::object* entry = value.if_object();
      if (entry == nullptr) continue;
      const json::value* name = entry->if_contains("name");
      const json::value* count = entry->if_contains("count");
      if (name != nullptr && name->is_string() && count != nullptr && count->is_int64() &&
          count->get_int64() >= 0)
        counts_[std::string(name->get_string())] = static_cast<std::uint64_t>(count->get_int64());
    }
  }

  void sort_result() {
    std::sort(catalog_.collections.begin(), catalog_.collections.end(),
              [](const collection& a, const collection& b) { return a.name < b.name; });
    sorted_ = true;
    if (!source_time_) forget_cursors();
  }

  /// I2: a cursor is a time of the source's clock. Where no answer tells that time there can be
  /// none, and what is read is read whole; the epoch would do the same and not say so.
  void forget_cursors() {
    bool any = false;
    for (collection& c : catalog_.collections) {
      any = any || c.version.has_value();
      c.version.reset();
    }
    if (any)
      catalog_.notices.push_back(
          {{},
           "clock_unknown",
           "no answer of the org has the header Date, so its clock is not known: every collection "
           "is read in full, in this run and the next. A proxy on the way may take the header "
           "out"});
  }

  /// A composite request under way.
  struct bundle {
    std::uint64_t id = 0;
    std::vector<chosen_object> objects;
  };

  request_book book_;
  selection what_;
  std::shared_ptr<composite_manners> manners_;
  std::deque<chosen_object> waiting_;  ///< to be described, together or alone
  std::deque<chosen_object> alone_;    ///< to be described alone
  std::optional<bundle> bundle_;
  std::size_t together_max_ = composite_requests_max;  ///< of this conversation
  std::vector<std::string> to_count_;                  ///< objects
  std::map<std::uint64_t, chosen_object> under_way_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  catalog catalog_;
  std::optional<error> refused_;  ///< what the list of objects was answered by
  std::optional<time_point> source_time_;
  request_tally tally_{1, 0, 0};  ///< the list of objects
  std::size_t counted_ = 0;
  bool listed_ = false;
  bool sorted_ = false;
};

}  // namespace

std::unique_ptr<catalog_conversation> make_catalog(session_ptr session, selection what,
                                                   std::shared_ptr<composite_manners> manners) {
  return std::make_unique<org_catalog>(std::move(session), std::move(what), std::move(manners));
}

}  // namespace millrace::salesforce
