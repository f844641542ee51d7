// How often and how long to wait before asking again: exponential with full jitter, bounded.
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>

namespace millrace {

/// Limits of one request's repetitions (salesforce-api.md 4, status-only rules).
struct retry_policy {
  unsigned attempts_max = 5;  ///< the first one included
  milliseconds wait_first{500};
  milliseconds wait_longest{60'000};
  milliseconds total_longest{300'000};  ///< from the first attempt on
};

/// How long to wait before attempt `attempts + 1`; none: give up. `chance` is a random number in
/// [0, 1): full jitter keeps many clients from coming back together. A `Retry-After` of the source
/// is honoured and never shortened; one beyond `total_longest` means giving up.
std::optional<milliseconds> wait_before_retry(const retry_policy& policy, unsigned attempts,
                                              milliseconds elapsed, const error& why,
                                              double chance);

}  // namespace millrace
