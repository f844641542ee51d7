// What a description becomes: fields, key and cursor.
#include "connectors/salesforce/describe.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace millrace::salesforce {
namespace {

/// The cursor of an object with these fields, each `NAME:TYPE` with `!` behind when a statement
/// cannot filter by it.
std::string cursor_of(const std::vector<std::string>& fields, const std::string& object = "X__c") {
  std::string body = fmt::format(R"({{"name":"{}","fields":[{{"name":"Id","type":"id"}})", object);
  for (const std::string& f : fields) {
    const std::size_t colon = f.find(':');
    const bool filterable = !f.ends_with('!');
    body += fmt::format(R"(,{{"name":"{}","type":"{}","filterable":{}}})", f.substr(0, colon),
                        f.substr(colon + 1, f.size() - colon - (filterable ? 1 : 2)), filterable);
  }
  const auto described = parse_describe(body + "]}", object, "x_c");
  REQUIRE(described);
  return described->version ? described->fields[*described->version].name : std::string("none");
}

TEST_CASE("I2 the cursor field: the best that describe shows and a statement can filter by") {
  const std::string stamp = "SystemModstamp:datetime";
  const std::string modified = "LastModifiedDate:datetime";
  const std::string created = "CreatedDate:datetime";
  CHECK(cursor_of({created, modified, stamp}) == "SystemModstamp");
  CHECK(cursor_of({created, modified}) == "LastModifiedDate");
  CHECK(cursor_of({created, "LoginTime:datetime"}) == "CreatedDate");
  CHECK(cursor_of({"LoginTime:datetime"}) == "LoginTime");
  CHECK(cursor_of({stamp + "!", modified}) == "LastModifiedDate");
  CHECK(cursor_of({"SystemModstamp:date", created}) == "CreatedDate");
  CHECK(cursor_of({"Name:string"}) == "none");
  CHECK(cursor_of({created}, "LoginEvent") == "none");
}

TEST_CASE("references lead to objects, and the creation date is known where there is a cursor") {
  const char* body = R"({"name":"X__c","fields":[{"name":"Id","type":"id"},
      {"name":"CreatedDate","type":"datetime"},
      {"name":"Owner","type":"reference","referenceTo":["User","Group","not plain",7]}]})";
  const auto c = parse_describe(body, "X__c", "x_c");
  REQUIRE(c);
  CHECK(c->created == 1U);
  CHECK(c->fields[2].refers_to == std::vector<std::string>{"User", "Group"});
  CHECK(c->fields[0].refers_to.empty());
}

TEST_CASE("of a content the address is a text of any length, where it is asked for") {
  const char* body = R"({"name":"X__c","fields":[{"name":"Id","type":"id"},
      {"name":"Body","type":"base64","length":131072},{"name":"More","type":"base64"}]})";
  const auto plain = parse_describe(body, "X__c", "x_c");
  REQUIRE(plain);
  CHECK(plain->left_out == std::vector<std::string>{"Body", "More"});
  const auto wanted = parse_describe(body, "X__c", "x_c", {"BODY", "Id"});
  REQUIRE(wanted);
  CHECK(wanted->left_out == std::vector<std::string>{"More"});
  REQUIRE(wanted->fields.size() == 2);
  CHECK(wanted->fields[1].type == value_type::text);
  CHECK(wanted->fields[1].length == 0);
  CHECK(is_address_of_content(wanted->fields[1]));
  CHECK_FALSE(is_address_of_content(wanted->fields[0]));
}

