// The place within an interval is a hash of the name: no list of all pipelines is needed for it.
#include "engine/schedule/cadence.hpp"

#include <algorithm>

namespace millrace {
namespace {

/// FNV-1a with a finishing mix: neighbours in spelling are no neighbours in time.
std::uint64_t spread(std::string_view name) {
  std::uint64_t h = 14'695'981'039'346'656'037U;
  for (const char c : name) {
    h ^= static_cast<unsigned char>(c);
    h *= 1'099'511'628'211U;
  }
  h ^= h >> 33U;
  h *= 0xff51afd7ed558ccdU;
  h ^= h >> 33U;
  return h;
}

std::int64_t place_within(milliseconds every, std::string_view pipeline) {
  return static_cast<std::int64_t>(spread(pipeline) % static_cast<std::uint64_t>(every.count()));
}

/// How many ticks of an interval lie at this instant or before, counted from some origin.
std::int64_t ticks_until(milliseconds every, std::string_view pipeline, time_point at) {
  const std::int64_t since = at.time_since_epoch().count() - place_within(every, pipeline);
  const std::int64_t whole = since / every.count();
  return since % every.count() < 0 ? whole - 1 : whole;
}

}  // namespace

std::optional<time_point> next_tick(const cadence& of, std::string_view pipeline,
                                    time_point after) {
  if (of.at) return of.at->next(after);
  const std::int64_t number = ticks_until(of.every, pipeline, after) + 1;
  return time_point{milliseconds{place_within(of.every, pipeline) + number * of.every.count()}};
}

std::uint64_t ticks_between(const cadence& of, std::string_view pipeline, time_point from,
                            time_point to) {
  if (to <= from) return 0;
  if (!of.at) {
    const std::int64_t ticks =
        ticks_until(of.every, pipeline, to) - ticks_until(of.every, pipeline, from);
    return std::min(static_cast<std::uint64_t>(ticks), ticks_counted_max);
  }
  std::uint64_t ticks = 0;
  for (auto at = of.at->next(from); at && *at <= to && ticks < ticks_counted_max;
       at = of.at->next(*at))
    ++ticks;
  return ticks;
}

}  // namespace millrace
