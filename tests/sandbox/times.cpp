// Written by hand where it is called for every row.
#include "times.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

namespace sandbox {
namespace {

void put(char* to, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

std::optional<int> number(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return {};
  int out = 0;
  const char* const end = text.data() + at + count;
  const auto result = std::from_chars(text.data() + at, end, out);
  if (result.ec != std::errc{} || result.ptr != end || out < 0) return {};
  return out;
}

std::optional<std::chrono::sys_days> parse_days(std::string_view text) {
  using namespace std::chrono;
  const auto y = number(text, 0, 4);
  const auto m = number(text, 5, 2);
  const auto d = number(text, 8, 2);
  if (!y || !m || !d || text[4] != '-' || text[7] != '-') return {};
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return {};
  return sys_days{date};
}

/// "Z", "+01:00" or "-0800" in minutes.
std::optional<int> parse_zone(std::string zone) {
  if (zone == "Z" || zone == "z") return 0;
  std::erase(zone, ':');
  if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return {};
  const auto h = number(zone, 1, 2);
  const auto m = number(zone, 3, 2);
  if (!h || !m) return {};
  return (zone[0] == '-' ? -1 : 1) * (*h * 60 + *m);
}

}  // namespace

void write_time(char* to, stamp t) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{t}};
  const auto date = floor<days>(point);
  const year_month_day ymd{date};
  const auto ms = static_cast<unsigned>((point - date).count());
  put(to, static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
  to[4] = '-';
  put(to + 5, static_cast<unsigned>(ymd.month()), 2);
  to[7] = '-';
  put(to + 8, static_cast<unsigned>(ymd.day()), 2);
  to[10] = ' ';
  put(to + 11, ms / 3'600'000, 2);
  to[13] = ':';
  put(to + 14, ms / 60'000 % 60, 2);
  to[16] = ':';
  put(to + 17, ms / 1000 % 60, 2);
  to[19] = '.';
  put(to + 20, ms % 1000, 3);
}

std::string canonical_time(stamp t) {
  std::string text(23, ' ');
  write_time(text.data(), t);
  return text;
}

std::string rest_time(stamp t) {
  std::string text = canonical_time(t);
  text[10] = 'T';
  return text + "+0000";
}

std::optional<stamp> parse_datetime(std::string_view literal) {
  using namespace std::chrono;
  if (literal.size() < 20 || literal[10] != 'T') return {};
  const auto date = parse_days(literal);
  const auto h = number(literal, 11, 2);
  const auto m = number(literal, 14, 2);
  const auto s = number(literal, 17, 2);
  if (!date || !h || !m || !s || *h > 23 || *m > 59 || *s > 59) return {};
  std::size_t at = 19;
  int fraction = 0;
  if (literal[at] == '.') {
    const std::size_t zone = literal.find_first_of("Z+-", at);
    if (zone == std::string_view::npos || zone == at + 1) return {};
    std::string digits{literal.substr(at + 1, zone - at - 1)};
    digits.resize(3, '0');
    const auto f = number(digits, 0, 3);
    if (!f) return {};
    fraction = *f;
    at = zone;
  }
  const auto zone = parse_zone(std::string(literal.substr(at)));
  if (!zone) return {};
  const auto point =
      *date + hours{*h} + minutes{*m} + seconds{*s} + milliseconds{fraction} - minutes{*zone};
  return duration_cast<milliseconds>(point.time_since_epoch()).count();
}

bool is_date(std::string_view literal) {
  return literal.size() == 10 && parse_days(literal).has_value();
}

std::string http_date(stamp t) {
  const auto seconds = static_cast<std::time_t>(t / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

std::optional<stamp> parse_http_date(const std::string& text) {
  std::tm parts{};
  if (::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return {};
  return static_cast<stamp>(::timegm(&parts)) * 1000;
}

}  // namespace sandbox
