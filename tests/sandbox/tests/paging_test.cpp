// REST pages and Bulk jobs, from the first request to the last row.
#include "tests/sandbox/tests/client.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace sandbox;

namespace {

std::string header_of(const response& r, const std::string& name) {
  for (const auto& [have, text] : r.headers)
    if (have == name) return text;
  return {};
}

std::string error_code(const boost::json::value& v) {
  return text_of(v.at(0).at("errorCode"));
}

std::string bulk_body(const std::string& soql) {
  return R"({"operation":"queryAll","query":")" + soql + R"(","contentType":"CSV"})";
}

}  // namespace

TEST_CASE("pages hold every row once") {
  org_options options = test_client::tiny();
  options.sizes["Account"] = 25;
  options.page_rows = 10;
  test_client c(options);
  std::set<std::string> ids;
  std::string next = test_client::data() + "queryAll/?q=SELECT Id FROM Account ORDER BY Id";
  int pages = 0;
  while (!next.empty()) {
    const auto page = c.json("GET", next);
    ++pages;
    CHECK(page.at("totalSize") == 25);
    for (const auto& row : page.at("records").as_array())
      ids.insert(text_of(row.at("Id")));
    next = page.at("done").as_bool() ? "" : text_of(page.at("nextRecordsUrl"));
  }
  CHECK(pages == 3);
  CHECK(ids.size() == 25);
  CHECK(error_code(c.json("GET", test_client::data() + "query/01g5g0000009999AAA-10")) ==
        "INVALID_QUERY_LOCATOR");
}

TEST_CASE("a query that does not fit an object") {
  test_client c;
  CHECK(error_code(c.query("SELECT Id FROM Nope__c")) == "INVALID_TYPE");
  CHECK(error_code(c.query("SELECT Id FROM Name")) == "INVALID_TYPE_FOR_OPERATION");
  CHECK(c.send("GET", "/services/data/v99.0/query?q=x").status == 404);
  CHECK(c.send("GET", test_client::data() + "sobjects/Nope__c/describe").status == 404);
  CHECK(c.send("GET", test_client::data() + "query?q=" + std::string(17'000, 'x')).status == 414);
}

TEST_CASE("a Bulk job goes through its states and keeps its rows as they were") {
  org_options options = test_client::tiny();
  options.sizes["Contact"] = 25;
  options.bulk_delay_ms = 1000;
  test_client c(options);
  const std::string jobs = test_client::data() + "jobs/query";
  const auto job = c.json("POST", jobs, bulk_body("SELECT Id,LastName FROM Contact ORDER BY Id"));
  const std::string mine = jobs + "/" + text_of(job.at("id"));
  const auto state = [&] { return text_of(c.json("GET", mine).at("state")); };
  CHECK(state() == "UploadComplete");
  CHECK(c.send("GET", mine + "/results").status == 400);
  CHECK(c.send("DELETE", mine).status == 400);
  c.pass(600);
  CHECK(state() == "InProgress");
  c.pass(600);
  CHECK(state() == "JobComplete");
  CHECK(c.json("GET", mine).at("numberRecordsProcessed") == 25);

  response first = c.send("GET", mine + "/results?maxRecords=10");
  CHECK(header_of(first, "Sforce-NumberOfRecords") == "10");
  const std::string locator = header_of(first, "Sforce-Locator");
  const std::string text = first.text();
  CHECK(text.starts_with("\"Id\",\"LastName\"\n\"0035g0000000000AAA\","));
  c.control("mutate", R"({"object":"Contact","update":25,"seed":4})");
  CHECK(c.send("GET", mine + "/results?maxRecords=10").text() == text);
  response last = c.send("GET", mine + "/results?maxRecords=15&locator=" + locator);
  CHECK(header_of(last, "Sforce-Locator") == "null");
  CHECK(header_of(last, "Sforce-NumberOfRecords") == "15");
  CHECK(c.json("GET", mine + "/resultPages").at("done").as_bool());
  std::string other = mine;
  other.replace(other.find("62"), 2, "61");
  CHECK(c.send("GET", other).status == 409);
  CHECK(c.send("DELETE", mine).status == 204);
  CHECK(c.send("GET", mine).status == 404);
}

TEST_CASE("what the Bulk API refuses") {
  test_client c;
  const std::string jobs = test_client::data() + "jobs/query";
  const auto refused = [&](const std::string& soql) {
    return error_code(c.json("POST", jobs, bulk_body(soql)));
  };
  CHECK(refused("SELECT Id FROM CaseStatus") == "INVALIDENTITY");
  CHECK(refused("SELECT Id, BillingAddress FROM Account") == "API_ERROR");
  CHECK(refused("SELECT Id, Plan__c FROM Project__c") == "API_ERROR");
  CHECK(refused("SELECT Id, Nope FROM Account") == "INVALID_FIELD");
  const auto job = c.json("POST", jobs, bulk_body("SELECT Id FROM Account"));
  const std::string mine = jobs + "/" + text_of(job.at("id"));
  CHECK(text_of(c.json("PATCH", mine, R"({"state":"Aborted"})").at("state")) == "Aborted");
  CHECK(c.json("GET", jobs).at("records").as_array().size() == 1);
}
