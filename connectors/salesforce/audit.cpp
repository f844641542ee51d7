// Two questions: may the user see all data, and if not, all records of which objects? Rights come
// from permission sets, of which a profile owns one. Objects that no permission set speaks of, such
// as those of setup and records below others, follow other rules and are not named.
#include "connectors/salesforce/audit.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/request_book.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Of 2,000 rows each: permission sets times objects.
constexpr unsigned pages_max = 5;

struct audited {
  std::string collection;
  std::string object;
};

/// One page of records; none: it is not one.
struct query_page {
  json::array records;
  std::string next;
};
std::optional<query_page> read_page(const std::string& body) {
  json::error_code failed;
  json::value parsed = json::parse(body, failed);
  json::object* root = failed ? nullptr : parsed.if_object();
  json::value* records = root != nullptr ? root->if_contains("records") : nullptr;
  if (records == nullptr || !records->is_array()) return {};
  query_page page{std::move(records->get_array()), {}};
  const json::value* next = root->if_contains("nextRecordsUrl");
  if (next != nullptr && next->is_string()) page.next = std::string(next->get_string());
  return page;
}

/// A record; one without members when it is none.
json::object object_of(const json::value& record) {
  return record.is_object() ? record.get_object() : json::object();
}

class rights_audit final : public audit_conversation {
 public:
  rights_audit(session_ptr session, const catalog& what) : book_(std::move(session)) {
    for (const collection& c : what.collections)
      collections_.push_back({c.name, c.object});
  }

  next_step next(time_point) override {
    if (book_.open() > 0) return wait_for_answer{};
    switch (state_) {
      case state::user:
        return query("SELECT PermissionsViewAllData FROM UserPermissionAccess");
      case state::objects:
        if (!next_page_.empty())
          return book_.make({http_method::get, next_page_, {}, false}, body_use::whole, "audit");
        return query(fmt::format(
            "SELECT SobjectType, PermissionsViewAllRecords FROM ObjectPermissions WHERE ParentId "
            "IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{}')",
            book_.session().user_id));
      case state::done:
        break;
    }
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      return gave_up(id, *fault, now);
    }
    book_.close(id);
    auto page = read_page(response.body);
    if (!page) {
      unknown("the answer is no page of records");
    } else if (state_ == state::user) {
      take_user(*page);
    } else {
      take_objects(std::move(*page));
    }
    return proceed{};
  }

  /// What cannot be found out about rights keeps nobody from reading.
  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    unknown(why.message);
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  const std::vector<notice>& result_notices() const override { return notices_; }

 private:
  enum class state : std::uint8_t { user, objects, done };

  ask query(const std::string& statement) {
    return book_.make({http_method::get, "~/query/?q=" + url_encoded(statement), {}, false},
                      body_use::whole, "audit");
  }

  void take_user(const query_page& page) {
    state_ = state::done;
    if (page.records.empty()) return unknown("the org tells nothing of this user");
    if (flag_of(object_of(page.records.front()), "PermissionsViewAllData")) return;
    state_ = state::objects;
    // It becomes part of a statement (I17).
    if (!is_plain_id(book_.session().user_id)) unknown("the login did not tell who this user is");
  }

  void take_objects(query_page page) {
    for (const json::value& entry : page.records) {
      const json::object record = object_of(entry);
      bool& whole = sees_whole_[text_of(record, "SobjectType")];
      whole = whole || flag_of(record, "PermissionsViewAllRecords");
    }
    next_page_ = std::move(page.next);
    if (!next_page_.empty() && ++pages_ < pages_max) return;
    state_ = state::done;
    for (const audited& c : collections_) {
      const auto found = sees_whole_.find(c.object);
      if (found == sees_whole_.end() || found->second) continue;
      notices_.push_back(
          {c.collection, "records_hidden",
           fmt::format("this user has neither View All Data nor View All on {}: records that are "
                       "not shared with it are missing, with those below them, and no API tells "
                       "which",
                       c.object)});
    }
  }

  void unknown(const std::string& why) {
    const bool of_objects = state_ == state::objects;
    state_ = state::done;
    notices_.push_back(
        {{},
         "rights_unknown",
         fmt::format("{} ({}): records that are not shared with this user are missing",
                     of_objects ? "this user lacks View All Data, and whether it has View All on "
                                  "single objects cannot be asked"
                                : "whether this user has View All Data cannot be asked",
                     why)});
  }

  request_book book_;
  std::vector<audited> collections_;
  state state_ = state::user;
  unsigned pages_ = 0;
  std::string next_page_;
  std::map<std::string, bool> sees_whole_;  ///< by object: of those that permission sets speak of
  std::vector<notice> notices_;
};

}  // namespace

std::unique_ptr<audit_conversation> make_audit(session_ptr session, const catalog& what) {
  return std::make_unique<rights_audit>(std::move(session), what);
}

}  // namespace millrace::salesforce
