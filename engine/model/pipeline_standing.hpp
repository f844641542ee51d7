// How a pipeline stands while a host keeps it on its cadence.
#pragma once

#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

enum class standing_kind : std::uint8_t {
  waiting,  ///< for its time
  queued,   ///< it is due and waits for a place
  running,
  paused,
  gone,  ///< not in the configuration any more
};
std::string_view name_of(standing_kind kind);

struct pipeline_standing {
  std::string pipeline;
  standing_kind kind = standing_kind::waiting;
  std::optional<time_point> next;  ///< when it is due
  std::uint64_t skipped = 0;       ///< ticks without a run of their own, since the host began
  std::uint32_t failures = 0;      ///< in a row
  /// Why it waits for more than its time: "warehouse main cannot be reached"; empty: it does not.
  std::string because;
};

}  // namespace millrace
