// Pages of REST queries: what they say, what is refused, and that it does not matter where a page
// is cut into pieces.
#include "connectors/salesforce/json_page.hpp"

#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using decoding::decoded;

collection accounts() {
  return decoding::collection_of({{"Id", value_type::text},
                                  {"Name", value_type::text},
                                  {"AnnualRevenue", value_type::decimal},
                                  {"NumberOfEmployees", value_type::integer},
                                  {"IsDeleted", value_type::boolean},
                                  {"SystemModstamp", value_type::timestamp}});
}

decoded decode(std::string_view body, const std::vector<std::size_t>& cuts = {}) {
  const collection what = accounts();
  return decoding::decode<salesforce::json_page_decoder>(what, decoding::all_of(what), body, cuts);
}

/// A whole page around some records.
std::string page(std::string_view records) {
  return R"({"totalSize":1,"done":true,"records":[)" + std::string(records) + "]}";
}
/// A record with every field; `name` as JSON writes it, quotes and all.
std::string record(std::string_view name) {
  return R"({"attributes":{"type":"Account","url":"/x"},"Id":"001","Name":)" + std::string(name) +
         R"(,"AnnualRevenue":9.5E8,"NumberOfEmployees":39000.0,"IsDeleted":false,)"
         R"("SystemModstamp":"2024-01-02T03:04:05.000+0000"})";
}
std::string name_in(const decoded& d) {
  const std::size_t begin = d.rows.find('|') + 1;
  return d.rows.substr(begin, d.rows.find('|', begin) - begin);
}

const std::string sample =
    "{\"totalSize\":4712,\"done\":false,"
    "\"nextRecordsUrl\":\"\\/services/data/v62.0/query/01g-2000\",\"records\":["
    R"({"attributes":{"type":"Account","url":"\/services/x"},"Id":"0015g00000AAAAAAA4",)"
    "\"Name\":\"Acme \\\"Blue\\\" \xF0\x9F\x98\x80 K\xC3\xB6ln \\ud83d\\ude00 \\u00e9\\r\\n\\ud800 "
    "x\","
    R"("BillingAddress":{"city":"Koeln","deep":[1,{"Id":"no"}],"country":null},)"
    R"("AnnualRevenue":-1234567.890e-2,"NumberOfEmployees":null,"IsDeleted":true,)"
    R"("Owner":{"attributes":{"type":"User"},"Name":"Somebody"},)"
    R"("SystemModstamp":"2024-01-02T03:04:05.000+0000"},)"
    R"( {"IsDeleted" : false , "SystemModstamp":"2024-01-03T03:04:05.000Z","Extra":[true],)"
    R"("Name":"", "NumberOfEmployees":7,"Id":"0015g00000AAABAAA4","attributes":{"type":"Account"}}]} )"
    "\n";

TEST_CASE("a page: records, facts and rows") {
  const decoded d = decode(sample);
  REQUIRE(d.facts);
  CHECK(d.facts->records == 2);
  CHECK(d.facts->total == 4712U);
  CHECK(d.facts->next == "/services/data/v62.0/query/01g-2000");
  CHECK_FALSE(d.facts->last);
  CHECK(d.facts->version_min == parse_timestamp("2024-01-02T03:04:05Z"));
  CHECK(d.rows ==
        "[0015g00000AAAAAAA4|Acme \"Blue\" \xF0\x9F\x98\x80 K\xC3\xB6ln \xF0\x9F\x98\x80 "
        "\xC3\xA9\r\n\xEF\xBF\xBD x|-12345.6789|~|1|2024-01-02 03:04:05.000]"
        "[0015g00000AAABAAA4|~|~|7|0|2024-01-03 03:04:05.000]");
  CHECK(d.adjusted == 1);
}

TEST_CASE("it does not matter where a page is cut into pieces") {
  const decoded whole = decode(sample);
  CHECK(decoding::agree(whole, decode(sample, decoding::byte_cuts(sample))));
  for (std::size_t i = 0; i <= sample.size(); ++i) {
    CAPTURE(i);
    CHECK(decoding::agree(whole, decode(sample, {i})));
  }
}

