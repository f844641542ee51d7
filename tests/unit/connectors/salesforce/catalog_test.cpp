// Dialogues of the catalog: the list, the descriptions, the counts, and the org's clock.
#include "connectors/salesforce/catalog.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace millrace {
namespace {

using namespace dialogues;

std::string list_of(const std::vector<std::string>& objects) {
  std::vector<std::string> entries;
  entries.reserve(objects.size());
  for (const std::string& name : objects)
    entries.push_back(fmt::format(R"({{"name":"{}","queryable":true,"custom":true}})", name));
  return fmt::format(R"({{"sobjects":[{}]}})", fmt::join(entries, ","));
}

std::string description_of(std::string_view object, const std::string& more_fields = {}) {
  return fmt::format(R"({{"name":"{}","fields":[{{"name":"Id","type":"id"}},)"
                     R"({{"name":"SystemModstamp","type":"datetime"}}{}]}})",
                     object, more_fields);
}

std::string object_of(const ask& a) {
  const std::string& url = a.request.url;
  const std::size_t begin = url.find("/sobjects/") + 10;
  return url.substr(begin, url.find('/', begin) - begin);
}

/// The objects that a composite request wants described.
std::vector<std::string> objects_of(const ask& a) {
  std::vector<std::string> out;
  const std::string& body = a.request.body;
  for (std::size_t at = body.find("/sobjects/"); at != std::string::npos;
       at = body.find("/sobjects/", at)) {
    at += 10;
    out.push_back(body.substr(at, body.find('/', at) - at));
  }
  return out;
}

/// Answers every ask: descriptions from `descriptions`, or a plain one.
struct reading {
  explicit reading(std::vector<std::string> include, bool want_counts = false)
      : talk(salesforce::make_catalog(session_of(), {std::move(include), {}, {}, want_counts, {}},
                                      manners)) {}

  std::optional<error> run() {
    for (int i = 0; i < 100; ++i) {
      const next_step step = talk->next(noon);
      if (std::holds_alternative<finished>(step)) return {};
      REQUIRE(std::holds_alternative<ask>(step));
      const ask& a = std::get<ask>(step);
      if (a.requests > room) {
        refused_by_budget.push_back(a.requests);
        const verdict v = talk->gave_up(
            a.id, {errc::request_limit, "no room", "wait", retry::never, {}, {}}, noon);
        REQUIRE(proceeds(v));
        continue;
      }
      const bool together = a.request.url.ends_with("/composite");
      CHECK(together == (a.requests > 1));
      if (together) CHECK(waits(*talk));  // nothing beside it, so that what it costs can be told
      asked.push_back(together ? fmt::format("{} of {}", a.purpose, a.requests) : a.purpose);
      verdict v = talk->answered(a.id, answer_to(a), noon);
      for (int tries = 1; std::holds_alternative<ask_again>(v); ++tries) {
        v = tries < 3 ? talk->answered(a.id, answer_to(a), noon)
                      : talk->gave_up(a.id, std::get<ask_again>(v).why, noon);
      }
      if (const auto* end = std::get_if<give_up>(&v)) return end->why;
    }
    FAIL("it does not end");
    return {};
  }

