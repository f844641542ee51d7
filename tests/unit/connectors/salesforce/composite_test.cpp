// Several requests in one: what is asked, and how the answer is taken apart.
#include "connectors/salesforce/composite.hpp"

#include "connectors/salesforce/composite_manners.hpp"
#include "connectors/salesforce/json_slices.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;
using salesforce::composite_answers;

std::string part(std::string_view name, int status, std::string_view body,
                 std::string_view headers = "{}") {
  return fmt::format(R"({{"body":{},"httpHeaders":{},"httpStatusCode":{},"referenceId":"{}"}})",
                     body, headers, status, name);
}

http_response whole(const std::vector<std::string>& parts) {
  return json_answer(fmt::format(R"({{"compositeResponse":[{}]}})", fmt::join(parts, ",")));
}

TEST_CASE("a composite asks for each path by GET, and none undoes another") {
  const std::vector<std::string> paths{"/services/data/v62.0/sobjects/A/describe", "/b?q=\"x\""};
  CHECK(salesforce::composite_body(paths) ==
        R"({"allOrNone":false,"compositeRequest":[)"
        R"({"method":"GET","url":"/services/data/v62.0/sobjects/A/describe","referenceId":"r0"},)"
        R"({"method":"GET","url":"/b?q=\"x\"","referenceId":"r1"}]})");
}

TEST_CASE("each answer is as if it had come alone, in the order of the requests") {
  const auto answers = composite_answers(
      whole({part("r1", 404, R"([{"errorCode":"NOT_FOUND","message":"a \"}]\" b"}])"),
             part("r0", 200, R"({"a":[1,{"b":"}"}]})", R"({"Last-Modified":"x","n":1})"),
             part("r2", 304, "null")}),
      3);
  REQUIRE(answers);
  CHECK(answers->at(0).head.status == 200);
  CHECK(answers->at(0).body == R"({"a":[1,{"b":"}"}]})");
  CHECK(answers->at(0).head.find("Date") == noon_date);
  CHECK(answers->at(0).head.find("Last-Modified") == "x");
  CHECK(answers->at(1).head.status == 404);
  CHECK(answers->at(1).body == R"([{"errorCode":"NOT_FOUND","message":"a \"}]\" b"}])");
  CHECK(answers->at(2).head.status == 304);
}

TEST_CASE(
    "I3 an answer that is missing, doubled or of nobody spoils the whole, which is asked again") {
  const std::string a = part("r0", 200, "{}");
  const std::string b = part("r1", 200, "{}");
  const std::vector<http_response> bad{
      whole({a}),
      whole({a, a}),
      whole({a, b, b}),
      whole({a, part("r2", 200, "{}")}),
      whole({a, part("x", 200, "{}")}),
      whole({a, part("r1", 0, "{}")}),
      whole({a, R"({"body":{},"httpStatusCode":"200","referenceId":"r1"})"}),
      whole({a, R"({"body":{},"body":{},"httpStatusCode":200,"referenceId":"r1"})"}),
      whole({a, R"({"httpStatusCode":200,"referenceId":"r1"})"}),
      whole({a, "7"}),
      json_answer("{}"),
      json_answer("[]"),
      json_answer(""),
      json_answer(fmt::format(R"({{"compositeResponse":[{},{}]}} x)", a, b)),
      json_answer(fmt::format(R"({{"compositeResponse":[{},{})", a, b)),
      json_answer(R"({"compositeResponse":{}})")};
  for (const http_response& answer : bad) {
    CAPTURE(answer.body);
    const auto answers = composite_answers(answer, 2);
    REQUIRE_FALSE(answers);
    CHECK(answers.error().code == errc::page_malformed);
    CHECK(answers.error().again == retry::later);
  }
  CHECK(composite_answers(whole({a, b}), 2));
}

using slices = std::vector<std::pair<std::string_view, std::string_view>>;

std::optional<slices> members_of(std::string_view text) {
  salesforce::json_slicer from(text);
  slices out;
  const bool whole = from.members([&](std::string_view name) {
    const auto value = from.value();
    if (value) out.emplace_back(name, *value);
    return value.has_value();
  });
  if (!whole || !from.at_end()) return {};
  return out;
}

std::optional<slices> elements_of(std::string_view text) {
  salesforce::json_slicer from(text);
  slices out;
  const bool whole = from.elements([&] {
    const auto value = from.value();
    if (value) out.emplace_back("", *value);
    return value.has_value();
  });
  if (!whole || !from.at_end()) return {};
  return out;
}

TEST_CASE("values are cut out of a text as they stand") {
  const auto members = members_of(R"( { "a" : 1 , "b\"" : "x\"}" , "c":[{"d":2},[]]} )");
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  CHECK(members->at(0) == std::pair<std::string_view, std::string_view>("a", "1"));
  CHECK(members->at(1) == std::pair<std::string_view, std::string_view>(R"(b\")", R"("x\"}")"));
  CHECK(members->at(2).second == R"([{"d":2},[]])");
  CHECK(members_of("{}")->empty());
  CHECK(elements_of(" [ ] ")->empty());
  CHECK(elements_of("[null,true,-1.5e3,\"\",{}]")->size() == 5);
  for (const char* text : {"", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}{", "{a:1}",
                           "{\"a\":[}", "{\"a\":\"x}", "[1]", "{\"a\":1 \"b\":2}", "{\"a\":\"\\"}) {
    CAPTURE(text);
    CHECK_FALSE(members_of(text));
  }
  for (const char* text : {"", "[", "[1,]", "[1 2]", "[,]", "[1]]", "{}", "[[1]"}) {
    CAPTURE(text);
    CHECK_FALSE(elements_of(text));
  }
}

TEST_CASE("what an org refuses is not asked for again, and fewer are tried in steps") {
  salesforce::composite_manners org;
  CHECK(org.describes() == 25);
  CHECK(org.queries() == 5);
  org.refused(25);
  CHECK(org.describes() == 10);
  CHECK(org.queries() == 5);
  org.refused(10);
  org.refused(5);
  CHECK(org.describes() == 2);
  CHECK(org.queries() == 2);
  org.refused(10);  // somebody who learned it late
  CHECK(org.describes() == 2);
  org.refused(2);
  CHECK(org.describes() == 1);
  salesforce::composite_manners other;
  other.refuses_queries();
  CHECK(other.describes() == 25);
  CHECK(other.queries() == 1);
  other.refuses_all();
  CHECK(other.describes() == 1);
}

}  // namespace
}  // namespace millrace