TEST_CASE("a page that is cut off anywhere is to be asked for again, and leaves whole rows") {
  const std::string body = sample.substr(0, sample.size() - 2);  // without the blanks at the end
  for (std::size_t i = 0; i < body.size(); ++i) {
    CAPTURE(i);
    const decoded d = decode(std::string_view{body}.substr(0, i));
    REQUIRE_FALSE(d.facts);
    CHECK(d.facts.error().code == errc::page_malformed);
    CHECK(d.facts.error().again == retry::later);
    CHECK(d.even);
  }
}

TEST_CASE("empty results") {
  for (const char* body : {R"({"totalSize":0,"done":true,"records":[]})",
                           R"({"totalSize":0,"records":[]})", R"( {"records":[],"done":true} )"}) {
    CAPTURE(body);
    const decoded d = decode(body);
    REQUIRE(d.facts);
    CHECK(d.facts->records == 0);
    CHECK(d.facts->last);
    CHECK_FALSE(d.facts->next);
    CHECK_FALSE(d.facts->version_min);
  }
}

TEST_CASE("I8 text columns take numbers and booleans as they are written") {
  for (const char* value : {"3.0", "true", "false", "-12", "9.5E8", "12345678901234567890123"}) {
    const decoded d = decode(page(record(value)));
    REQUIRE(d.facts);
    CHECK(name_in(d) == value);
  }
}

TEST_CASE("I9 nasty texts arrive as they are") {
  const std::vector<std::pair<std::string, std::string>> examples{
      {R"("NA")", "NA"},
      {R"("null")", "null"},
      {R"(" ")", " "},
      {R"("\\ud800")", "\\ud800"},  // a backslash and five letters, no escape
      {R"("\\\\\ud83d\ude00")", "\\\\\xF0\x9F\x98\x80"},
      {R"("\ud83dx")", "\xEF\xBF\xBDx"},
      {R"("\ud83d\ud83d\ude00")", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
      {R"("\ude00\ud83d")", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {R"("\uD83D\u0041")",
       "\xEF\xBF\xBD"
       "A"},
      {R"("a\u0000b")", "ab"},
      {"\"a\xFF"
       "b\"",
       "a\xEF\xBF\xBD"
       "b"},
      {"\"\xE2\x82\"", "\xEF\xBF\xBD"},
      {R"("\b\f\/\t\"")", "\b\f/\t\""},
      {"\"" + std::string(131'072, 'x') + "\"", std::string(131'072, 'x')},
  };
  for (const auto& e : examples) {
    const std::string& json = e.first;
    CAPTURE(json.substr(0, 60));
    const std::string body = page(record(json));
    const decoded d = decode(body);
    REQUIRE(d.facts);
    CHECK(name_in(d) == e.second);
    if (body.size() < 2000) {
      const decoded bytewise = decode(body, decoding::byte_cuts(body));
      CHECK(bytewise.rows == d.rows);
    }
  }
}

struct refused {
  std::string body;
  std::string says;  ///< part of the message
};

TEST_CASE("what is not a page of this object is refused") {
  const std::string good = record("\"x\"");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string r = good;
    r.replace(r.find(from), from.size(), to);
    return page(r);
  };
  const std::vector<refused> examples{
      {"", "ends too early"},
      {" ", "ends too early"},
      {"null", "holds no records"},
      {"5", "ends too early"},
      {"[]", "is a list"},
      {R"([{"message":"x","errorCode":"Y"}])", "is a list"},
      {"{}", "holds no records"},
      {R"({"totalSize":0,"done":true})", "holds no records"},
      {R"({"totalSize":0,"done":true,"records":null})", "not a list"},
      {R"({"totalSize":0,"done":true,"records":{}})", "not a list"},
      {R"({"records":[],"records":[]})", "records twice"},
      {R"({"records":[],"done":false})", "not where"},
      {R"({"records":[],"done":"true"})", "neither true nor false"},
      {R"({"records":[],"totalSize":"5"})", "not a count"},
      {R"({"records":[],"totalSize":-5})", "not a count"},
      {R"({"records":[],"totalSize":[5]})", "not a count"},
      {R"({"records":[],"nextRecordsUrl":5})", "not a text"},
      {page("1"), "no object"},
      {page("null"), "no object"},
      {page("[" + good + "]"), "no object"},
      {page(good + ",true"), "no object"},
      {page(good) + "x", "not valid JSON"},
      {page(good) + page(good), "not valid JSON"},
      {page(good + ","), "not valid JSON"},
      {"{records:[]}", "not valid JSON"},
      {"<html>", "not valid JSON"},
      {with("\"Account\"", "\"Contact\""), "record of Contact"},
      {with("\"Account\"", "null"), "record of"},
      {with(R"({"type":"Account","url":"/x"})", "5"), "attributes"},
      {with("\"Id\"", "\"Name\""), "twice"},
      {with("\"Id\":\"001\",", ""), "no Id of its own"},
      {with("\"001\"", "null"), "no Id of its own"},
      {with("\"001\"", "\"000000000000000AAA\""), "no Id of its own"},
      {with("\"Name\":\"x\",", ""), "in no record"},
      {with("9.5E8", "\"abc\""), "Account.AnnualRevenue is described as decimal"},
      {with("9.5E8", "true"), "Account.AnnualRevenue is described as decimal"},
      {with("9.5E8", "{}"), "a structure"},
      {with("9.5E8", "[]"), "a structure"},
      {with("9.5E8", "1E500"), ""},
      {with("39000.0", "1.5"), "Account.NumberOfEmployees is described as integer"},
      {with("false", "0"), "Account.IsDeleted is described as boolean"},
      {with("\"2024-01-02T03:04:05.000+0000\"", "1704164645000"), "is described as timestamp"},
      {page(R"({"Deep":)" + std::string(5000, '[') + std::string(5000, ']') + "}"),
       "not valid JSON"},
      {R"({")" + std::string(5000, 'k') + R"(":1})", "not valid JSON"},
  };
  for (const refused& e : examples) {
    CAPTURE(e.body.substr(0, 300));
    const decoded d = decode(e.body);
    REQUIRE_FALSE(d.facts);
    CHECK(d.facts.error().code == errc::page_malformed);
    CHECK_MESSAGE(d.facts.error().message.find(e.says) != std::string::npos,
                  d.facts.error().message);
    CHECK(d.even);
    if (e.body.size() < 2000)
      CHECK(decoding::agree(d, decode(e.body, decoding::byte_cuts(e.body))));
  }
}

