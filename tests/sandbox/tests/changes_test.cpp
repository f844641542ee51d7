// What changes without a stamp, what shows late, merges, drift of the schema, budgets.
#include "tests/sandbox/tests/client.hpp"

#include <doctest/doctest.h>

using namespace sandbox;

namespace {

std::string first_id(const boost::json::value& done, const char* object, const char* what) {
  return text_of(done.at(object).at(what).at(0));
}

}  // namespace

TEST_CASE("calculated fields change and no stamp does") {
  test_client c;
  for (const auto& [object, field] :
       {std::pair{"Project__c", "Margin__c"}, std::pair{"Contract", "Status"}}) {
    auto before = c.truth(object);
    const auto done = c.control(
        "mutate", std::string(R"({"object":")") + object + R"(","recalculate":3,"seed":4})");
    auto after = c.truth(object);
    std::size_t changed = 0;
    for (const auto& [id, record] : after) {
      CHECK(record.at("SystemModstamp") == before.at(id).at("SystemModstamp"));
      changed += record.at(field) != before.at(id).at(field) ? 1 : 0;
    }
    CHECK(changed > 0);
    CHECK(changed <= 3);
    CHECK(done.at(object).at("recalculated").as_array().size() == 3);
  }
}

TEST_CASE("a formula shows its parent's value without a stamp") {
  test_client c;
  auto projects = c.truth("Project__c");
  c.control("mutate", R"({"object":"Account","update":60,"seed":2})");
  auto accounts = c.truth("Account");
  std::size_t shown = 0;
  for (const auto& [id, record] : c.truth("Project__c")) {
    CHECK(record.at("SystemModstamp") == projects.at(id).at("SystemModstamp"));
    if (record.at("Account__c").is_null() || record.at("IsDeleted") == "1") continue;
    const auto parent = accounts.find(text_of(record.at("Account__c")));
    if (parent == accounts.end() || parent->second.at("IsDeleted") == "1") continue;
    CHECK(record.at("Account_Name__c") == parent->second.at("Name"));
    ++shown;
  }
  CHECK(shown > 0);
}

TEST_CASE("what commits late has the stamp of its begin, for REST and Bulk alike") {
  test_client c;
  const std::string began = canonical_time(c.where().write_stamp());
  const auto before = c.truth("Lead");
  const auto done = c.control(
      "mutate",
      R"({"object":"Lead","update":2,"insert":1,"delete":1,"late_seconds":600,"seed":1})");
  CHECK(c.truth("Lead") == before);
  const std::string inserted = first_id(done, "Lead", "inserted");
  CHECK(c.query("SELECT Id FROM Lead WHERE Id = '" + inserted + "'").at("totalSize") == 0);
  const std::string job = R"({"operation":"queryAll","query":"SELECT Id FROM Lead"})";
  c.json("POST", test_client::data() + "jobs/query", job);
  // Nobody else writes what the transaction holds.
  const std::string updated = first_id(done, "Lead", "updated");
  CHECK(c.send("PATCH", test_client::data() + "sobjects/Lead/" + updated, R"({"Company":"x"})")
            .status == 400);
  c.control("clock", R"({"advance_seconds":599})");
  CHECK(c.truth("Lead") == before);
  c.control("clock", R"({"advance_seconds":1})");
  auto after = c.truth("Lead");
  CHECK(after.size() == before.size() + 1);
  CHECK(after.at(inserted).at("SystemModstamp") == began.c_str());
  CHECK(after.at(updated).at("SystemModstamp") == began.c_str());
  CHECK(after.at(first_id(done, "Lead", "deleted")).at("IsDeleted") == "1");
  CHECK(c.where().jobs.begin()->second.records.size() == before.size());
  CHECK(c.send("PATCH", test_client::data() + "sobjects/Lead/" + updated, R"({"Company":"x"})")
            .status == 204);
}

TEST_CASE("a merge keeps one record and gives it the other's children") {
  test_client c;
  const auto done = c.control("mutate", R"({"object":"Account","merge":2,"seed":3})");
  auto accounts = c.truth("Account");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto loser = text_of(done.at("Account").at("merged").at(i));
    const auto winner = text_of(done.at("Account").at("kept").at(i));
    CHECK(accounts.at(loser).at("IsDeleted") == "1");
    CHECK(accounts.at(loser).at("MasterRecordId") == winner.c_str());
    CHECK(accounts.at(winner).at("IsDeleted") == "0");
    for (const auto& [id, contact] : c.truth("Contact"))
      if (contact.at("IsDeleted") == "0") CHECK(contact.at("AccountId") != loser.c_str());
  }
  const std::string now = canonical_time(c.where().write_stamp());
  std::size_t moved = 0;
  for (const auto& [object, what] : done.as_object())
    if (const auto* ids = what.as_object().if_contains("reparented")) {
      auto records = c.truth(std::string(object));
      for (const auto& id : ids->as_array()) {
        const auto& record = records.at(text_of(id));
        const char* stamped =
            record.contains("SystemModstamp") ? "SystemModstamp" : "LastModifiedDate";
        if (record.contains(stamped)) CHECK(record.at(stamped) == now.c_str());
        ++moved;
      }
    }
  CHECK(moved > 0);
}

