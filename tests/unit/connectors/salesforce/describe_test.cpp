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
