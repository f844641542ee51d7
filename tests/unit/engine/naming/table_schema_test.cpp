// Column names: who keeps a name that two fields share never depends on the order of describe
// (I10).
#include "engine/naming/table_schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace millrace {
namespace {

collection with_fields(const std::vector<std::string>& names) {
  collection out;
  out.name = "things";
  out.object = "Thing__c";
  for (const std::string& name : names) {
    field f;
    f.name = name;
    out.fields.push_back(std::move(f));
  }
  return out;
}

/// Field -> column.
std::map<std::string, std::string> columns_of(const named_table& named) {
  std::map<std::string, std::string> out;
  for (const table_column& c : named.table.columns)
    out.emplace(c.source, c.name);
  return out;
}

TEST_CASE("columns carry their field's type, in the order of the fields") {
  collection what = with_fields({"Id", "Amount__c", "LastModifiedDate"});
  what.key = 0;
  what.version = 2;
  what.fields[1].label = "Amount";
  what.fields[1].type = value_type::decimal;
  what.fields[1].length = 7;
  what.fields[1].precision = 18;
  what.fields[1].scale = 2;
  const named_table named = make_table_schema(what, 63);
  CHECK(named.notices.empty());
  CHECK(named.table.collection == "things");
  CHECK(named.table.key == 0);
  CHECK(named.table.version == 2);
  REQUIRE(named.table.columns.size() == 3);
  const table_column& amount = named.table.columns[1];
  CHECK(amount.name == "amount_c");
  CHECK(amount.source == "Amount__c");
  CHECK(amount.label == "Amount");
  CHECK(amount.type == value_type::decimal);
  CHECK(amount.length == 7);
  CHECK(amount.precision == 18);
  CHECK(amount.scale == 2);
  CHECK(named.table.columns[2].name == "last_modified_date");
}

TEST_CASE("I10: of fields that share a name the standard one keeps it") {
  // Sorted by name alone, the custom field would come first.
  const named_table named = make_table_schema(with_fields({"A_b__c", "AbC"}), 63);
  const auto columns = columns_of(named);
  CHECK(columns.at("AbC") == "ab_c");
  CHECK(columns.at("A_b__c") == "a_b_c");

  const named_table shared = make_table_schema(with_fields({"Foo__c", "FooC"}), 63);
  CHECK(columns_of(shared).at("FooC") == "foo_c");
  CHECK(columns_of(shared).at("Foo__c").starts_with("foo_c_"));
  REQUIRE(shared.notices.size() == 1);
  CHECK(shared.notices[0].code == "column_renamed");
  CHECK(shared.notices[0].collection == "things");
  CHECK(shared.notices[0].text.find("FooC") != std::string::npos);
  CHECK(shared.notices[0].text.find("Foo__c") != std::string::npos);
}

TEST_CASE("I10: names do not depend on the order of describe") {
  std::vector<std::string> fields{"Id",         "FooBar__c", "Foo_Bar__c", "Foo__Bar__c",
                                  "ns__Foo__c", "Ns_Foo__c", "FooC",       "Foo__c",
                                  "ReceivedAt", "UuidTs",    "2fa",        "_2fa__c",
                                  "日本語",     "中文",      "AB__c",      "Ab__c"};
  const auto expected = columns_of(make_table_schema(with_fields(fields), 63));
  std::set<std::string> distinct;
  for (const auto& [source, name] : expected)
    distinct.insert(name);
  CHECK(distinct.size() == fields.size());

  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::shuffle(fields.begin(), fields.end(), random);
    const named_table named = make_table_schema(with_fields(fields), 63);
    REQUIRE(columns_of(named) == expected);
    for (std::size_t i = 0; i < fields.size(); ++i)
      REQUIRE(named.table.columns[i].source == fields[i]);
  }
}

TEST_CASE("names of millrace's own are never given to a field") {
  const named_table named =
      make_table_schema(with_fields({"Id", "Received_At", "UUID_ts", "_millrace_x"}), 63);
  const auto columns = columns_of(named);
  CHECK(columns.at("Received_At").starts_with("received_at_"));
  CHECK(columns.at("UUID_ts").starts_with("uuid_ts_"));
  CHECK(columns.at("_millrace_x") == "millrace_x");  // snake case leaves no leading underscore
  CHECK(named.notices.size() == 2);
}

TEST_CASE("a name that is too long is cut, and stays distinct") {
  const std::string stem(70, 'a');
  const named_table named =
      make_table_schema(with_fields({"Id", "A" + stem + "One__c", "A" + stem + "Two__c"}), 63);
  CHECK(named.notices.size() == 2);
  const auto columns = columns_of(named);
  std::set<std::string> distinct;
  for (const auto& [source, name] : columns) {
    CHECK(name.size() <= 63);
    distinct.insert(name);
  }
  CHECK(distinct.size() == 3);
  CHECK(make_table_schema(with_fields({"A" + stem + "One__c"}), 128).notices.empty());
}

TEST_CASE("a suffix that some field already has as its name is not given twice") {
  const std::string taken =
      columns_of(make_table_schema(with_fields({"FooC", "Foo__c"}), 63)).at("Foo__c");
  // A standard field that is called like the suffixed one sorts before the custom field.
  const named_table named = make_table_schema(with_fields({"Foo__c", "FooC", taken}), 63);
  const auto columns = columns_of(named);
  CHECK(columns.at(taken) == taken);
  CHECK(columns.at("FooC") == "foo_c");
  CHECK(columns.at("Foo__c") != taken);
  CHECK(columns.at("Foo__c").starts_with("foo_c_"));
}

TEST_CASE("a thousand fields that share a name are named in no time") {
  std::vector<std::string> fields;
  fields.reserve(1000);
  for (int i = 0; i < 1000; ++i)
    fields.push_back("Foo" + std::string(static_cast<std::size_t>(i), '_') + "Bar");
  const auto columns = columns_of(make_table_schema(with_fields(fields), 63));
  std::set<std::string> distinct;
  for (const auto& [source, name] : columns)
    distinct.insert(name);
  CHECK(distinct.size() == 1000);
}

}  // namespace
}  // namespace millrace
