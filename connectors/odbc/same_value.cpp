// Drivers write the same value in more than one way: 0.5, .5, 5.0E-001; 1, t, TRUE.
#include "connectors/odbc/same_value.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace millrace::odbc {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A number whose digits are all kept: its value is 0.DIGITS times ten to the exponent.
struct exact_number {
  bool negative = false;
  std::string digits;  ///< without zeros at either end; none for 0
  long exponent = 0;
  bool operator==(const exact_number&) const = default;
};

/// `12`, `-.5`, `5.0E-001`; none for anything else.
std::optional<exact_number> exact(std::string_view text) {
  exact_number out;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t power = std::min(text.find_first_of("eE"), text.size());
  if (power < text.size()) {
    std::string_view exponent = text.substr(power + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const char* end = exponent.data() + exponent.size();
    const auto [stopped, fault] = std::from_chars(exponent.data(), end, out.exponent);
    if (fault != std::errc() || stopped != end) return {};
  }
  text = text.substr(0, power);
  const std::size_t point = std::min(text.find('.'), text.size());
  out.digits = text.substr(0, point);
  if (point < text.size()) out.digits += text.substr(point + 1);
  if (out.digits.empty() || !std::all_of(out.digits.begin(), out.digits.end(), is_digit)) return {};
  out.exponent += static_cast<long>(point);
  const std::size_t zeros = std::min(out.digits.find_first_not_of('0'), out.digits.size());
  out.digits.erase(0, zeros);
  if (out.digits.empty()) return exact_number{};
  out.exponent -= static_cast<long>(zeros);
  out.digits.erase(out.digits.find_last_not_of('0') + 1);
  return out;
}

/// None for what is no number, or is followed by something.
std::optional<double> rounded(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, fault] = std::from_chars(text.data(), end, out);
  if (fault != std::errc() || stopped != end) return {};
  return out;
}

std::string_view truth_of(std::string_view text) {
  if (text == "t" || text == "true" || text == "TRUE") return "1";
  if (text == "f" || text == "false" || text == "FALSE") return "0";
  return text;
}

/// Without an offset of UTC and without zeros at the end of a fraction.
std::string_view plain_time(std::string_view text) {
  for (const std::string_view offset : {"+00:00", "+00", "Z"})
    if (text.size() > offset.size() && text.ends_with(offset)) text.remove_suffix(offset.size());
  if (text.find('.') == std::string_view::npos) return text;
  while (text.ends_with('0'))
    text.remove_suffix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

/// A date of Oracle has a time, which is midnight.
std::string_view plain_date(std::string_view text) {
  return text.substr(0, text.find(" 00:00:00"));
}

template <class Number>
bool same_number(const std::optional<Number>& sent, const std::optional<Number>& got) {
  return sent && got && *sent == *got;
}

}  // namespace

bool same_value(value_type type, const std::string& sent, const std::string& got) {
  switch (type) {
    case value_type::text:
      return sent == got;
    case value_type::boolean:
      return truth_of(sent) == truth_of(got);
    case value_type::integer:
    case value_type::decimal:
      return same_number(exact(sent), exact(got));
    case value_type::floating:
      return same_number(rounded(sent), rounded(got));
    case value_type::date:
      return plain_date(sent) == plain_date(got);
    case value_type::timestamp:
    case value_type::time:
      return plain_time(sent) == plain_time(got);
  }
  return false;
}

}  // namespace millrace::odbc
