// What an audit asks of an org's rights, and what it makes of the answers.
#include "connectors/salesforce/audit.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;

catalog some_catalog() {
  catalog out;
  for (const char* object : {"Account", "Contact", "User"}) {
    collection c;
    c.name = std::string("of_") + object;
    c.object = object;
    out.collections.push_back(std::move(c));
  }
  return out;
}

session_ptr session_with(std::string user) {
  const auto base = std::static_pointer_cast<const salesforce::org_session>(session_of());
  auto made = std::make_shared<salesforce::org_session>();
  made->access_token = base->access_token;
  made->instance_url = base->instance_url;
  made->api_version = base->api_version;
  made->user_id = std::move(user);
  return made;
}

std::unique_ptr<audit_conversation> audit_of(std::string user = "005000000000001AAA") {
  return salesforce::make_audit(session_with(std::move(user)), some_catalog());
}

http_response user_who(bool sees_all) {
  return json_answer(fmt::format(R"({{"records":[{{"PermissionsViewAllData":{}}}]}})", sees_all));
}

std::string right(const char* object, bool all) {
  return fmt::format(R"({{"SobjectType":"{}","PermissionsViewAllRecords":{}}})", object, all);
}

std::vector<std::string> told(conversation& talk) {
  CHECK(is_finished(talk));
  std::vector<std::string> out;
  for (const notice& n : static_cast<audit_conversation&>(talk).result_notices())
    out.push_back(n.collection + ":" + n.code);
  return out;
}
using strings = std::vector<std::string>;

TEST_CASE("who sees all data costs one query") {
  const auto talk = audit_of();
  const ask a = next_ask(*talk);
  CHECK(statement_of(a) == "SELECT PermissionsViewAllData FROM UserPermissionAccess");
  CHECK(proceeds(talk->answered(a.id, user_who(true), noon)));
  CHECK(told(*talk).empty());
}

TEST_CASE("objects that permission sets speak of and none shows whole are named") {
  const auto talk = audit_of();
  CHECK(proceeds(talk->answered(next_ask(*talk).id, user_who(false), noon)));
  const ask objects = next_ask(*talk);
  CHECK(statement_of(objects).ends_with(
      "FROM PermissionSetAssignment WHERE AssigneeId = '005000000000001AAA')"));
  CHECK(proceeds(talk->answered(
      objects.id,
      json_answer(rest_page({}, {right("Account", false), right("Contact", false)}, "/next")),
      noon)));
  const ask more = next_ask(*talk);
  CHECK(more.request.url == std::string(host) + "/next");
  CHECK(proceeds(talk->answered(
      more.id, json_answer(rest_page({}, {right("Account", true), right("Lead", false)})), noon)));
  CHECK(told(*talk) == strings{"of_Contact:records_hidden"});
}

TEST_CASE("what cannot be found out is said, and fails nothing") {
  SUBCASE("nothing of the user") {
    const auto talk = audit_of();
    CHECK(proceeds(
        talk->answered(next_ask(*talk).id, refusal(400, "INVALID_TYPE", "not supported"), noon)));
    CHECK(told(*talk) == strings{":rights_unknown"});
  }
  SUBCASE("no records") {
    const auto talk = audit_of();
    CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer(R"({"records":[]})"), noon)));
    CHECK(told(*talk) == strings{":rights_unknown"});
  }
  SUBCASE("no page") {
    const auto talk = audit_of();
    CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer("[]"), noon)));
    CHECK(told(*talk) == strings{":rights_unknown"});
  }
  SUBCASE("nothing of objects") {
    const auto talk = audit_of();
    CHECK(proceeds(talk->answered(next_ask(*talk).id, user_who(false), noon)));
    CHECK(proceeds(talk->gave_up(next_ask(*talk).id,
                                 {errc::http_connect, "gone", "x", retry::never, {}, {}}, noon)));
    CHECK(told(*talk) == strings{":rights_unknown"});
  }
  SUBCASE("I17: a user whose Id is none is not asked for") {
    for (const char* user : {"", "0' OR Id != '"}) {
      const auto talk = audit_of(user);
      CHECK(proceeds(talk->answered(next_ask(*talk).id, user_who(false), noon)));
      CHECK(told(*talk) == strings{":rights_unknown"});
    }
  }
}

TEST_CASE("a session that ended is told to who can renew it") {
  const auto talk = audit_of();
  const ask a = next_ask(*talk);
  CHECK(again(talk->answered(a.id, refusal(401, "INVALID_SESSION_ID"), noon)).again ==
        retry::after_login);
  talk->use_session(session_of("token-2", "https://elsewhere.my.salesforce.com"));
  CHECK(talk->renewed(a).url.starts_with("https://elsewhere.my.salesforce.com/"));
}

}  // namespace
}  // namespace millrace
