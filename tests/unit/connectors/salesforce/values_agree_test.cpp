// I8: the same records rendered as REST JSON and as Bulk CSV give byte-identical rows, whatever the
// values, the spelling and the pieces. Seeded, so that a failure can be repeated.
#include "connectors/salesforce/csv_page.hpp"
#include "connectors/salesforce/json_page.hpp"
#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace {

using namespace millrace;
using namespace std::string_literals;

/// One value as each API spells it; both empty: null.
struct spelled {
  std::string json;
  std::string csv;
};

class author {
 public:
  explicit author(std::uint64_t seed) : random_(seed) {}

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  bool one_in(unsigned n) { return below(n) == 0; }

  spelled value(value_type type) {
    if (one_in(5)) return {};
    switch (type) {
      case value_type::text:
        return text();
      case value_type::boolean: {
        const std::string word = one_in(2) ? "true" : "false";
        return {word, word};
      }
      case value_type::integer: {
        const std::string digits = std::to_string(static_cast<std::int32_t>(random_()));
        return {digits + (one_in(3) ? ".0" : ""), digits + (one_in(3) ? ".0" : "")};
      }
      case value_type::decimal:
      case value_type::floating:
        return number();
      case value_type::date: {
        const std::string day = date();
        return {quote(day), day};
      }
      case value_type::timestamp: {
        const std::string stamp = date() + "T" + clock();
        static constexpr std::array ends{"+0000", "Z", "+00:00"};
        return {quote(stamp + ends[below(3)]), stamp + ends[below(3)]};
      }
      case value_type::time: {
        const std::string time = clock() + "Z";
        return {quote(time), time};
      }
    }
    return {};
  }

  std::vector<std::size_t> cuts(std::size_t size) {
    std::vector<std::size_t> made(below(40));
    for (std::size_t& cut : made)
      cut = random_() % (size + 1);
    std::sort(made.begin(), made.end());
    return made;
  }

 private:
  static std::string quote(const std::string& text) { return fmt::format("\"{}\"", text); }

  std::string date() {
    return fmt::format("{}-{:02}-{:02}", 1700 + below(2300), 1 + below(12), 1 + below(28));
  }
  std::string clock() {
    return fmt::format("{:02}:{:02}:{:02}.{:03}", below(24), below(60), below(60), below(1000));
  }

