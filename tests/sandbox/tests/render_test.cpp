// Rendering: one record as REST JSON, as Bulk CSV and as truth.
#include "tests/sandbox/render.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sandbox;

namespace {

class project {
 public:
  project() : all_(parse_schema(built_in_schema())), rows_(object(), all_, 3, 100) {}
  table& rows() { return rows_; }
  object_def& object() {
    return *std::find_if(all_.objects.begin(), all_.objects.end(),
                         [](const object_def& o) { return o.name == "Project__c"; });
  }
  std::uint32_t insert(const std::map<std::string, value>& values) {
    changes mine;
    for (const auto& [name, v] : values)
      mine[object().find(name).value_or(0)] = v;
    return rows_.insert(std::move(mine), table::blank_variant, 1'704'164'645'000, 1);
  }
  std::string one(std::uint32_t n, const std::vector<std::string>& names, form how) {
    std::vector<std::size_t> fields;
    fields.reserve(names.size());
    for (const auto& name : names)
      fields.push_back(object().find(name).value_or(0));
    std::string out;
    renderer(rows_, fields, {how, "62.0"}).append(out, rows_.at(n));
    return out;
  }

 private:
  schema all_;
  table rows_;
};

const std::string attributes =
    R"({"attributes":{"type":"Project__c","url":"/services/data/v62.0/sobjects/Project__c/a005g000000001cAAA"},)";

}  // namespace

TEST_CASE("doubles as REST writes them") {
  CHECK(json_double("3") == "3.0");
  CHECK(json_double("-3.25") == "-3.25");
  CHECK(json_double("950000000") == "9.5E8");
  CHECK(json_double("-123456789") == "-1.23456789E8");
  CHECK(json_double("0.00001234") == "1.234E-5");
  CHECK(json_double("0") == "0.0");
}

TEST_CASE("the same record in three forms") {
  project p;
  const std::uint32_t n = p.insert({{"Name", "Acme \"Blue\"\r\nKöln"},
                                    {"Budget__c", "9999999999999999.99"},
                                    {"Headcount__c", "39000"},
                                    {"Active__c", "1"},
                                    {"Standup__c", "13:05:30.000"},
                                    {"Kickoff__c", "2024-01-02 03:04:05.678"},
                                    {"Site__Latitude__s", "50.5"}});
  REQUIRE(n == 100);
  const std::vector<std::string> fields{"Id",           "Name",      "Budget__c",
                                        "Headcount__c", "Active__c", "Standup__c",
                                        "Kickoff__c",   "Web__c",    "SystemModstamp"};
  CHECK(
      p.one(n, fields, form::json) ==
      attributes +
          R"("Id":"a005g000000001cAAA","Name":"Acme \"Blue\"\r\nKöln","Budget__c":9999999999999999.99,)" +
          R"("Headcount__c":39000,"Active__c":true,"Standup__c":"13:05:30.000Z",)" +
          R"("Kickoff__c":"2024-01-02T03:04:05.678+0000","Web__c":null,)" +
          R"("SystemModstamp":"2024-01-02T03:04:05.000+0000"})");
  CHECK(p.one(n, fields, form::csv) ==
        "\"a005g000000001cAAA\",\"Acme "
        "\"\"Blue\"\"\r\nKöln\",\"9999999999999999.99\",\"39000\",\"true\","
        "\"13:05:30.000Z\",\"2024-01-02T03:04:05.678Z\",\"\",\"2024-01-02T03:04:05.000Z\"\n");
  CHECK(
      p.one(n, fields, form::truth) ==
      R"({"Id":"a005g000000001cAAA","Name":"Acme \"Blue\"\r\nKöln","Budget__c":"9999999999999999.99",)"
      R"("Headcount__c":"39000","Active__c":"1","Standup__c":"13:05:30.000",)"
      R"("Kickoff__c":"2024-01-02 03:04:05.678","Web__c":null,"SystemModstamp":"2024-01-02 03:04:05.000"})"
      "\n");
  CHECK(p.one(n, {"Site__c", "Plan__c"}, form::json) ==
        attributes + R"("Site__c":{"latitude":50.5,"longitude":null},)" +
            R"("Plan__c":"/services/data/v62.0/sobjects/Project__c/a005g000000001cAAA/Plan__c"})");
}

TEST_CASE("a field that came later is empty in older records") {
  project p;
  field_def late;
  late.name = "Late__c";
  late.type = "string";
  late.length = 40;
  late.added_at = 10;
  p.object().fields.push_back(late);
  p.rows().fields_changed();
  CHECK(p.one(4, {"Late__c"}, form::csv) == "\"\"\n");
  p.rows().vary(4, 8, 1'704'164'645'000, 11);
  CHECK(p.one(4, {"Late__c"}, form::csv) != "\"\"\n");
}

TEST_CASE("the data hold what readers stumble over") {
  project p;
  bool long_text = false;
  bool exact = false;
  bool oldest = false;
  const auto field = [&](std::string_view name) { return p.object().find(name).value_or(0); };
  for (std::uint32_t n = 0; n < 100; ++n) {
    const row r = p.rows().at(n);
    long_text = long_text || p.rows().get(r, field("Notes__c")).value_or("").size() == 131'072;
  }
  std::size_t nulls = 0;
  row r = p.rows().at(0);
  for (r.variant = 0; r.variant < table::variants; ++r.variant) {
    const value budget = p.rows().get(r, field("Budget__c"));
    exact = exact || budget == "9999999999999999.99";
    oldest = oldest || p.rows().get(r, field("Due__c")) == "1700-01-01";
    if (!budget) ++nulls;
  }
  CHECK(long_text);
  CHECK(exact);
  CHECK(oldest);
  CHECK(nulls > table::variants / 6);
  CHECK(nulls < table::variants / 3);
}
