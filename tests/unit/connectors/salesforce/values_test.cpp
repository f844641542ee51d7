// Canonical text of every type (types.hpp), from the forms that REST and Bulk send.
#include "connectors/salesforce/values.hpp"

#include "engine/model/utf8.hpp"
#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace {

using namespace millrace;
using namespace millrace::salesforce;
using namespace std::string_literals;

/// The cell that a value becomes: "~" for NULL, none for a value that does not fit.
std::optional<std::string> cell_of(value_type type, std::string_view text,
                                   std::uint64_t* adjusted = nullptr) {
  const collection what = decoding::collection_of({{"F", type}});
  batch_builder rows(decoding::table_of(what), {});
  if (!append_value(rows.at(0), type, text, rows)) {
    CHECK(rows.at(0).open_cell().empty());  // nothing is left behind
    CHECK(rows.at(0).size() == 0);
    return {};
  }
  rows.end_row();
  const batch_ptr made = rows.take_rest();
  if (adjusted != nullptr) *adjusted = made->adjusted;
  return made->columns[0].is_null(0) ? "~" : std::string(made->columns[0].value(0));
}

struct example {
  std::string text;
  std::optional<std::string> cell;
};

void check_all(value_type type, const std::vector<example>& examples) {
  for (const example& e : examples) {
    CAPTURE(name_of(type));
    CAPTURE(e.text.substr(0, 60));
    CHECK(cell_of(type, e.text) == e.cell);
  }
}

constexpr auto misfit_cell = std::nullopt;

