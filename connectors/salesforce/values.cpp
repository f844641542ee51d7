// Canonical text of numbers, dates and text. The common forms take a short way: a page holds tens
// of thousands of cells.
#include "connectors/salesforce/values.hpp"

#include "engine/model/utf8.hpp"
#include "engine/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace millrace::salesforce {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// How many digits stand at the front.
std::size_t digits_of(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_digit(text[i]))
    ++i;
  return i;
}

// -- numbers --

/// A number taken apart: sign, digits without zeros at either end, and where the point is.
struct decimal_parts {
  bool negative = false;
  std::string digits;  ///< empty: zero
  int point = 0;       ///< digits before the point; may be negative or beyond the digits
};

/// "e8", "E-7": added to `point`; false when it is no exponent or beyond the bounds.
bool take_exponent(std::string_view text, int& point) {
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  int exponent = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, exponent);
  if (read.ec != std::errc{} || read.ptr != end) return false;
  if (exponent > number_digits_max || exponent < -number_digits_max) return false;
  point += exponent;
  return true;
}

std::optional<decimal_parts> parse_decimal(std::string_view text) {
  if (text.size() > 4 * std::size_t{number_digits_max}) return {};
  decimal_parts parts;
  if (text.starts_with('-') || text.starts_with('+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::string_view whole = text.substr(0, digits_of(text));
  text.remove_prefix(whole.size());
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = text.substr(0, digits_of(text));
    text.remove_prefix(fraction.size());
  }
  if (whole.empty() && fraction.empty()) return {};
  parts.digits.append(whole).append(fraction);
  parts.point = static_cast<int>(whole.size());
  if (!take_exponent(text, parts.point)) return {};
  const std::size_t first = std::min(parts.digits.find_first_not_of('0'), parts.digits.size());
  parts.digits.erase(0, first);
  parts.point -= static_cast<int>(first);
  parts.digits.erase(parts.digits.find_last_not_of('0') + 1);
  if (parts.digits.empty()) return decimal_parts{};
  if (parts.point > number_digits_max ||
      static_cast<int>(parts.digits.size()) - parts.point > number_digits_max)
    return {};
  return parts;
}

/// The length of the canonical part of "123", "-12.50", "0.5", "3.0", which nearly all numbers are;
/// 0 for all other forms.
std::size_t plain_number_length(std::string_view text) {
  const std::size_t begin = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_of(text.substr(begin));
  if (whole == 0 || whole > 40 || (whole > 1 && text[begin] == '0')) return 0;
  std::size_t length = begin + whole;
  if (length < text.size()) {
    if (text[length] != '.') return 0;
    const std::size_t fraction = digits_of(text.substr(length + 1));
    if (fraction == 0 || fraction > 40 || length + 1 + fraction != text.size()) return 0;
    std::size_t end = text.size();
    while (text[end - 1] == '0')
      --end;
    if (text[end - 1] != '.') return end;
  }
  return length == 2 && text.starts_with("-0") ? 0 : length;
}

void append_plain(cell_bytes& out, const decimal_parts& parts) {
  if (parts.digits.empty()) {
    out += '0';
    return;
  }
  if (parts.negative) out += '-';
  const auto length = static_cast<int>(parts.digits.size());
  if (parts.point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-parts.point), '0');
    out += parts.digits;
  } else if (parts.point >= length) {
    out += parts.digits;
    out.append(static_cast<std::size_t>(parts.point - length), '0');
  } else {
    const std::string_view digits = parts.digits;
    const auto point = static_cast<std::size_t>(parts.point);
    out.append(digits.substr(0, point)).append(".").append(digits.substr(point));
  }
}

// -- dates --

/// "2024-01-02" at the front, digits and dashes only; the calendar is checked apart.
bool looks_like_date(std::string_view t) {
  return t.size() >= 10 && is_digit(t[0]) && is_digit(t[1]) && is_digit(t[2]) && is_digit(t[3]) &&
         t[4] == '-' && is_digit(t[5]) && is_digit(t[6]) && t[7] == '-' && is_digit(t[8]) &&
         is_digit(t[9]);
}

int two_digits(const char* p) {
  return (p[0] - '0') * 10 + (p[1] - '0');
}