TEST_CASE("archived tasks are queryAll's alone") {
  test_client c;
  std::size_t archived = 0;
  for (const auto& [id, task] : c.truth("Task"))
    if (task.at("IsArchived") == "1" && task.at("IsDeleted") == "0") ++archived;
  CHECK(archived > 0);
  CHECK(c.query("SELECT Id FROM Task WHERE IsArchived = true").at("totalSize") == 0);
  const auto found =
      c.query("SELECT Id FROM Task WHERE IsArchived = true AND IsDeleted = false", "queryAll");
  CHECK(found.at("totalSize").as_int64() == static_cast<std::int64_t>(archived));
  CHECK(c.query("SELECT COUNT() FROM Task").at("totalSize") ==
        c.query("SELECT Id FROM Task").at("totalSize"));
}

TEST_CASE("fields are hidden and shown, renamed and retyped") {
  test_client c;
  const auto before = c.truth("Lead");
  c.control("schema", R"({"object":"Lead","hide_field":"Company"})");
  CHECK(c.query("SELECT Company FROM Lead").is_array());
  c.control("schema", R"({"object":"Lead","show_field":"Company"})");
  CHECK(c.truth("Lead") == before);

  c.control("schema", R"({"object":"Lead","rename_field":"Company","rename_to":"Firm__c"})");
  CHECK(c.query("SELECT Company FROM Lead").is_array());
  auto renamed = c.truth("Lead");
  for (const auto& [id, record] : before)
    CHECK(renamed.at(id).at("Firm__c") == record.at("Company"));

  c.control(
      "schema",
      R"({"object":"Lead","retype_field":{"name":"AnnualRevenue","type":"string","length":80}})");
  auto text = c.truth("Lead");
  for (const auto& [id, record] : before)
    CHECK(text.at(id).at("AnnualRevenue") == record.at("AnnualRevenue"));
  c.control("schema", R"({"object":"Lead","retype_field":{"name":"Industry","type":"double"}})");
  for (const auto& [id, record] : c.truth("Lead"))
    CHECK(record.at("Industry").is_null());
  CHECK(c.control("schema", R"({"object":"Lead","show_field":"Nope"})").at("error").is_string());
  c.control("schema", R"({"object":"Lead","hide":true})");
  c.control("schema", R"({"object":"Lead","show":true})");
  CHECK(c.truth("Lead").size() == before.size());
}

TEST_CASE("records that this user sees no more are gone, and come back as they were") {
  test_client c;
  const auto before = c.truth("Case");
  CHECK(c.control("mutate", R"({"object":"Case","conceal":3,"seed":1})")
            .at("Case")
            .at("concealed")
            .as_array()
            .size() == 3);
  CHECK(c.truth("Case").size() == before.size() - 3);
  c.control("mutate", R"({"object":"Case","reveal":3,"seed":9})");
  CHECK(c.truth("Case") == before);
}

TEST_CASE("a day's calls are counted as the org counts, and end") {
  test_client c;
  const std::string describe = test_client::data() + "sobjects/Account/describe";
  c.control("settings", R"({"daily_limit":5})");
  c.json("POST", test_client::data() + "composite",
         R"({"compositeRequest":[
           {"method":"GET","url":"/services/data/v62.0/sobjects/Account/describe","referenceId":"a"},
           {"method":"GET","url":"/services/data/v62.0/sobjects/Lead/describe","referenceId":"b"}]})");
  CHECK(c.where().used() == 1);
  c.json(
      "POST", test_client::data() + "composite/batch",
      R"({"batchRequests":[{"method":"GET","url":"v62.0/limits"},{"method":"GET","url":"v62.0/limits"}]})");
  CHECK(c.where().used() == 3);
  c.json("GET", "/services/data/");
  CHECK(c.where().used() == 3);
  CHECK(c.send("GET", describe).status == 200);
  c.control("settings", R"({"spend":1})");
  auto refused = c.send("GET", describe);
  CHECK(refused.status == 403);
  CHECK(boost::json::parse(refused.text()).at(0).at("errorCode") == "REQUEST_LIMIT_EXCEEDED");
  const auto info = std::find_if(refused.headers.begin(), refused.headers.end(),
                                 [](const auto& h) { return h.first == "Sforce-Limit-Info"; });
  REQUIRE(info != refused.headers.end());
  CHECK(info->second == "api-usage=5/5");
  c.control("clock", R"({"advance_seconds":86400})");
  CHECK(c.send("GET", describe).status == 200);
  CHECK(c.where().used() == 1);
}

TEST_CASE("Bulk jobs fail without a message, are aborted, and expire") {
  test_client c;
  const std::string jobs = test_client::data() + "jobs/query";
  const std::string body = R"({"operation":"query","query":"SELECT Id FROM Account"})";
  c.control("faults", R"({"kind":"bulk_create","action":{"type":"job_failed"}})");
  const auto failed = c.json("GET", jobs + "/" + text_of(c.json("POST", jobs, body).at("id")));
  CHECK(failed.at("state") == "Failed");
  CHECK(!failed.as_object().contains("errorMessage"));
  const std::string mine = jobs + "/" + text_of(c.json("POST", jobs, body).at("id"));
  c.control("faults", R"({"kind":"bulk_poll","action":{"type":"job_aborted"}})");
  CHECK(c.json("GET", mine).at("state") == "Aborted");
  CHECK(c.json("GET", mine).at("state") == "Aborted");
  c.control("clock", R"({"advance_seconds":604801})");
  CHECK(c.send("GET", mine).status == 404);
  c.control("faults", R"({"kind":"query","action":{"type":"maintenance"}})");
  auto page = c.send("GET", test_client::data() + "query?q=SELECT Id FROM Account");
  CHECK(page.status == 503);
  CHECK(page.type.starts_with("text/html"));
}