TEST_CASE("descriptions that are none") {
  CHECK_FALSE(parse_describe("[]", "X__c", "x_c"));
  CHECK_FALSE(
      parse_describe(R"({"name":"Y__c","fields":[{"name":"Id","type":"id"}]})", "X__c", "x"));
  CHECK_FALSE(
      parse_describe(R"({"name":"X__c","fields":[{"name":"Name","type":"string"}]})", "X__c", "x"));
  CHECK_FALSE(parse_describe(R"({"name":"X__c"})", "X__c", "x"));
  const std::string good = R"({"name":"X__c","fields":[{"name":"Id","type":"id"}],"more":[1,{}]})";
  CHECK(parse_describe(good, "X__c", "x"));
  CHECK(parse_describe(" " + good + "\n", "X__c", "x"));
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
    CHECK_FALSE(parse_describe(good.substr(0, bytes), "X__c", "x"));
  for (const char* behind : {"}", "1", ",", "{}", "\"x\""})
    CHECK_FALSE(parse_describe(good + behind, "X__c", "x"));
  CHECK_FALSE(parse_describe(
      "{\"name\":\"X__c\",\"label\":\"\xFF\",\"fields\":[{\"name\":\"Id\"}]}", "X__c", "x"));
}

TEST_CASE("what a description says in another type than expected is as if it did not say it") {
  const char* body = R"({"name":"X__c","label":7,"custom":"true","replicateable":null,"fields":[7,
      {"name":"Id","type":"id","length":18,"label":{"name":"no"}},
      {"name":"A","type":"string","length":"80","filterable":1,"sortable":null,"referenceTo":"User"},
      {"name":"B","type":"string","length":-1,"calculated":[true],"referenceTo":[["User"],{"a":1}]},
      {"name":"C","type":"double","precision":18.5,"scale":99999999999},
      {"name":7,"type":"string"},{"type":"string"}],"fieldsets":{"fields":[]}})";
  const auto c = parse_describe(body, "X__c", "x_c");
  REQUIRE(c);
  CHECK(c->label.empty());
  CHECK_FALSE(c->custom);
  CHECK_FALSE(c->has_deletion_log);
  REQUIRE(c->fields.size() == 4);
  CHECK(c->fields[0].length == 18);
  CHECK(c->fields[0].label.empty());
  for (const std::size_t i : {1U, 2U}) {
    CHECK(c->fields[i].length == 0);
    CHECK(c->fields[i].filterable);
    CHECK(c->fields[i].sortable);
    CHECK_FALSE(c->fields[i].calculated);
    CHECK(c->fields[i].refers_to.empty());
  }
  CHECK(c->fields[3].type == value_type::floating);
  CHECK(c->fields[3].scale == 400);
}

TEST_CASE("the list of objects: names, what can be read, and what is no list") {
  const auto list = parse_global_describe(R"({"encoding":"UTF-8","sobjects":[
      {"name":"Account","label":"Acc\u00f6unt","queryable":true,"urls":{"name":"no"}},
      {"name":"X__c","custom":true,"deprecatedAndHidden":true},{"label":"none"},[],{"name":"a b"}]})");
  REQUIRE(list);
  REQUIRE(list->entries.size() == 2);
  CHECK(list->entries[0].name == "Account");
  CHECK(list->entries[0].label == "Acc\xC3\xB6unt");
  CHECK(list->entries[0].queryable);
  CHECK_FALSE(list->entries[0].custom);
  CHECK(list->entries[1].custom);
  CHECK(list->entries[1].hidden);
  CHECK(list->left_out.size() == 1);
  for (const char* none : {"", "{", "[]", "{}", R"({"sobjects":{}})", R"({"sobjects":[})",
                           R"({"sobjects":[{"name":"A"})", R"({"sobjects":[]}])"})
    CHECK_FALSE(parse_global_describe(none));
}

TEST_CASE("I17 plain names") {
  for (const char* good : {"Id", "My_Field__c", "ns__X__c", "a", "A9"})
    CHECK(is_plain_name(good));
  for (const char* bad :
       {"", "_a", "9a", "a b", "a.b", "a'", "a,b", "a\n", "\xC3\xA9", "a/b", "~"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_plain_name(bad));
    CHECK_FALSE(is_plain_name(shown_name(bad)));
  }
  CHECK(shown_name("a\x1b\nb") == "'a??b'");
  CHECK(shown_name(std::string(5000, 'x')).size() < 100);
}

}  // namespace
}  // namespace millrace::salesforce