TEST_CASE("I9 numbers keep every digit") {
  const std::string many(400, '7');
  const std::vector<example> examples{
      {"0", "0"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"0.000", "0"},
      {"0e0", "0"},
      {"0E-400", "0"},
      {"3", "3"},
      {"3.0", "3"},
      {"-3.0", "-3"},
      {"10.0", "10"},
      {"100", "100"},
      {"0.50", "0.5"},
      {"-0.5", "-0.5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"007", "7"},
      {"00.70", "0.7"},
      {"+1", "1"},
      {"9.5E8", "950000000"},
      {"9.5e+8", "950000000"},
      {"950000000.0", "950000000"},
      {"1E-7", "0.0000001"},
      {"-1.25E-3", "-0.00125"},
      {"1.5E1", "15"},
      {"1.2345E2", "123.45"},
      {"120E-1", "12"},
      {"1E2", "100"},
      {"9999999999999999.99", "9999999999999999.99"},
      {"0.1", "0.1"},
      {"123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"},
      {many, many},
      {"1E399", "1" + std::string(399, '0')},
      {"1E-400", "0." + std::string(399, '0') + "1"},
      {"", "~"},
      {many + "7", misfit_cell},
      {"1E400", misfit_cell},
      {"1E-401", misfit_cell},
      {"1E999999999999", misfit_cell},
      {std::string(5000, '0'), misfit_cell},
      {"-", misfit_cell},
      {".", misfit_cell},
      {"-.", misfit_cell},
      {"e5", misfit_cell},
      {"1e", misfit_cell},
      {"1e+", misfit_cell},
      {"1e+-5", misfit_cell},
      {"1.2.3", misfit_cell},
      {"1,5", misfit_cell},
      {" 1", misfit_cell},
      {"1 ", misfit_cell},
      {"--1", misfit_cell},
      {"0x10", misfit_cell},
      {"NaN", misfit_cell},
      {"Infinity", misfit_cell},
      {"true", misfit_cell},
      {"1\0"s, misfit_cell},
  };
  check_all(value_type::decimal, examples);
  check_all(value_type::floating, examples);
}

TEST_CASE("whole numbers of 64 bits") {
  check_all(value_type::integer, {
                                     {"39000", "39000"},
                                     {"39000.0", "39000"},
                                     {"0.0", "0"},
                                     {"-12", "-12"},
                                     {"3.9E4", "39000"},
                                     {"9223372036854775807", "9223372036854775807"},
                                     {"-9223372036854775808", "-9223372036854775808"},
                                     {"9223372036854775808", misfit_cell},
                                     {"1E30", misfit_cell},
                                     {"1.5", misfit_cell},
                                     {"0.1", misfit_cell},
                                     {"abc", misfit_cell},
                                     {"", "~"},
                                 });
}

TEST_CASE("booleans") {
  check_all(value_type::boolean, {{"true", "1"},
                                  {"false", "0"},
                                  {"", "~"},
                                  {"TRUE", misfit_cell},
                                  {"1", misfit_cell},
                                  {"yes", misfit_cell}});
}

TEST_CASE("dates are dates of the calendar") {
  check_all(value_type::date, {{"2024-02-29", "2024-02-29"},
                               {"1700-01-01", "1700-01-01"},
                               {"4000-12-31", "4000-12-31"},
                               {"", "~"},
                               {"2023-02-29", misfit_cell},
                               {"2024-04-31", misfit_cell},
                               {"2024-13-01", misfit_cell},
                               {"2024-00-01", misfit_cell},
                               {"2024-01-00", misfit_cell},
                               {"0000-01-01", misfit_cell},
                               {"2024-1-1", misfit_cell},
                               {"2024-01-02T00:00:00.000Z", misfit_cell},
                               {"20240102", misfit_cell}});
}

TEST_CASE("timestamps of both APIs become one form") {
  const std::string canonical = "2024-01-02 03:04:05.678";
  check_all(value_type::timestamp, {{"2024-01-02T03:04:05.678+0000", canonical},
                                    {"2024-01-02T03:04:05.678Z", canonical},
                                    {"2024-01-02T03:04:05.678+00:00", canonical},
                                    {"2024-01-02T03:04:05.678", canonical},
                                    {"2024-01-02 03:04:05.678", canonical},
                                    {"2024-01-02T04:04:05.678+0100", canonical},
                                    {"2024-01-01T22:04:05.678-05:00", canonical},
                                    {"2024-01-02T03:04:05.678901Z", canonical},
                                    {"2024-01-02T03:04:05Z", "2024-01-02 03:04:05.000"},
                                    {"2024-01-02T03:04:05.6Z", "2024-01-02 03:04:05.600"},
                                    {"2024-02-29T23:59:59.999Z", "2024-02-29 23:59:59.999"},
                                    {"2023-12-31T23:30:00.000-0100", "2024-01-01 00:30:00.000"},
                                    {"1700-01-01T00:00:00.000Z", "1700-01-01 00:00:00.000"},
                                    {"4000-12-31T23:59:59.000Z", "4000-12-31 23:59:59.000"},
                                    {"", "~"},
                                    {"2023-02-30T00:00:00.000Z", misfit_cell},
                                    {"2024-01-02T24:00:00.000Z", misfit_cell},
                                    {"2024-01-02T03:60:05.000Z", misfit_cell},
                                    {"2024-01-02T03:04:60.000Z", misfit_cell},
                                    {"2024-01-02T03:04:05.000Zulu", misfit_cell},
                                    {"2024-01-02T03:04:05.000+00", misfit_cell},
                                    {"0001-01-01T00:00:00.000+1400", misfit_cell},
                                    {"9999-12-31T23:59:59.000-1400", misfit_cell},
                                    {"2024-01-02", misfit_cell},
                                    {"1704164645000", misfit_cell}});
}

TEST_CASE("times") {
  check_all(value_type::time, {{"13:05:30.000Z", "13:05:30.000"},
                               {"13:05:30.678", "13:05:30.678"},
                               {"13:05:30Z", "13:05:30.000"},
                               {"13:05:30.5Z", "13:05:30.500"},
                               {"00:00:00.000Z", "00:00:00.000"},
                               {"", "~"},
                               {"24:00:00.000Z", misfit_cell},
                               {"13:60:00.000Z", misfit_cell},
                               {"13:05", misfit_cell},
                               {"13:05:30.Z", misfit_cell},
                               {"13:05:30.000+01", misfit_cell}});
}

TEST_CASE("I9 text is kept") {
  for (const std::string& text :
       {"NA"s, "null"s, "None"s, "N/A"s, "#N/A"s, " "s, "\t\r\n"s, "\"quoted\"\\"s, "true"s, "0"s,
        "K\xC3\xB6ln"s, "\xE6\x97\xA5\xE6\x9C\xAC"s, "\xF0\x9F\x98\x80"s, "\xEF\xBF\xBF"s,
        "{d 1}?"s, std::string(131'072, 'x'), std::string(32'768, '\x7F') + "\xF0\x9F\x98\x80"}) {
    std::uint64_t adjusted = 0;
    CHECK(cell_of(value_type::text, text, &adjusted) == text);
    CHECK(adjusted == 0);
  }
  CHECK(cell_of(value_type::text, "") == "~");
}

TEST_CASE("I9 what no warehouse stores is mended and counted once for each cell") {
  const std::string mark = "\xEF\xBF\xBD";
  const std::vector<std::pair<std::string, std::string>> examples{
      {"a\0b"s, "ab"},
      {"\0\0x\0"s, "x"},
      {"a\xFF", "a" + mark},
      {"\xFF\xFE", mark + mark},
      {"\x80 long enough for blocks of sixteen", mark + " long enough for blocks of sixteen"},
      {"long enough for blocks of sixteen \xC3", "long enough for blocks of sixteen " + mark},
      {"\xE2\x82", mark},  // cut: one mark for what began well
      {"\xE2\x82z", mark + "z"},
      {"\xF0\x9F\x98", mark},
      {"\xED\xA0\x80", mark},  // a surrogate, as `\ud800` would be
      {"\xED\xA0\xBD\xED\xB8\x80", mark + mark},
      {"\xC0\xAF", mark + mark},  // overlong
      {"\xE0\x80\xAF", mark + mark + mark},
      {"\xF0\x80\x80\xAF", mark + mark + mark + mark},
      {"\xF4\x90\x80\x80", mark + mark + mark + mark},  // past the last code point
      {"\xF5\x80", mark + mark},
  };
  for (const auto& e : examples) {
    const auto& [text, cell] = e;
    CAPTURE(e.second);
    std::uint64_t adjusted = 0;
    CHECK(cell_of(value_type::text, text, &adjusted) == cell);
    CHECK(adjusted == 1);
    CHECK_FALSE(is_clean_text(text));
    CHECK(is_clean_text(mended_text(text)));
  }
  std::uint64_t adjusted = 0;
  CHECK(cell_of(value_type::text, "\0"s, &adjusted) == "~");
  CHECK(adjusted == 1);
}

TEST_CASE("every place in a block of text is looked at") {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t i = 0; i < size; ++i) {
      std::string text(size, 'a');
      text[i] = '\xC3';
      CHECK_FALSE(is_clean_text(text));
      text[i] = '\0';
      CHECK_FALSE(is_clean_text(text));
      CHECK(mended_text(text).size() == size - 1);
      text[i] = '\x7F';
      CHECK(is_clean_text(text));
    }
  }
}

TEST_CASE("a piece of clean text is clean wherever it is cut, and one with a fault is not") {
  const std::string text = "plain, \xC3\xBC, \xE6\x9D\xB1, \xF0\x9F\x9A\x80 and plain";
  for (std::size_t from = 0; from <= text.size(); ++from)
    for (std::size_t to = from; to <= text.size(); ++to)
      CHECK(is_clean_piece(std::string_view{text}.substr(from, to - from)));
  for (std::size_t at = 0; at < 5; ++at) {  // between plain bytes
    for (const std::string& bad :
         {"\0"s, "\xC3"s, "\xA0"s, "\xE6\x9D"s, "\xED\xA0\x80"s, "\xFF"s}) {
      std::string faulty = text;
      faulty.insert(at + 1, bad);
      CHECK_FALSE(is_clean_piece(faulty));
    }
  }
}

TEST_CASE("I10 a misfit names the field and shows a short piece of the value") {
  const error why = misfit("Account", "AnnualRevenue", value_type::decimal, std::string(900, 'x'));
  CHECK(why.code == errc::page_malformed);
  CHECK(why.message.find("Account.AnnualRevenue is described as decimal") != std::string::npos);
  CHECK(why.message.size() < 120);
}

}  // namespace
