// Which collections of a pipeline are due in a run, where some have a cadence of their own.
#pragma once

#include "engine/schedule/cadence.hpp"
#include "engine/time.hpp"

#include <map>
#include <optional>
#include <string>

namespace millrace {

/// What a run of the cadence goes by. A run that somebody asked for reads everything and has none.
struct reading_times {
  std::string pipeline;
  cadence usual;     ///< of collections without one of their own
  time_point now{};  ///< when the run began, by this machine's clock
  /// When collections that are there to their end were committed last, by the same clock.
  std::map<std::string, time_point> read_at = {};

  /// Whether a tick of the collection's cadence has passed since it was read. `every`: its own;
  /// none: the usual one. What was never read to its end is due.
  [[nodiscard]] bool is_due(const std::string& collection,
                            const std::optional<milliseconds>& every) const;
};

}  // namespace millrace