  http_response answer_to(const ask& a) {
    http_response out;
    if (a.purpose == "global_describe")
      out = refused ? *refused : json_answer(list, 200, next_date());
    if (a.purpose == "versions") out = versions;
    if (a.purpose == "record_count")
      out = json_answer(R"({"sObjects":[{"count":7,"name":"A__c"}]})", 200, next_date());
    if (a.purpose != "describe") return out;
    if (a.requests == 1) return description(object_of(a));
    if (composite) {
      const auto special = composite(a);
      if (special) return *special;
    }
    std::vector<std::string> parts;
    for (const std::string& object : objects_of(a)) {
      const http_response one = in_composite ? in_composite(object) : description(object);
      parts.push_back(
          fmt::format(R"({{"body":{},"httpHeaders":{{}},"httpStatusCode":{},"referenceId":"r{}"}})",
                      one.body, one.head.status, parts.size()));
    }
    return json_answer(fmt::format(R"({{"compositeResponse":[{}]}})", fmt::join(parts, ",")), 200,
                       next_date());
  }
  http_response description(const std::string& object) {
    const auto found = descriptions.find(object);
    return found != descriptions.end() ? found->second
                                       : json_answer(description_of(object), 200, next_date());
  }
  std::string next_date() {
    if (dates.empty()) return noon_date;
    std::string out = dates.front();
    if (dates.size() > 1) dates.erase(dates.begin());
    return out;
  }
  std::vector<std::string> codes() const {
    std::vector<std::string> out;
    for (const notice& n : talk->result_catalog().notices)
      out.push_back(n.code);
    return out;
  }
  std::vector<std::string> collections() const {
    std::vector<std::string> out;
    for (const collection& c : talk->result_catalog().collections)
      out.push_back(c.object);
    return out;
  }

