// Times of a calendar in the five fields that cron made known: minute, hour, day of the month,
// month and day of the week, in a time zone.
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

class calendar_times {
 public:
  /// `*`, numbers, ranges, lists and steps; names of months and days by their first three letters,
  /// in any case; Sunday is 0 or 7. Where both days are restricted, one of them must fit. `zone` is
  /// a name of the time zone database: "Europe/Berlin", "UTC". errc::config_invalid when they are
  /// none.
  static result<calendar_times> parse(std::string_view fields, const std::string& zone);

  /// The first of the times after this instant. A time of day that a change of clocks leaves out is
  /// met when the clocks have changed; one that comes twice is met the first time. None: there is
  /// none within `years_searched`.
  [[nodiscard]] std::optional<time_point> next(time_point after) const;

  /// As it was written, and the zone.
  [[nodiscard]] const std::string& fields() const { return fields_; }
  [[nodiscard]] const std::string& zone() const { return zone_; }

  friend bool operator==(const calendar_times& a, const calendar_times& b) {
    return a.fields_ == b.fields_ && a.zone_ == b.zone_;
  }

  static constexpr int years_searched = 10;

 private:
  [[nodiscard]] bool fits(std::chrono::year_month_day day) const;

  std::string fields_;
  std::string zone_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    ///< of the month, from 1
  std::bitset<13> months_;  ///< from 1
  std::bitset<7> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace millrace
