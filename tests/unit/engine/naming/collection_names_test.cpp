// Tables of an org: each object its own, whatever order the org lists them in (I10).
#include "engine/naming/collection_names.hpp"

#include "engine/naming/snake_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace millrace {
namespace {

/// Object -> collection.
std::map<std::string_view, std::string> named(const std::vector<std::string_view>& objects,
                                              std::size_t bytes_max = 63) {
  const auto names = name_collections(objects, bytes_max);
  REQUIRE(names.size() == objects.size());
  std::map<std::string_view, std::string> out;
  for (std::size_t i = 0; i < objects.size(); ++i)
    out.emplace(objects[i], names[i].name);
  return out;
}

TEST_CASE("the 48 have the names of their table, others snake case") {
  const auto names = named({"Invoice__c", "OpportunityLineItem", "AccountHistory", "Group"});
  CHECK(names.at("Invoice__c") == "invoice_c");
  CHECK(names.at("OpportunityLineItem") == "opportunity_product");
  CHECK(names.at("AccountHistory") == "account_history");
  CHECK(names.at("Group") == "_group");
}

TEST_CASE("I10: the 48 keep their names, then standard objects before custom ones") {
  // An object that is called as the table of another is.
  const std::vector<std::string_view> objects{"Accounts", "Account", "Foo__C", "FooC"};
  const auto names = name_collections(objects, 63);
  CHECK(names[0].name == with_suffix("accounts", "Accounts", 63));
  CHECK(names[0].shared_with == "Account");
  CHECK(names[1].name == "accounts");
  CHECK(names[1].shared_with.empty());
  CHECK(names[2].name == with_suffix("foo_c", "Foo__C", 63));
  CHECK(names[2].shared_with == "FooC");
  CHECK(names[3].name == "foo_c");
}

TEST_CASE("I10: names do not depend on the order in which an org lists its objects") {
  std::vector<std::string_view> objects{"Foo_Bar__c", "FooBar__c", "Account",    "Accounts",
                                        "Lead",       "Leads",     "ns__Foo__c", "Ns_Foo__c",
                                        "Role",       "UserRole",  "日本",       "中国"};
  const auto expected = named(objects);
  std::set<std::string> distinct;
  for (const auto& entry : expected)
    distinct.insert(entry.second);
  CHECK(distinct.size() == objects.size());
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::shuffle(objects.begin(), objects.end(), random);
    REQUIRE(named(objects) == expected);
  }
}

TEST_CASE("an object that is listed twice is one") {
  const std::vector<std::string_view> objects{"Lead", "FooC", "Foo__C", "Lead", "Foo__C"};
  const auto names = name_collections(objects, 63);
  CHECK(names[3].name == "leads");
  CHECK(names[3].shared_with.empty());
  CHECK(names[4].name == names[2].name);
  CHECK(names[4].shared_with == "FooC");
}

TEST_CASE("long names are cut and stay distinct") {
  const std::string one = "ns__" + std::string(70, 'x') + "One__c";
  const std::string two = "ns__" + std::string(70, 'x') + "Two__c";
  const auto names = named({one, two});
  CHECK(names.at(one).size() == 63);
  CHECK(names.at(two).size() == 63);
  CHECK(names.at(one) != names.at(two));
  CHECK(name_collections(std::vector<std::string_view>{one}, 63)[0].shared_with.empty());
}

}  // namespace
}  // namespace millrace