bool is_calendar_date(std::string_view t) {
  if (!looks_like_date(t)) return false;
  const int year = two_digits(t.data()) * 100 + two_digits(t.data() + 2);
  const int month = two_digits(t.data() + 5);
  const int day = two_digits(t.data() + 8);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  return std::chrono::year_month_day{std::chrono::year{year},
                                     std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

/// "03:04:05" at the front.
bool looks_like_clock(std::string_view t) {
  return t.size() >= 8 && is_digit(t[0]) && is_digit(t[1]) && t[2] == ':' && is_digit(t[3]) &&
         is_digit(t[4]) && t[5] == ':' && is_digit(t[6]) && is_digit(t[7]) &&
         two_digits(t.data()) < 24 && two_digits(t.data() + 3) < 60 &&
         two_digits(t.data() + 6) < 60;
}

/// ".678" at the front.
bool looks_like_fraction(std::string_view t) {
  return t.size() >= 4 && t[0] == '.' && is_digit(t[1]) && is_digit(t[2]) && is_digit(t[3]);
}

}  // namespace

bool append_number(cell_bytes& out, std::string_view text) {
  if (const std::size_t length = plain_number_length(text); length > 0) {
    out.append(text.substr(0, length));
    return true;
  }
  const auto parts = parse_decimal(text);
  if (!parts) return false;
  append_plain(out, *parts);
  return true;
}

bool append_integer(cell_bytes& out, std::string_view text) {
  const std::size_t length = plain_number_length(text);
  const std::string_view canonical = text.substr(0, length);
  if (length > 0 && length <= 18 && canonical.find('.') == std::string_view::npos) {
    out += canonical;
    return true;
  }
  const auto parts = parse_decimal(text);
  if (!parts || parts->point < static_cast<int>(parts->digits.size())) return false;
  cell_bytes plain;
  append_plain(plain, *parts);
  std::int64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto read = std::from_chars(plain.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return false;
  out.append(plain.view());
  return true;
}

bool append_date(cell_bytes& out, std::string_view text) {
  if (text.size() != 10 || !is_calendar_date(text)) return false;
  out += text;
  return true;
}

bool append_timestamp(cell_bytes& out, std::string_view t) {
  // 2024-01-02T03:04:05.000+0000 and 2024-01-02T03:04:05.000Z, as REST and Bulk write them.
  const bool utc = t.size() >= 24 && (t.substr(23) == "Z" || t.substr(23) == "+0000");
  if (utc && t[10] == 'T' && is_calendar_date(t) && looks_like_clock(t.substr(11)) &&
      looks_like_fraction(t.substr(19))) {
    out.append(t.substr(0, 10)).append(" ").append(t.substr(11, 12));
    return true;
  }
  const auto parsed = parse_timestamp(t);
  if (!parsed) return false;
  const std::string canonical = to_canonical(*parsed);
  // An offset may lead out of the years that have a text.
  if (canonical.size() != 23 || !is_calendar_date(canonical)) return false;
  out += canonical;
  return true;
}

bool append_time(cell_bytes& out, std::string_view t) {
  if (t.ends_with('Z')) t.remove_suffix(1);
  if (!looks_like_clock(t)) return false;
  const std::string_view clock = t.substr(0, 8);
  const std::string_view rest = t.substr(8);
  if (!rest.empty() && (rest[0] != '.' || rest.size() < 2 || rest.size() > 10 ||
                        digits_of(rest.substr(1)) + 1 != rest.size()))
    return false;
  const std::string_view fraction = rest.empty() ? rest : rest.substr(1, 3);
  out.append(clock).append(".").append(fraction).append(3 - fraction.size(), '0');
  return true;
}

void close_text(column& cell, batch_builder& rows) {
  cell_bytes& bytes = cell.open_cell();
  const std::string_view text = bytes.view().substr(cell.open_begin());
  if (!is_clean_text(text)) {
    const std::string better = mended_text(text);
    cell.drop_open_cell();
    bytes += better;
    rows.count_adjusted();
  }
  if (bytes.size() == cell.open_begin()) {
    cell.append_null();
  } else {
    cell.close_cell();
  }
}

void append_text(column& cell, std::string_view text, batch_builder& rows) {
  if (text.empty()) {
    cell.append_null();
  } else if (plain_run(text.data(), text.size()) == text.size()) {
    cell.append(text);
  } else {
    cell.open_cell().append(text);
    close_text(cell, rows);
  }
}

bool append_value(column& cell, value_type type, std::string_view text, batch_builder& rows) {
  if (text.empty()) {
    cell.append_null();
    return true;
  }
  cell_bytes& out = cell.open_cell();
  bool good = false;
  switch (type) {
    case value_type::text:
      append_text(cell, text, rows);
      return true;
    case value_type::boolean:
      good = text == "true" || text == "false";
      if (good) out += text == "true" ? '1' : '0';
      break;
    case value_type::integer:
      good = append_integer(out, text);
      break;
    case value_type::decimal:
    case value_type::floating:
      good = append_number(out, text);
      break;
    case value_type::date:
      good = append_date(out, text);
      break;
    case value_type::timestamp:
      good = append_timestamp(out, text);
      break;
    case value_type::time:
      good = append_time(out, text);
      break;
  }
  if (good) cell.close_cell();
  return good;
}

error misfit(std::string_view object, std::string_view field, value_type type,
             std::string_view text) {
  return {errc::page_malformed,
          fmt::format("{}.{} is described as {} and holds '{}'", object, field, name_of(type),
                      mended_text(text.substr(0, shown_bytes_max))),
          "Run again: a type that changed is read anew; if it stays, report it",
          retry::never,
          {},
          {}};
}

std::optional<std::size_t> key_among(const collection& what,
                                     const std::vector<std::uint32_t>& selected) {
  const bool there = std::find(selected.begin(), selected.end(), what.key) != selected.end();
  return there ? std::optional(what.key) : std::nullopt;
}

bool has_own_key(batch_builder& rows, std::size_t key) {
  constexpr std::string_view nobody = "000000000000000AAA";
  if (!rows.has_cell(key)) return false;
  const column& keys = rows.at(key);
  const std::string_view value = keys.value(keys.size() - 1);
  return !value.empty() && value != nobody;
}

std::string first_key(batch_builder& rows, std::optional<std::size_t> key) {
  if (!key) return {};
  const column& keys = rows.at(*key);
  return std::string(keys.value(keys.size() - 1));
}

error keyless(std::string_view object) {
  return {errc::page_malformed,
          fmt::format("a record of {} has no Id of its own", object),
          "An object whose records have no Ids cannot be kept in step: `exclude` it",
          retry::never,
          {},
          {}};
}

}  // namespace millrace::salesforce
