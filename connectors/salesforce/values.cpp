// Canonical text of numbers, dates and text. The common forms take a short way: a page holds tens
// of thousands of cells.
#include "connectors/salesforce/values.hpp"

#include "engine/time.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace millrace::salesforce {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A number taken apart: sign, digits without leading zeros, and where the point is among them.
struct decimal_parts {
  bool negative = false;
  std::string digits;  ///< significant digits, no leading or trailing zero; empty: zero
  int point = 0;       ///< digits before the point; may be negative or beyond the digits
};

std::optional<decimal_parts> parse_decimal(std::string_view text) {
  decimal_parts parts;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) parts.negative = text[i++] == '-';
  bool any = false;
  bool fraction = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (is_digit(c)) {
      any = true;
      if (parts.digits.empty() && c == '0') {
        if (fraction) --parts.point;
        continue;
      }
      parts.digits += c;
      if (!fraction) ++parts.point;
    } else {
      break;
    }
  }
  if (!any) return {};
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return {};
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int exponent = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + i, end, exponent);
    if (read.ec != std::errc{} || read.ptr != end) return {};
    if (exponent > number_digits_max || exponent < -number_digits_max) return {};
    parts.point += exponent;
  }
  while (!parts.digits.empty() && parts.digits.back() == '0')
    parts.digits.pop_back();
  if (parts.digits.empty()) parts = {};
  const auto length = static_cast<int>(std::min<std::size_t>(parts.digits.size(), 10'000));
  if (length > number_digits_max || parts.point > number_digits_max ||
      parts.point < -number_digits_max)
    return {};
  return parts;
}

/// "123", "-12": already canonical, which most integers are.
bool is_plain_integer(std::string_view text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  if (i == text.size() || text.size() > 18) return false;
  if (text[i] == '0') return text == "0";
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), is_digit);
}

void append_plain(std::string& out, const decimal_parts& parts) {
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
    out.append(parts.digits, 0, static_cast<std::size_t>(parts.point));
    out += '.';
    out.append(parts.digits, static_cast<std::size_t>(parts.point));
  }
}

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
  const int month = two_digits(t.data() + 5);
  const int day = two_digits(t.data() + 8);
  if (month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  const int year = two_digits(t.data()) * 100 + two_digits(t.data() + 2);
  return std::chrono::year_month_day{std::chrono::year{year},
                                     std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

/// "03:04:05.678" at the front.
bool looks_like_clock(std::string_view t) {
  return t.size() >= 12 && is_digit(t[0]) && is_digit(t[1]) && t[2] == ':' && is_digit(t[3]) &&
         is_digit(t[4]) && t[5] == ':' && is_digit(t[6]) && is_digit(t[7]) && t[8] == '.' &&
         is_digit(t[9]) && is_digit(t[10]) && is_digit(t[11]) && two_digits(t.data()) < 24 &&
         two_digits(t.data() + 3) < 60 && two_digits(t.data() + 6) < 60;
}

/// The length of a valid UTF-8 sequence at the front (1 to 4), 0 when it is none or a NUL.
std::size_t sequence_length(const unsigned char* p, std::size_t left) {
  const unsigned char a = p[0];
  const auto follows = [&](std::size_t i) { return i < left && (p[i] & 0xC0U) == 0x80U; };
  if (a == 0) return 0;
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return follows(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (a == 0xE0 && p[1] < 0xA0) return 0;  // overlong
    if (a == 0xED && p[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (a == 0xF0 && p[1] < 0x90) return 0;
    if (a == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

/// How many bytes at the front are plain ASCII without NUL, eight at a time.
std::size_t plain_run(const unsigned char* p, std::size_t size) {
  constexpr std::uint64_t high = 0x8080808080808080U;
  constexpr std::uint64_t ones = 0x0101010101010101U;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p + i, 8);
    if ((word & high) != 0 || ((word - ones) & ~word & high) != 0) break;
  }
  return i;
}

/// What is left of a text after the policy: NUL gone, each invalid byte U+FFFD.
std::string mended(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(p + i, text.size() - i);
    if (length > 0) {
      out.append(text, i, length);
      i += length;
    } else {
      if (p[i] != 0) out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return out;
}

}  // namespace

bool append_number(std::string& out, std::string_view text) {
  if (is_plain_integer(text)) {
    out += text;
    return true;
  }
  const auto parts = parse_decimal(text);
  if (!parts) return false;
  append_plain(out, *parts);
  return true;
}

bool append_integer(std::string& out, std::string_view text) {
  if (is_plain_integer(text)) {
    out += text;
    return true;
  }
  const auto parts = parse_decimal(text);
  if (!parts || parts->point < static_cast<int>(parts->digits.size())) return false;
  std::string plain;
  append_plain(plain, *parts);
  std::int64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto read = std::from_chars(plain.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end) return false;
  out += plain;
  return true;
}

bool append_timestamp(std::string& out, std::string_view t) {
  // 2024-01-02T03:04:05.000+0000 and 2024-01-02T03:04:05.000Z, as REST and Bulk write them.
  const bool utc = t.size() >= 24 && (t.substr(23) == "Z" || t.substr(23) == "+0000");
  if (utc && t[10] == 'T' && is_calendar_date(t) && looks_like_clock(t.substr(11))) {
    out.append(t, 0, 10);
    out += ' ';
    out.append(t, 11, 12);
    return true;
  }
  const auto parsed = parse_timestamp(t);
  if (!parsed) return false;
  out += to_canonical(*parsed);
  return true;
}

bool is_clean_text(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    i += plain_run(p + i, text.size() - i);
    if (i == text.size()) break;
    const std::size_t length = sequence_length(p + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void close_text(column& cell, batch_builder& rows) {
  std::string& bytes = cell.open_cell();
  const std::string_view text{bytes.data() + cell.open_begin(), bytes.size() - cell.open_begin()};
  if (!is_clean_text(text)) {
    const std::string better = mended(text);
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

bool append_value(column& cell, value_type type, std::string_view text, batch_builder& rows) {
  std::string& out = cell.open_cell();
  bool good = false;
  switch (type) {
    case value_type::text:
      out += text;
      close_text(cell, rows);
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
      good = text.size() == 10 && is_calendar_date(text);
      if (good) out += text;
      break;
    case value_type::timestamp:
      good = append_timestamp(out, text);
      break;
    case value_type::time:
      good = (text.size() == 12 || (text.size() == 13 && text.back() == 'Z')) &&
             looks_like_clock(text);
      if (good) out.append(text, 0, 12);
      break;
  }
  if (good) {
    cell.close_cell();
  } else {
    cell.drop_open_cell();
  }
  return good;
}

}  // namespace millrace::salesforce
