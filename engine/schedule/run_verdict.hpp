// What follows from how a run ended: whose fault it was, and whether to try again before its time.
#pragma once

#include "engine/model/run_summary.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>

namespace millrace {

/// Who else is concerned by a run that failed.
enum class blame_kind : std::uint8_t {
  nobody,     ///< it did not fail
  pipeline,   ///< itself alone
  source,     ///< every pipeline that reads the source
  warehouse,  ///< every pipeline that loads the warehouse
};

struct run_verdict {
  blame_kind blame = blame_kind::nobody;
  bool again_soon = false;   ///< it may be better in a while: not only at the next tick
  std::optional<error> why;  ///< of what failed, the most telling
};
/// A run that was ended by a signal is nobody's fault and is to be run again.
run_verdict judge(const run_summary& summary);

struct rerun_policy {
  milliseconds wait_first{60'000};
  milliseconds wait_longest{60 * 60 * 1000};
};
/// How long to wait after the so many-th failure in a row, from 1. `chance` in [0, 1): between
/// nothing and the whole of a wait that doubles (full jitter), so that many do not come back
/// together; but never less than a tenth, so that nobody hammers.
milliseconds wait_before_rerun(const rerun_policy& policy, std::uint32_t failures, double chance);

}  // namespace millrace