  std::shared_ptr<salesforce::composite_manners> manners =
      std::make_shared<salesforce::composite_manners>();
  std::unique_ptr<catalog_conversation> talk;
  std::function<std::optional<http_response>(const ask&)> composite;
  std::function<http_response(const std::string&)> in_composite;
  std::uint64_t room = 1000;  ///< requests that the budget has room for
  std::vector<std::uint64_t> refused_by_budget;
  std::string list = list_of({"A__c", "B__c", "C__c"});
  std::optional<http_response> refused;  ///< instead of the list
  http_response versions;
  std::map<std::string, http_response> descriptions;
  std::vector<std::string> dates;
  std::vector<std::string> asked;
};

using strings = std::vector<std::string>;

TEST_CASE("the list, a description of each object, and the counts when they are wanted") {
  reading plain({"@custom"});
  CHECK_FALSE(plain.run());
  CHECK(plain.collections() == strings{"A__c", "B__c", "C__c"});
  CHECK(plain.asked == strings{"global_describe", "describe of 3"});
  CHECK_FALSE(plain.talk->record_count("A__c"));
  reading counted({"A__c", "B__c"}, true);
  CHECK_FALSE(counted.run());
  CHECK(counted.asked == strings{"global_describe", "describe of 2", "record_count"});
  CHECK(counted.talk->record_count("A__c") == 7U);
  CHECK_FALSE(counted.talk->record_count("B__c"));
}

TEST_CASE("I11: a version that the org has retired is told with those that it offers") {
  const char* const newer = R"([{"version":"63.0"},{"version":"64.0"},{"version":"67.0"}])";
  // Which status and which body is not certain.
  for (const auto& [status, code] : {std::pair{404, "UNSUPPORTED_API_VERSION"},
                                     {410, "UNSUPPORTED_API_VERSION"},
                                     {404, "NOT_FOUND"},
                                     {410, "GONE"}}) {
    reading r({"@custom"});
    r.refused = refusal(status, code);
    r.versions = json_answer(newer);
    const auto why = r.run();
    REQUIRE(why);
    CHECK(why->code == errc::version_unsupported);
    CHECK(why->message.find("62.0") != std::string::npos);
    CHECK(why->message.find("63.0 to 67.0") != std::string::npos);
    CHECK(why->advice.find("api_version = \"auto\"") != std::string::npos);
    CHECK(why->advice.find("api_version = \"64.0\"") != std::string::npos);
    CHECK(r.asked == strings{"global_describe", "versions"});
  }
  const auto code_after = [](const http_response& versions) {
    reading r({"@custom"});
    r.refused = refusal(404, "NOT_FOUND");
    r.versions = versions;
    return r.run()->code;
  };
  // It is another trouble where the version is offered, or nobody knows which are.
  CHECK(code_after(json_answer(R"([{"version":"62.0"}])")) == errc::object_missing);
  CHECK(code_after(json_answer("[]")) == errc::object_missing);
  CHECK(code_after(refusal(403, "INSUFFICIENT_ACCESS")) == errc::object_missing);
  CHECK(code_after(json_answer(R"([{"version":"99.0"}])")) == errc::version_unsupported);
}

TEST_CASE("I6 an object that cannot be described takes out its own collection") {
  reading r({"@custom"});
  r.descriptions["A__c"] = refusal(403, "INSUFFICIENT_ACCESS");
  r.descriptions["B__c"] = refusal(404, "NOT_FOUND");
  CHECK_FALSE(r.run());
  CHECK(r.collections() == strings{"C__c"});
  REQUIRE(r.talk->result_catalog().failed.size() == 1);
  CHECK(r.talk->result_catalog().failed.front().object == "A__c");
  CHECK(r.codes() == strings{"object_absent"});  // I11
}

TEST_CASE("what concerns the whole org ends the dialogue") {
  reading r({"@custom"});
  r.descriptions["B__c"] = refusal(403, "REQUEST_LIMIT_EXCEEDED");
  const auto why = r.run();
  REQUIRE(why);
  CHECK(why->code == errc::request_limit);
}

TEST_CASE("a description that came garbled is asked for again before it is a failure") {
  reading r({"@custom"});
  r.descriptions["A__c"] = json_answer("{\"name\":\"A_\"}");
  r.descriptions["B__c"] = json_answer(description_of("C__c"));
  CHECK_FALSE(r.run());
  CHECK(r.talk->result_catalog().failed.size() == 2);
  const auto once = salesforce::make_catalog(session_of(), {{"@custom"}, {}, {}, false, {}},
                                             std::make_shared<salesforce::composite_manners>());
  const ask list = next_ask(*once);
  CHECK(again(once->answered(list.id, json_answer("{\"sobj"), noon)).code == errc::page_malformed);
  CHECK(proceeds(once->answered(list.id, json_answer(list_of({"A__c"})), noon)));
  const ask one = next_ask(*once);
  CHECK(again(once->answered(one.id, json_answer("{"), noon)).again == retry::later);
  CHECK(proceeds(once->answered(one.id, json_answer(description_of("A__c")), noon)));
  CHECK(is_finished(*once));
  CHECK(once->result_catalog().collections.size() == 1);
}

TEST_CASE("I17 names that could say more than a name are left out, with a notice") {
  reading r({"*"});
  r.list = list_of({"A__c", "B__c WHERE Id != null", "../../C", "D__c/describe?x=", "1st", "_x",
                    "Caf\\u00e9__c", "E\\u0000"});
  r.descriptions["A__c"] = json_answer(description_of(
      "A__c", R"(,{"name":"Good__c","type":"string"},{"name":"Name FROM User","type":"string"},)"
              R"({"name":"a,b","type":"string"},{"name":"\u001b[31mRed","type":"string"},)"
              R"({"name":"Place__c","type":"location"})"));
  CHECK_FALSE(r.run());
  REQUIRE(r.collections() == strings{"A__c"});
  const collection& a = r.talk->result_catalog().collections.front();
  REQUIRE(a.fields.size() == 3);
  CHECK(a.fields.back().name == "Good__c");
  CHECK(a.left_out == strings{"'Name FROM User'", "'a,b'", "'?[31mRed'", "Place__c"});
  const strings codes = r.codes();
  CHECK(std::count(codes.begin(), codes.end(), "object_left_out") == 7);
  CHECK(std::count(codes.begin(), codes.end(), "field_left_out") == 3);
  for (const notice& n : r.talk->result_catalog().notices)
    for (const char c : n.text)
      CHECK(static_cast<unsigned char>(c) >= ' ');
}

TEST_CASE("I2 the clock is the earliest that the org itself has shown") {
  const auto clock = [](strings dates, bool with_error = false) {
    reading r({"A__c", "B__c"});
    r.room = 1;  // each alone, so that there are more answers
    r.dates = std::move(dates);
    if (with_error) {
      r.descriptions["A__c"] = refusal(404, "NOT_FOUND");
      r.descriptions["A__c"].head.headers.front().value = "Sat, 01 Jun 2030 12:00:00 GMT";
    }
    CHECK_FALSE(r.run());
    return r.talk->source_time();
  };
  CHECK(clock({noon_date}) == noon);
  CHECK(clock({"Sat, 01 Jun 2024 12:00:03 GMT", noon_date, "Sat, 01 Jun 2024 13:00:00 GMT"}) ==
        noon);
  CHECK(clock({"Sat, 01 Jun 2024 13:00:00 GMT", "nonsense", noon_date}) == noon);
  CHECK(clock({noon_date}, true) == noon);
  reading together({"@custom"});
  together.in_composite = [](const std::string& object) {
    return json_answer(description_of(object));
  };
  together.dates = {"Sat, 01 Jun 2024 13:00:00 GMT", noon_date};
  CHECK_FALSE(together.run());
  CHECK(together.asked == strings{"global_describe", "describe of 3"});
  CHECK(together.talk->source_time() == noon);
  // A proxy's answer with a clock of its own is not the org's.
  reading r({"A__c"});
  const ask list = next_ask(*r.talk);
  http_response gateway{head_of(502, "text/html", {{"Date", "Sat, 01 Jun 2030 12:00:00 GMT"}}),
                        "<"};
  again(r.talk->answered(list.id, gateway, noon));
  CHECK(proceeds(r.talk->answered(list.id, json_answer(r.list), noon)));
  CHECK_FALSE(r.run());
  CHECK(r.talk->source_time() == noon);
}

TEST_CASE("I2 without the org's clock there is no cursor, and a notice says so") {
  reading r({"@custom"});
  r.dates = {""};
  CHECK_FALSE(r.run());
  CHECK(r.collections().size() == 3);
  for (const collection& c : r.talk->result_catalog().collections)
    CHECK_FALSE(c.version);
  CHECK(r.codes() == strings{"clock_unknown"});
  reading once({"@custom"});
  once.room = 1;
  once.dates = {"", noon_date, ""};
  CHECK_FALSE(once.run());
  CHECK(once.talk->source_time() == noon);
  CHECK(once.codes().empty());
  for (const collection& c : once.talk->result_catalog().collections)
    CHECK(c.version == 1U);
}

strings many(std::size_t count) {
  strings objects;
  for (std::size_t i = 0; i < count; ++i)
    objects.push_back(fmt::format("O{:02}__c", i));
  return objects;
}

/// A reading of so many objects.
struct reading_many : reading {
  explicit reading_many(std::size_t count) : reading({"@custom"}) { list = list_of(many(count)); }
};

TEST_CASE("I13 twenty-five descriptions go in one request, and nothing goes beside it") {
  reading_many r(47);
  CHECK_FALSE(r.run());
  CHECK(r.asked == strings{"global_describe", "describe of 25", "describe of 22"});
  CHECK(r.collections() == many(47));
  CHECK(r.talk->questions().alone == 1);
  CHECK(r.talk->questions().bundles == 2);
  CHECK(r.talk->questions().bundled == 47);
  reading alone({"A__c"});
  CHECK_FALSE(alone.run());
  CHECK(alone.asked == strings{"global_describe", "describe"});
}

TEST_CASE("I6 what a composite does not yield is asked for alone, and only that is judged") {
  reading r({"@custom"});
  r.descriptions["B__c"] = refusal(404, "NOT_FOUND");
  r.in_composite = [&](const std::string& object) {
    // The org's hosts differ: one of them did not serve it.
    return object == "A__c" ? refusal(503, "SERVER_UNAVAILABLE") : r.description(object);
  };
  CHECK_FALSE(r.run());
  CHECK(r.asked == strings{"global_describe", "describe of 3", "describe", "describe"});
  CHECK(r.collections() == strings{"A__c", "C__c"});
  CHECK(r.codes() == strings{"object_absent"});
  CHECK(r.manners->describes() == 25);
}

TEST_CASE(
    "an org that refuses composites, or descriptions in them, is asked one by one, and "
    "remembered") {
  reading refuses({"@custom"});
  refuses.composite = [](const ask&) { return refusal(404, "NOT_FOUND"); };
  CHECK_FALSE(refuses.run());
  CHECK(refuses.asked ==
        strings{"global_describe", "describe of 3", "describe", "describe", "describe"});
  CHECK(refuses.collections() == strings{"A__c", "B__c", "C__c"});
  CHECK(refuses.manners->describes() == 1);
  CHECK(refuses.manners->queries() == 1);
  CHECK(refuses.codes().empty());
  reading parts({"@custom"});
  parts.in_composite = [](const std::string&) { return refusal(400, "INVALID_INPUT"); };
  CHECK_FALSE(parts.run());
  CHECK(parts.collections() == strings{"A__c", "B__c", "C__c"});
  CHECK(parts.manners->describes() == 1);
  CHECK(parts.manners->queries() == 5);
  // Another conversation of the source does not try.
  const auto next =
      salesforce::make_catalog(session_of(), {{"@custom"}, {}, {}, false, {}}, parts.manners);
  CHECK(proceeds(next->answered(next_ask(*next).id, json_answer(parts.list), noon)));
  CHECK(next_ask(*next).requests == 1);
}

TEST_CASE("an org that takes fewer gets fewer, and every object is described") {
  reading_many r(30);
  r.composite = [](const ask& a) -> std::optional<http_response> {
    if (a.requests > 7) return refusal(400, "INVALID_INPUT");
    return {};
  };
  CHECK_FALSE(r.run());
  CHECK(r.asked == strings{"global_describe", "describe of 25", "describe of 10", "describe of 5",
                           "describe of 5", "describe of 5", "describe of 5", "describe of 5",
                           "describe of 5"});
  CHECK(r.collections() == many(30));
}

TEST_CASE(
    "I13 when the budget has no room for the most that it may cost, less is asked for together") {
  reading_many r(12);
  r.room = 3;
  CHECK_FALSE(r.run());
  CHECK(r.refused_by_budget == std::vector<std::uint64_t>{12, 10, 5});
  CHECK(r.asked == strings{"global_describe", "describe of 2", "describe of 2", "describe of 2",
                           "describe of 2", "describe of 2", "describe of 2"});
  CHECK(r.talk->questions().bundled == 12);
  CHECK(r.talk->questions().bundles == 6);
  CHECK(r.manners->describes() == 25);
}

TEST_CASE("a composite whose answer stays garbled, or fails, gives way to single requests") {
  reading garbled({"@custom"});
  int asked = 0;
  garbled.composite = [&](const ask&) {
    ++asked;
    return json_answer(R"({"compositeResponse":[{"body")");
  };
  CHECK_FALSE(garbled.run());
  CHECK(asked == 3);
  CHECK(garbled.collections() == strings{"A__c", "B__c", "C__c"});
  reading limited({"@custom"});
  limited.composite = [](const ask&) { return refusal(403, "REQUEST_LIMIT_EXCEEDED"); };
  const auto why = limited.run();
  REQUIRE(why);
  CHECK(why->code == errc::request_limit);
  CHECK(limited.asked == strings{"global_describe", "describe of 3"});
  reading within({"@custom"});
  within.in_composite = [](const std::string&) { return refusal(403, "REQUEST_LIMIT_EXCEEDED"); };
  REQUIRE(within.run());
  CHECK(within.asked == strings{"global_describe", "describe of 3"});
}

}  // namespace
}  // namespace millrace
