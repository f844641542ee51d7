// What tests do to an org: changing records, the clock, the schema, and breaking things.
#include "tests/sandbox/tests/client.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace sandbox;

namespace {

std::vector<boost::json::object> truth_of(test_client& c, const std::string& object) {
  std::vector<boost::json::object> out;
  for (const std::string& line :
       split(c.send("GET", "/sandbox/orgs/demo/truth/" + object).text(), '\n'))
    out.push_back(boost::json::parse(line).as_object());
  return out;
}

std::size_t count_of(test_client& c, const std::string& object, const std::string& kind) {
  return static_cast<std::size_t>(
      c.query("SELECT COUNT() FROM " + object, kind).at("totalSize").as_int64());
}

}  // namespace

TEST_CASE("mutations touch distinct records at the org's time") {
  test_client c;
  const std::size_t before = count_of(c, "Lead", "queryAll");
  c.control("clock", R"({"advance_seconds":3600})");
  const std::string now = canonical_time(c.where().write_stamp());
  const auto done =
      c.control("mutate",
                R"({"object":"Lead","update":3,"insert":2,"delete":2,"hard_delete":1,"seed":9})")
          .at("Lead");
  CHECK(done.at("updated").as_array().size() == 3);
  CHECK(count_of(c, "Lead", "queryAll") == before + 1);
  std::set<std::string> stamped;
  for (const auto& line : truth_of(c, "Lead"))
    if (text_of(line.at("SystemModstamp")) == now) stamped.insert(text_of(line.at("Id")));
  CHECK(stamped.size() == 7);
  for (const auto& id : done.at("inserted").as_array())
    CHECK(stamped.contains(text_of(id)));
  const auto deleted = text_of(done.at("deleted").at(0));
  CHECK(c.query("SELECT Id FROM Lead WHERE Id = '" + deleted + "'").at("totalSize") == 0);
  CHECK(c.query("SELECT Id FROM Lead WHERE Id = '" + deleted + "'", "queryAll").at("totalSize") ==
        1);
  const auto back = c.control("mutate", R"({"object":"Lead","undelete":1,"seed":1})").at("Lead");
  CHECK(back.at("undeleted").as_array().size() == 1);
  CHECK(c.control("mutate", R"({"object":"*","update":40})").as_object().size() > 20);
}

TEST_CASE("an object without IsDeleted loses what is deleted") {
  test_client c;
  const std::size_t before = truth_of(c, "User").size();
  c.control("mutate", R"({"object":"User","delete":2,"seed":1})");
  CHECK(truth_of(c, "User").size() == before - 2);
}

