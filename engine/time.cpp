// Conversions between time points and their texts. No locale, no time zone database, no clock.
#include "engine/time.hpp"

#include <fmt/format.h>

#include <array>

namespace millrace {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

struct parts {
  year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> clock;
};

parts split(time_point t) {
  const sys_days date = std::chrono::floor<days>(t);
  return {year_month_day{date}, std::chrono::hh_mm_ss<milliseconds>{t - date}};
}

std::string format_as(time_point t, char between, std::string_view end) {
  const parts p = split(t);
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:03}{}", int{p.date.year()},
                     unsigned{p.date.month()}, unsigned{p.date.day()}, between,
                     p.clock.hours().count(), p.clock.minutes().count(), p.clock.seconds().count(),
                     p.clock.subseconds().count(), end);
}

/// Takes exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return {};
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// ".678" with one to nine digits, or nothing: milliseconds, further digits cut.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take_char(text, '.')) return milliseconds{0};
  int value = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) value = value * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0 || digits > 9) return {};
  for (; digits < 3; ++digits)
    value *= 10;
  return milliseconds{value};
}

/// "", "Z", "+0000", "+01:00": the offset from UTC.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (text.empty() || take_char(text, 'Z')) return std::chrono::minutes{0};
  const bool negative = text.front() == '-';
  if (!negative && text.front() != '+') return {};
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  take_char(text, ':');
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return {};
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return negative ? -offset : offset;
}

}  // namespace

std::string to_canonical(time_point t) {
  return format_as(t, ' ', "");
}
std::string to_iso(time_point t) {
  return format_as(t, 'T', "Z");
}

std::optional<time_point> parse_timestamp(std::string_view text) {
  const auto y = take_number(text, 4);
  if (!y || !take_char(text, '-')) return {};
  const auto m = take_number(text, 2);
  if (!m || !take_char(text, '-')) return {};
  const auto d = take_number(text, 2);
  if (!d || (!take_char(text, 'T') && !take_char(text, ' '))) return {};
  const auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return {};
  const auto minute = take_number(text, 2);
  if (!minute || !take_char(text, ':')) return {};
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return {};
  const auto fraction = take_fraction(text);
  if (!fraction) return {};
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return {};
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return {};
  return time_point{sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + *fraction - *offset;
}

std::optional<time_point> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() < 5 || text.substr(3, 2) != ", ") return {};
  text.remove_prefix(5);
  const auto d = take_number(text, 2);
  if (!d || !take_char(text, ' ') || text.size() < 4) return {};
  unsigned m = 0;
  for (unsigned i = 0; i < months.size(); ++i)
    if (text.substr(0, 3) == months[i]) m = i + 1;
  text.remove_prefix(3);
  if (m == 0 || !take_char(text, ' ')) return {};
  const auto y = take_number(text, 4);
  if (!y || !take_char(text, ' ')) return {};
  const auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return {};
  const auto minute = take_number(text, 2);
  if (!minute || !take_char(text, ':')) return {};
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60 || text != " GMT") return {};
  const year_month_day date{year{*y}, month{m}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return {};
  return time_point{sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

}  // namespace millrace