TEST_CASE("I12 a page without an end is read no further than any page is long") {
  const collection what = accounts();
  batch_builder rows(decoding::table_of(what), {});
  salesforce::json_page_decoder decoder(what, decoding::all_of(what));
  result<void> fed =
      decoder.feed(R"({"totalSize":1,"done":true,"records":[)" + record("\"x\""), rows);
  std::string piece;
  SUBCASE("of records") {
    for (int i = 0; i < 1000; ++i)
      piece += "," + record("\"x\"");
  }
  SUBCASE("of blanks") {
    piece.assign(std::size_t{1} << 20U, ' ');
  }
  int pieces = 0;
  for (; fed && pieces < 100; ++pieces)
    fed = decoder.feed(piece, rows);
  REQUIRE_FALSE(fed);
  CHECK(fed.error().code == errc::page_malformed);
  CHECK(fed.error().again == retry::later);
  CHECK_FALSE(decoder.finish(rows));
}

TEST_CASE("numbers have a bound even when they come in pieces") {
  const collection what = accounts();
  batch_builder rows(decoding::table_of(what), {});
  salesforce::json_page_decoder decoder(what, decoding::all_of(what));
  result<void> fed = decoder.feed(R"({"records":[{"AnnualRevenue":1)", rows);
  const std::string digits(4096, '7');
  int pieces = 0;
  for (; fed && pieces < 100; ++pieces)
    fed = decoder.feed(digits, rows);
  CHECK(pieces < 100);
  CHECK_FALSE(decoder.feed("}", rows));
  CHECK_FALSE(decoder.finish(rows));
}

TEST_CASE("only selected fields are read, in any order of selection") {
  const collection what = accounts();
  const decoded d =
      decoding::decode<salesforce::json_page_decoder>(what, {5, 0}, page(record("{\"nested\":1}")));
  REQUIRE(d.facts);
  CHECK(d.rows == "[001|~|~|~|~|2024-01-02 03:04:05.000]");
}

TEST_CASE("a field that some records lack is NULL there") {
  const decoded d = decode(page(R"({"Id":"1"},)" + record("\"x\"")));
  REQUIRE(d.facts);
  CHECK(d.rows == "[1|~|~|~|~|~][001|x|950000000|39000|0|2024-01-02 03:04:05.000]");
}

}  // namespace