TEST_CASE("records written one by one") {
  test_client c;
  const std::string leads = test_client::data() + "sobjects/Lead";
  const auto made =
      c.json("POST", leads, R"({"LastName":"O'Neil","AnnualRevenue":1.50e3,"Company":""})");
  const std::string mine = leads + "/" + text_of(made.at("id"));
  const auto read = c.json("GET", mine);
  CHECK(read.at("LastName") == "O'Neil");
  CHECK(read.at("AnnualRevenue").as_double() == 1500.0);
  CHECK(read.at("Company").is_null());
  CHECK(c.send("PATCH", mine, R"({"LastName":"Other"})").status == 204);
  CHECK(c.json("GET", mine + "?fields=LastName").at("LastName") == "Other");
  CHECK(c.send("PATCH", mine, R"({"Nope":1})").status == 400);
  CHECK(c.send("DELETE", mine).status == 204);
  CHECK(c.send("GET", mine).status == 404);
  c.pass(120'000);
  const auto gone =
      c.json("GET", leads + "/deleted/?start=2027-01-15T07:00:00Z&end=2027-01-15T09:00:00Z");
  CHECK(gone.at("deletedRecords").as_array().size() == 1);
}

TEST_CASE("faults meet the requests they are for, as often as they were told") {
  test_client c;
  const std::string describe = test_client::data() + "sobjects/Account/describe";
  c.control("faults", R"({"kind":"describe","object":"Account","skip":1,"count":2,
                         "action":{"type":"error","status":403,"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"m"}})");
  CHECK(c.send("GET", describe).status == 200);
  CHECK(c.send("GET", test_client::data() + "sobjects/Contact/describe").status == 200);
  CHECK(c.send("GET", describe).status == 403);
  CHECK(c.send("GET", describe).status == 403);
  CHECK(c.send("GET", describe).status == 200);
  c.control("faults", R"({"kind":"any","action":{"type":"truncate","after_bytes":10}})");
  CHECK(c.send("GET", describe).broken.has_value());
  c.control("faults", R"({"kind":"query","action":{"type":"wrong_count"}})");
  const auto page = c.query("SELECT Id FROM Profile");
  CHECK(page.at("totalSize").as_int64() ==
        static_cast<std::int64_t>(page.at("records").as_array().size()) + 1);
  CHECK(c.control("faults", R"({"kind":"query","action":{"type":"unheard"}})")
            .at("error")
            .is_string());
  c.control("faults", R"({"kind":"describe","action":{"type":"expire_session"}})");
  CHECK(c.send("GET", describe).status == 401);
  CHECK(c.send("GET", describe).status == 401);
}

TEST_CASE("a failed Bulk job says why") {
  test_client c;
  c.control(
      "faults",
      R"({"kind":"bulk_create","action":{"type":"job_failed","message":"QUERY_TIMEOUT: slow"}})");
  const auto job = c.json("POST", test_client::data() + "jobs/query",
                          R"({"operation":"query","query":"SELECT Id FROM Account"})");
  const auto polled = c.json("GET", test_client::data() + "jobs/query/" + text_of(job.at("id")));
  CHECK(polled.at("state") == "Failed");
  CHECK(polled.at("errorMessage") == "QUERY_TIMEOUT: slow");
}

TEST_CASE("the schema changes right after a description") {
  test_client c;
  c.control("schema", R"({"object":"Lead","drop_field":"Jigsaw","after_describe":true})");
  c.control(
      "schema",
      R"({"object":"Lead","add_field":{"name":"New__c","type":"currency","precision":18,"scale":2}})");
  CHECK(c.query("SELECT Jigsaw FROM Lead").is_object());
  c.send("GET", test_client::data() + "sobjects/Lead/describe");
  CHECK(c.query("SELECT Jigsaw FROM Lead").is_array());
  CHECK(c.query("SELECT New__c FROM Lead WHERE New__c != null").at("totalSize") == 0);
  c.control("schema", R"({"object":"Lead","hide":true})");
  CHECK(c.send("GET", test_client::data() + "sobjects/Lead/describe").status == 404);
}

TEST_CASE("counters and limits") {
  test_client c;
  c.query("SELECT Id FROM Account");
  c.query("SELECT Id FROM Account");
  const auto counters = c.json("GET", "/sandbox/orgs/demo/counters");
  CHECK(counters.at("kinds").at("query") == 2);
  CHECK(counters.at("objects").at("Account").at("query") == 2);
  const auto batch =
      c.json("POST", test_client::data() + "composite/batch",
             R"({"batchRequests":[{"method":"GET","url":"v62.0/sobjects/Account/describe"},
                               {"method":"GET","url":"/services/data/v62.0/sobjects/Nope__c/describe"}]})");
  CHECK(batch.at("hasErrors").as_bool());
  CHECK(batch.at("results").at(0).at("result").at("name") == "Account");
  CHECK(batch.at("results").at(1).at("statusCode") == 404);
  CHECK(c.where().used() == 4);  // the batch costs what is in it
  c.json("POST", "/sandbox/orgs/demo/counters/reset");
  CHECK(c.json("GET", "/sandbox/orgs/demo/counters").at("total") == 0);
}

TEST_CASE("tokens") {
  test_client c;
  const std::string form = "client_id=sandbox-client&client_secret=sandbox-secret&grant_type=";
  const std::string url = "/org/demo/services/oauth2/token";
  CHECK(c.json("POST", url, form + "refresh_token&refresh_token=sandbox-refresh-demo")
            .at("token_type") == "Bearer");
  CHECK(c.json("POST", url, form + "refresh_token&refresh_token=old").at("error") ==
        "invalid_grant");
  CHECK(c.json("POST", url, form + "client_credentials").as_object().contains("access_token"));
  CHECK(c.json("POST", url, form + "password&username=user@demo.sandbox&password=sandbox-password")
            .as_object()
            .contains("id"));
  CHECK(c.json("POST", url, form + "magic").at("error") == "unsupported_grant_type");
  c.json("POST", "/sandbox/orgs/demo/sessions/expire");
  CHECK(c.send("GET", test_client::data() + "limits").status == 401);
}

TEST_CASE("a kill ends the client before its request is served, or when it was") {
  for (const bool served : {false, true}) {
    test_client c;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
      for (;;)
        ::pause();
    const std::string when = served ? "unanswered" : "before";
    c.control("faults", R"({"kind":"record_delete","action":{"type":"kill","pid":)" +
                            std::to_string(child) + R"(,"when":")" + when + R"("}})");
    const std::string id = c.truth("Lead").begin()->first;
    c.send("DELETE", test_client::data() + "sobjects/Lead/" + id);
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK((c.truth("Lead").at(id).at("IsDeleted") == "1") == served);
  }
}

TEST_CASE("a kill is of one process, at a time that there is") {
  test_client c;
  for (const char* action :
       {R"({"type":"kill","pid":0,"when":"before"})", R"({"type":"kill","pid":-5,"when":"after"})",
        R"({"type":"kill","when":"after"})", R"({"type":"kill","pid":4711,"when":"never"})"})
    CHECK(c.send("POST", "/sandbox/orgs/demo/faults",
                 std::string(R"({"kind":"query","action":)") + action + "}")
              .status == 400);
}

TEST_CASE("an org that comes back names its sessions anew") {
  org_options other = test_client::tiny();
  other.first_number = 1000;
  test_client first;
  test_client again(other);
  CHECK(first.truth("Lead") == again.truth("Lead"));
  CHECK_FALSE(again.where().is_session(first.where().open_session()));
}
