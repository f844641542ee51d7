// Days are walked one by one, times of a day in order; the time zone says which instant each is.
#include "engine/schedule/calendar_times.hpp"

#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <date/tz.h>
#include <span>
#include <stdexcept>
#include <vector>

namespace millrace {
namespace {

using names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What may stand in a field.
struct field_rules {
  std::string_view what;
  int lowest = 0;
  int highest = 0;
  names words = {};
  int first_word = 0;  ///< the number of the first of them
};

error unreadable(std::string_view text, std::string_view why) {
  return {errc::config_invalid,
          fmt::format("'{}' is no time: {}", text, why),
          "Five fields: minute, hour, day of the month, month, day of the week, such as "
          "\"30 6 * * mon-fri\"",
          retry::never,
          {},
          {}};
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) out.push_back(word);
  return out;
}

std::optional<int> number_in(std::string_view text, const field_rules& rules) {
  const std::string word = lowered(text);
  for (std::size_t i = 0; i < rules.words.size(); ++i)
    if (word == rules.words[i]) return rules.first_word + static_cast<int>(i);
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return {};
  if (value < rules.lowest || value > rules.highest) return {};
  return value;
}

/// Adds what one part of a list names: `*`, `3`, `1-5`, `*/15`, `8-18/2`. Whether it is one.
template <std::size_t N>
bool add_part(std::string_view part, const field_rules& rules, std::bitset<N>& out) {
  const std::vector<std::string_view> stepped = split(part, '/');
  if (stepped.size() > 2) return false;
  int step = 1;
  if (stepped.size() == 2) {
    const auto given = number_in(stepped[1], {rules.what, 1, std::max(rules.highest, 1), {}, 0});
    if (!given) return false;
    step = *given;
  }
  int from = rules.lowest;
  int to = rules.highest;
  if (stepped[0] != "*") {
    const std::vector<std::string_view> range = split(stepped[0], '-');
    const auto first = number_in(range[0], rules);
    const auto last = range.size() == 2 ? number_in(range[1], rules) : first;
    if (range.size() > 2 || !first || !last || *last < *first) return false;
    from = *first;
    // As everywhere: "5/10" goes on to the end.
    to = range.size() == 1 && stepped.size() == 2 ? rules.highest : *last;
  }
  for (int i = from; i <= to; i += step)
    out.set(static_cast<std::size_t>(i) % N);
  return true;
}

template <std::size_t N>
result<void> add_field(std::string_view text, std::string_view whole, const field_rules& rules,
                       std::bitset<N>& out) {
  for (const std::string_view part : split(text, ','))
    if (!add_part(part, rules, out))
      return failure(unreadable(whole, fmt::format("'{}' is no {}", text, rules.what)));
  return {};
}

const date::time_zone* zone_of(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;  // no zone of that name, or no database
  }
}

time_point instant_of(const date::time_zone& zone, date::local_time<milliseconds> at) {
  const date::local_info known = zone.get_info(at);
  const auto first = std::chrono::time_point_cast<milliseconds>(known.first.end);
  if (known.result == date::local_info::nonexistent) return time_point{first.time_since_epoch()};
  return time_point{at.time_since_epoch() - known.first.offset};
}

}  // namespace

result<calendar_times> calendar_times::parse(std::string_view text, const std::string& zone) {
  const std::vector<std::string_view> fields = words_of(text);
  if (fields.size() != 5)
    return failure(unreadable(text, fmt::format("it has {} fields", fields.size())));
  calendar_times out;
  out.fields_ = fmt::format("{}", fmt::join(fields, " "));
  out.zone_ = zone;
  MILLRACE_CHECK(add_field(fields[0], text, {"minute", 0, 59}, out.minutes_));
  MILLRACE_CHECK(add_field(fields[1], text, {"hour", 0, 23}, out.hours_));
  MILLRACE_CHECK(add_field(fields[2], text, {"day of the month", 1, 31}, out.days_));
  MILLRACE_CHECK(add_field(fields[3], text, {"month", 1, 12, months, 1}, out.months_));
  MILLRACE_CHECK(add_field(fields[4], text, {"day of the week", 0, 7, weekdays, 0}, out.weekdays_));
  out.any_day_ = fields[2].starts_with('*');
  out.any_weekday_ = fields[4].starts_with('*');
  if (zone_of(zone) == nullptr)
    return failure(errc::config_invalid, fmt::format("there is no time zone '{}'", zone),
                   "A name of the time zone database, such as \"Europe/Berlin\" or \"UTC\"");
  return out;
}

bool calendar_times::fits(std::chrono::year_month_day day) const {
  if (!months_.test(static_cast<unsigned>(day.month()))) return false;
  const bool by_day = days_.test(static_cast<unsigned>(day.day()));
  const bool by_weekday =
      weekdays_.test(std::chrono::weekday{std::chrono::sys_days{day}}.c_encoding());
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<time_point> calendar_times::next(time_point after) const {
  const date::time_zone* zone = zone_of(zone_);
  if (zone == nullptr) return {};
  const auto local = zone->to_local(date::sys_time<milliseconds>{after.time_since_epoch()});
  // The clocks may go back after the instant: what comes before it by the clock may come after it.
  constexpr auto furthest_back = std::chrono::hours{3};
  const auto earliest = local - furthest_back;
  const auto first_day = date::floor<date::days>(earliest);
  const auto searched = std::chrono::hours{24 * 366 * years_searched};
  for (auto day = first_day; day < first_day + searched; day += date::days{1}) {
    if (!fits(std::chrono::sys_days{std::chrono::days{day.time_since_epoch().count()}})) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!hours_.test(static_cast<std::size_t>(hour))) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!minutes_.test(static_cast<std::size_t>(minute))) continue;
        const date::local_time<milliseconds> at =
            day + std::chrono::hours{hour} + std::chrono::minutes{minute};
        if (at < earliest) continue;
        if (const time_point instant = instant_of(*zone, at); instant > after) return instant;
      }
    }
  }
  return {};
}

}  // namespace millrace
