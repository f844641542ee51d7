// Seen in drivers (odbc-warehouses.md 7): texts cut at a NUL or at a width, mojibake, lost blanks,
// booleans that become zero, numbers that pass through a double, dates before 1900.
#include "engine/sql/probe_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace millrace::sql {
namespace {

/// As long as `long_text_characters`, or as the bytes that the type holds.
std::string long_text(std::size_t bytes_max) {
  constexpr std::string_view piece = "a\xC3\xBC\xE2\x82\xAC'\n";
  constexpr std::size_t piece_characters = 5;
  std::size_t pieces = long_text_characters / piece_characters;
  if (bytes_max > 0) pieces = std::min(pieces, bytes_max / piece.size());
  std::string out;
  out.reserve((pieces + 1) * piece.size());
  for (std::size_t i = 0; i < pieces; ++i)
    out += piece;
  const std::size_t left = bytes_max > 0 ? bytes_max - out.size() : piece_characters;
  const std::size_t missing = long_text_characters - pieces * piece_characters;
  out.append(std::min(left, missing), 'z');
  return out;
}

std::string within(const type_rule& rule, const std::string& date) {
  if (!rule.earliest.empty() && date < rule.earliest) return rule.earliest;
  if (!rule.latest.empty() && date > rule.latest) return rule.latest;
  return date;
}

}  // namespace

table_schema probe_table(std::string name) {
  table_schema t;
  t.collection = std::move(name);
  const auto add = [&](const char* column, value_type type, std::uint32_t length = 0,
                       std::uint16_t precision = 0, std::uint16_t scale = 0) {
    t.columns.push_back({column, column, "", type, length, precision, scale});
  };
  add("id", value_type::text, 18);
  add("short_text", value_type::text, 80);
  add("long_text", value_type::text, long_text_characters);
  add("flag", value_type::boolean);
  add("whole", value_type::integer);
  add("amount", value_type::decimal, 0, 18, 2);
  add("ratio", value_type::floating);
  add("day", value_type::date);
  add("moment", value_type::timestamp);
  add("clock", value_type::time);
  t.key = 0;
  t.version = 8;
  return t;
}

std::vector<probe_row> probe_rows(const dialect& d, const std::string& mark) {
  const std::string hostile =
      "it's \"quoted\" `back` \\ \\n \\N \t\r\n ? {d 1} %s -- ; \xF0\x9F\x98\x80 NA";
  const std::string controls = "\x1D\x1E\x1F\x01|";
  const type_rule& date = d.types.date;
  return {
      {"a0" + mark + "00000001", hostile, long_text(d.types.text.bytes_max), "1",
       "9007199254740993", "9999999999999999.99", "0.5", within(date, "1700-01-01"),
       "1999-12-31 23:59:59.999", "23:59:59.999"},
      {"a0" + mark + "00000002", controls, " blanks around ", "0", "-1", "-0.01", "-1200",
       within(date, "4000-12-31"), "2024-02-29 00:00:00.000", "00:00:00.000"},
      {"A0" + mark + "00000002", std::nullopt, std::nullopt, std::nullopt, std::nullopt,
       std::nullopt, std::nullopt, std::nullopt, "2024-02-29 00:00:00.001", std::nullopt},
  };
}

probe_row plain_probe_row(const std::string& mark, std::size_t number) {
  return {fmt::format("b0{}{:08}", mark, number),
          "a short text",
          "a text that is not so short",
          "1",
          "12",
          "1.25",
          "0.5",
          "2024-02-29",
          "2024-02-29 00:00:00.000",
          "12:00:00.000"};
}

}  // namespace millrace::sql
