// The arithmetic of waiting; who waits, and for what, is the actors' business.
#include "engine/schedule/retry.hpp"

#include <algorithm>

namespace millrace {

std::optional<milliseconds> wait_before_retry(const retry_policy& policy, unsigned attempts,
                                              milliseconds elapsed, const error& why,
                                              double chance) {
  if (why.again == retry::never || attempts >= policy.attempts_max) return {};
  milliseconds ceiling = policy.wait_first;
  for (unsigned i = 1; i < attempts && ceiling < policy.wait_longest; ++i)
    ceiling *= 2;
  ceiling = std::min(ceiling, policy.wait_longest);
  const auto span = static_cast<double>(ceiling.count());
  milliseconds wait{static_cast<milliseconds::rep>(span * std::clamp(chance, 0.0, 1.0))};
  if (why.retry_after) wait = std::max(wait, milliseconds{*why.retry_after});
  if (elapsed + wait > policy.total_longest) return {};
  return wait;
}

}  // namespace millrace
