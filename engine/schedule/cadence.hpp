// When a pipeline is due: every so often, or at times of a calendar.
#pragma once

#include "engine/schedule/calendar_times.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

/// The instants at which a pipeline is due are its ticks.
struct cadence {
  milliseconds every{3 * 60 * 60 * 1000};
  std::optional<calendar_times> at = {};  ///< instead of `every`

  friend bool operator==(const cadence&, const cadence&) = default;
};

/// The first tick after this instant; none: there is none within some years (a date that no
/// calendar has). An interval's ticks lie at a place within it that the pipeline's name gives: many
/// pipelines are spread evenly over the interval, and each keeps its place through restarts. Times
/// of a calendar are met as they are written.
std::optional<time_point> next_tick(const cadence& of, std::string_view pipeline, time_point after);

/// How many ticks there are after `from`, up to and with `to`; counted up to `ticks_counted_max`.
std::uint64_t ticks_between(const cadence& of, std::string_view pipeline, time_point from,
                            time_point to);
inline constexpr std::uint64_t ticks_counted_max = 100'000;

}  // namespace millrace
