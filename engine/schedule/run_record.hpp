// What a host keeps of a pipeline's last run, so that its cadence outlives the process.
#pragma once

#include "engine/model/outcome.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct run_record {
  time_point begun{};
  time_point ended{};
  outcome_kind outcome = outcome_kind::failure;
  std::uint32_t failures = 0;  ///< in a row, this one included
};

/// A run that takes longer than this counts as one that lasts (engine/schedule/run_queue.hpp), and
/// so will the next one.
inline constexpr milliseconds lasting_run{60'000};

/// One line, for people too: "begun 2026-11-30T10:00:00.000Z ended ... outcome success failures 0".
std::string text_of(const run_record& record);
/// None: it is no record; then nothing is known of a last run.
std::optional<run_record> parse_run_record(std::string_view text);

}  // namespace millrace
