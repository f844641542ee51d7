// Pages of Bulk results: the grammar, what is refused, and that it does not matter where a page is
// cut into pieces.
#include "connectors/salesforce/csv_page.hpp"

#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace {

using namespace millrace;
using decoding::decoded;
using namespace std::string_literals;

collection accounts() {
  return decoding::collection_of({{"Id", value_type::text},
                                  {"Name", value_type::text},
                                  {"AnnualRevenue", value_type::decimal},
                                  {"IsDeleted", value_type::boolean},
                                  {"SystemModstamp", value_type::timestamp}});
}

decoded decode(std::string_view body, const std::vector<std::size_t>& cuts = {}) {
  const collection what = accounts();
  return decoding::decode<salesforce::csv_page_decoder>(what, decoding::all_of(what), body, cuts);
}

/// For pages of two text columns, which most rules can be shown with.
decoded decode_pair(std::string_view body, const std::vector<std::size_t>& cuts = {}) {
  const collection what =
      decoding::collection_of({{"A", value_type::text}, {"B", value_type::text}});
  return decoding::decode<salesforce::csv_page_decoder>(what, {0, 1}, body, cuts);
}

const std::string sample =
    "\xEF\xBB\xBF\"SystemModstamp\",\"Id\",Name,\"IsDeleted\",\"AnnualRevenue\"\r\n"
    "\"2024-01-03T03:04:05.000Z\",\"0015g00000AAAAAAA4\",\"Acme \"\"Blue\"\" GmbH\r\nK\xC3\xB6ln, "
    "DE\",\"false\",\"9.5E8\"\r\n"
    "\"2024-01-02T03:04:05.000Z\",\"0015g00000AAABAAA4\",\"\",\"true\",\"\"\n"
    "2024-01-01T03:04:05.000Z,0015g00000AAACAAA4,plain,false,0.50\n"
    "\n"
    "\"\",\"0015g00000AAADAAA4\",\"\"\"\",\"\",\"-0.0\"\n";

TEST_CASE("a page: records, facts and rows") {
  const decoded d = decode(sample);
  REQUIRE(d.facts);
  CHECK(d.facts->records == 4);
  CHECK_FALSE(d.facts->total);
  CHECK_FALSE(d.facts->next);
  CHECK(d.facts->version_min == parse_timestamp("2024-01-01T03:04:05Z"));
  CHECK(d.rows ==
        "[0015g00000AAAAAAA4|Acme \"Blue\" GmbH\r\nK\xC3\xB6ln, DE|950000000|0|2024-01-03 "
        "03:04:05.000]"
        "[0015g00000AAABAAA4|~|~|1|2024-01-02 03:04:05.000]"
        "[0015g00000AAACAAA4|plain|0.5|0|2024-01-01 03:04:05.000]"
        "[0015g00000AAADAAA4|\"|0|~|~]");
}

TEST_CASE("it does not matter where a page is cut into pieces") {
  const decoded whole = decode(sample);
  CHECK(decoding::agree(whole, decode(sample, decoding::byte_cuts(sample))));
  for (std::size_t i = 0; i <= sample.size(); ++i) {
    CAPTURE(i);
    CHECK(decoding::agree(whole, decode(sample, {i})));
  }
}

TEST_CASE("a page that is cut off leaves whole rows only") {
  for (std::size_t i = 0; i < sample.size(); ++i) {
    CAPTURE(i);
    const decoded d = decode(std::string_view{sample}.substr(0, i));
    CHECK(d.even);
    if (!d.facts) CHECK(d.facts.error().again == retry::later);
  }
}

TEST_CASE("the grammar") {
  const std::vector<std::pair<std::string, std::string>> examples{
      {"", ""},
      {"\n", ""},
      {"\xEF\xBB\xBF", ""},
      {"A,B", ""},
      {"A,B\n", ""},
      {"\"A\",\"B\"\r\n", ""},
      {"B,A\n1,2\n", "[2|1]"},
      {"A,B\n1,2", "[1|2]"},
      {"A,B\n\"1\",\"2\"", "[1|2]"},
      {"A,B\n1,", "[1|~]"},
      {"A,B\n,\n", "[~|~]"},
      {"A,B\n\"\",\"\"\n", "[~|~]"},
      {"A,B\n1,2\n\n\r\n3,4\n\n", "[1|2][3|4]"},
      {"A,B\n\"a\nb\",\"c\rd\"\n", "[a\nb|c\rd]"},
      {"A,B\n\"\"\"\",\"\"\"\"\"\"\n", "[\"|\"\"]"},
      {"A,B\n\",\",\"x,\"\"y\"\",z\"\n", "[,|x,\"y\",z]"},
      {"A,B\nNA,null\n", "[NA|null]"},
      {"A,B\n  , x \n", "[  | x ]"},
      {"A,B\n\"a\0b\",\"\xFF\"\n"s, "[ab|\xEF\xBF\xBD]"},
      {"A,B\n" + std::string(131'072, 'x') + ",\"" + std::string(131'072, 'y') + "\"\n",
       "[" + std::string(131'072, 'x') + "|" + std::string(131'072, 'y') + "]"},
  };
  for (const auto& e : examples) {
    const std::string& body = e.first;
    CAPTURE(body.substr(0, 60));
    const decoded d = decode_pair(body);
    REQUIRE(d.facts);
    CHECK(d.rows == e.second);
    if (body.size() < 2000) CHECK(decoding::agree(d, decode_pair(body, decoding::byte_cuts(body))));
  }
}

