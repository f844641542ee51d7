// The catalog dialogue. Descriptions are asked for several at a time; one that fails for good takes
// only its own collection out of the run (I6).
#include "connectors/salesforce/catalog.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/collection_choices.hpp"
#include "connectors/salesforce/describe.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/selection.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Descriptions under way at once: enough to hide latency, few enough for a shared org.
constexpr std::size_t describes_at_once = 6;
/// Objects per record-count call: the list travels in the URL.
constexpr std::size_t counts_url_bytes_max = 8'000;

class org_catalog final : public catalog_conversation {
 public:
  org_catalog(session_ptr session, selection what)
      : book_(std::move(session)), what_(std::move(what)) {}

  next_step next(time_point) override {
    if (!listed_) {
      if (book_.open() > 0) return wait_for_answer{};
      return book_.make({http_method::get, "~/sobjects/", {}, false}, body_use::whole,
                        "global_describe");
    }
    if (described_ < wanted_.size() && book_.open() < describes_at_once) return describe_next();
    if (counted_ < to_count_.size() && book_.open() < describes_at_once) return count_next();
    if (book_.open() > 0) return wait_for_answer{};
    if (!sorted_) sort_result();
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      return gave_up(id, *fault, {});
    }
    note_time(response.head);
    const auto found = under_way_.find(id);
    if (!listed_) return take_list(id, response);
    if (found == under_way_.end()) {
      book_.close(id);
      take_counts(response);
      return proceed{};
    }
    auto described = parse_describe(response.body, found->second.object, found->second.collection);
    if (!described && described.error().again != retry::never)
      return ask_again{std::move(described.error())};
    const chosen_object object = found->second;
    under_way_.erase(found);
    book_.close(id);
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
    return proceed{};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    const auto found = under_way_.find(id);
    if (found == under_way_.end()) {
      if (listed_) return proceed{};  // record counts are a help, not a need
      return give_up{why};
    }
    const chosen_object object = found->second;
    under_way_.erase(found);
    // What concerns the whole org ends the dialogue; an object's fault takes out that object.
    if (why.code == errc::api_disabled || why.code == errc::request_limit ||
        why.code == errc::session_expired || why.code == errc::login_refused)
      return give_up{why};
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
  std::uint64_t questions() const override { return 1 + described_ + count_questions_; }

  std::optional<std::uint64_t> record_count(std::string_view object) const override {
    const auto found = counts_.find(object);
    if (found == counts_.end()) return {};
    return found->second;
  }

 private:
  ask describe_next() {
    const chosen_object& object = wanted_[described_++];
    ask a = book_.make(
        {http_method::get, fmt::format("~/sobjects/{}/describe", object.object), {}, false},
        body_use::whole, "describe");
    under_way_.emplace(a.id, object);
    return a;
  }

  ask count_next() {
    ++count_questions_;
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
    wanted_ = std::move(chosen.objects);
    catalog_.notices = std::move(chosen.notices);
    for (const std::string& name : list->left_out)
      catalog_.notices.push_back(
          {{},
           "object_left_out",
           fmt::format("the org lists an object {}, which is no API name: it is not read", name)});
    if (what_.want_counts) list_uncounted();
    listed_ = true;
    return proceed{};
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
    for (const chosen_object& object : wanted_)
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

  request_book book_;
  selection what_;
  std::vector<chosen_object> wanted_;
  std::vector<std::string> to_count_;  ///< objects
  std::map<std::uint64_t, chosen_object> under_way_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  catalog catalog_;
  std::optional<time_point> source_time_;
  std::size_t described_ = 0;
  std::size_t counted_ = 0;
  std::size_t count_questions_ = 0;
  bool listed_ = false;
  bool sorted_ = false;
};

}  // namespace

std::unique_ptr<catalog_conversation> make_catalog(session_ptr session, selection what) {
  return std::make_unique<org_catalog>(std::move(session), std::move(what));
}

}  // namespace millrace::salesforce