  /// The same number with and without an exponent.
  spelled number() {
    const std::string_view sign = one_in(3) ? "-" : "";
    const std::string whole = std::to_string(below(100'000));
    const std::string fraction = fmt::format("{:03}", below(1000));
    spelled made{fmt::format("{}{}.{}", sign, whole, fraction),
                 fmt::format("{}{}.{}00", sign, whole, fraction)};
    if (one_in(3)) made.json = fmt::format("{}{}{}e-3", sign, whole, fraction);
    if (one_in(3)) made.csv = fmt::format("{}{}{}000E-6", sign, whole, fraction);
    return made;
  }

  spelled text() {
    // Bytes as they are in CSV, and the ways JSON may spell them.
    struct morsel {
      std::string csv;
      std::vector<std::string> json;
    };
    static const std::vector<morsel> morsels{
        {"a", {"a", "\\u0061"}},
        {"NA", {"NA"}},
        {" ", {" ", "\\u0020"}},
        {"\"", {"\\\"", "\\u0022"}},
        {"\\", {"\\\\", "\\u005c"}},
        {"/", {"/", "\\/"}},
        {",", {","}},
        {"\n", {"\\n", "\\u000A"}},
        {"\r\n", {"\\r\\n"}},
        {"\t", {"\\t"}},
        {"\b\f", {"\\b\\f"}},
        {"\0"s, {"\\u0000"}},
        {"\x7F", {"\x7F", "\\u007f"}},
        {"\xC3\xB6", {"\xC3\xB6", "\\u00f6"}},
        {"\xE6\x97\xA5", {"\xE6\x97\xA5", "\\u65E5"}},
        {"\xF0\x9F\x98\x80", {"\xF0\x9F\x98\x80", "\\ud83d\\uDE00"}},
        {"\xEF\xBB\xBF", {"\\ufeff"}},
        {"\xFF", {"\xFF"}},
        {"\xED\xA0\x80 ", {"\xED\xA0\x80 ", "\\ud800 "}},
        {"ud800", {"ud800"}},
        {"null", {"null"}},
        {"0015g00000AAAAAAA4", {"0015g00000AAAAAAA4"}},
        {"{[:]}", {"{[:]}"}},
    };
    spelled made;
    const unsigned count = one_in(50) ? 3000 : below(one_in(4) ? 60 : 6);
    for (unsigned i = 0; i < count; ++i) {
      const morsel& m = morsels[below(static_cast<unsigned>(morsels.size()))];
      made.csv += m.csv;
      made.json += m.json[below(static_cast<unsigned>(m.json.size()))];
    }
    made.json = quote(made.json);
    return made;
  }

  std::mt19937_64 random_;
};

std::string csv_cell(const std::string& value, author& by) {
  const bool needs_quotes = value.find_first_of(",\"\r\n") != std::string::npos || !by.one_in(3);
  if (!needs_quotes) return value;
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

struct bodies {
  std::string json = R"({"totalSize":1,"done":true,"records":[)";
  std::string csv;
};

/// The same records for both APIs; the fields of a record stand in an order of its API's own.
bodies write(const collection& what, unsigned records, author& by) {
  bodies made;
  std::vector<std::uint32_t> order = decoding::all_of(what);
  std::rotate(order.begin(), order.begin() + by.below(static_cast<unsigned>(order.size())),
              order.end());
  for (const std::uint32_t i : order)
    made.csv.append(made.csv.empty() ? "" : ",").append(csv_cell(what.fields[i].name, by));
  for (unsigned r = 0; r < records; ++r) {
    made.csv += by.one_in(2) ? "\n" : "\r\n";
    made.json += r == 0 ? "" : ",";
    made.json += R"({"attributes":{"type":"Account"})";
    std::string line;
    for (const std::uint32_t i : order) {
      const spelled v = by.value(what.fields[i].type);
      if (i != order.front()) line += ',';
      line += csv_cell(v.csv, by);
      made.json += by.one_in(9) ? ", \"" : ",\"";
      made.json.append(what.fields[i].name).append("\":");
      made.json += v.json.empty() ? "null" : v.json;
    }
    made.csv += line;
    made.json += '}';
  }
  made.csv += by.one_in(2) ? "\n" : "";
  made.json += "]}";
  return made;
}

TEST_CASE("I8 REST and Bulk give the same bytes") {
  const collection what = decoding::collection_of({{"Title", value_type::text},
                                                   {"Flag", value_type::boolean},
                                                   {"Count", value_type::integer},
                                                   {"Amount", value_type::decimal},
                                                   {"Ratio", value_type::floating},
                                                   {"Day", value_type::date},
                                                   {"SystemModstamp", value_type::timestamp},
                                                   {"Hour", value_type::time},
                                                   {"Note", value_type::text}});
  const std::vector<std::uint32_t> all = decoding::all_of(what);
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    author by(seed);
    const unsigned records = 1 + by.below(20);
    const bodies made = write(what, records, by);
    const auto json = decoding::decode<salesforce::json_page_decoder>(what, all, made.json);
    const auto csv = decoding::decode<salesforce::csv_page_decoder>(what, all, made.csv);
    REQUIRE_MESSAGE(json.facts, to_string(json.facts.error()));
    REQUIRE_MESSAGE(csv.facts, to_string(csv.facts.error()));
    CHECK(json.rows == csv.rows);
    CHECK(json.facts->records == records);
    CHECK(csv.facts->records == records);
    CHECK(json.facts->version_min == csv.facts->version_min);
    CHECK(decoding::agree(json, decoding::decode<salesforce::json_page_decoder>(
                                    what, all, made.json, by.cuts(made.json.size()))));
    CHECK(decoding::agree(csv, decoding::decode<salesforce::csv_page_decoder>(
                                   what, all, made.csv, by.cuts(made.csv.size()))));
  }
}

}  // namespace