TEST_CASE("every length of a cell, at every place of a block") {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string a(size, 'a');
    const std::string wide = fmt::format("{}\xC3\xB6{}", a, a);
    const decoded d = decode_pair(fmt::format("A,B\n\"{}\",\"{}\"\n", a, wide));
    REQUIRE(d.facts);
    CHECK(d.rows == fmt::format("[{}|{}]", a.empty() ? "~" : a, wide));
    CHECK(d.adjusted == 0);
    const decoded nul = decode_pair(fmt::format("A,B\n\"{}{}\",\"x\"", a, '\0'));
    CHECK(nul.adjusted == 1);
  }
}

TEST_CASE("what is not a result of this query is refused") {
  struct refused {
    std::string body;
    std::string says;
    retry again = retry::never;
  };
  const std::vector<refused> examples{
      {"A\n", "lacks the column B"},
      {"A,B,C\n", "a column C"},
      {"A,B,\n", "a column "},
      {"A,B,A\n", "column A twice"},
      {"A", "lacks the column B", retry::later},
      {"A,\"B", "ends within", retry::later},
      {"\xEF\xBB", "ends within", retry::later},
      {"\xEF\xBBx", "half a byte order mark"},
      {"<html>\n", "a column <html>"},
      {"A,B\n1\n", "record 1 of a Bulk result of Account has 1 cells instead of 2"},
      {"A,B\n1,2\n1,2,3\n", "record 2 of a Bulk result of Account has more cells"},
      {"A,B\n1,2,\n", "more cells"},
      {"A,B\n\"\"\n", "has 1 cells instead of 2"},
      {"A,B\n\"1\",\"2\" \n", "text after a closing quote"},
      {"A,B\n1\"2,3\n", "quote inside a plain cell"},
      {"A,B\n1,2\rx", "lone carriage return"},
      {"A,B\n\rx", "lone carriage return"},
      {"A,B\n1", "ends within", retry::later},
      {"A,B\n1,2\n\"1", "ends within", retry::later},
      {"A,B\n1,\"2", "ends within", retry::later},
      {"A,B\n1,2\r", "ends within", retry::later},
      {std::string(5000, 'x'), "beyond all bounds"},
  };
  for (const refused& e : examples) {
    CAPTURE(e.body.substr(0, 60));
    const decoded d = decode_pair(e.body);
    REQUIRE_FALSE(d.facts);
    CHECK(d.facts.error().code == errc::page_malformed);
    CHECK_MESSAGE(d.facts.error().message.find(e.says) != std::string::npos,
                  d.facts.error().message);
    CHECK(d.facts.error().again == e.again);
    CHECK(d.even);
    if (e.body.size() < 2000)
      CHECK(decoding::agree(d, decode_pair(e.body, decoding::byte_cuts(e.body))));
  }
}

TEST_CASE("I10 a value that does not fit its described type names the field") {
  const decoded d = decode(
      "\"Id\",\"Name\",\"AnnualRevenue\",\"IsDeleted\",\"SystemModstamp\"\n"
      "\"1\",\"x\",\"1\",\"true\",\"2024-01-02T03:04:05.000Z\"\n"
      "\"2\",\"x\",\"abc\",\"true\",\"2024-01-02T03:04:05.000Z\"\n");
  REQUIRE_FALSE(d.facts);
  CHECK(d.facts.error().message == "Account.AnnualRevenue is described as decimal and holds 'abc'");
  CHECK(d.rows == "[1|x|1|1|2024-01-02 03:04:05.000]");
  CHECK(d.even);
}

TEST_CASE("I3 a record without an Id of its own cannot be merged, so it is no record") {
  const std::string head = "\"Id\",\"Name\",\"AnnualRevenue\",\"IsDeleted\",\"SystemModstamp\"\n";
  for (const char* id : {"\"\"", "", "000000000000000AAA", "\"000000000000000AAA\""}) {
    CAPTURE(id);
    const decoded d = decode(head + "1,x,1,true,\n" + id + ",x,1,true,\n");
    REQUIRE_FALSE(d.facts);
    CHECK(d.facts.error().message == "a record of Account has no Id of its own");
    CHECK_FALSE(d.facts.error().advice.empty());
    CHECK(d.rows == "[1|x|1|1|~]");
    CHECK(d.even);
  }
}

TEST_CASE("I12 a page without an end is read no further than any page is long") {
  const collection what =
      decoding::collection_of({{"A", value_type::text}, {"B", value_type::text}});
  batch_builder rows(decoding::table_of(what), {});
  salesforce::csv_page_decoder decoder(what, {0, 1});
  result<void> fed = decoder.feed("A,B\n", rows);
  std::string piece;
  SUBCASE("of records") {
    for (int i = 0; i < 10'000; ++i)
      piece += "\"x\",\"y\"\n";
  }
  SUBCASE("of blank lines") {
    piece.assign(std::size_t{1} << 20U, '\n');
  }
  int pieces = 0;
  for (; fed && pieces < 100; ++pieces) {
    fed = decoder.feed(piece, rows);
    rows.take_ready();
  }
  REQUIRE_FALSE(fed);
  CHECK(fed.error().code == errc::page_malformed);
  CHECK(fed.error().again == retry::later);
  CHECK_FALSE(decoder.finish(rows));
}

}  // namespace
