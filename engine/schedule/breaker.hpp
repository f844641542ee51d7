// When something that many pipelines use has failed, it is not tried by each of them in turn: one
// probe tries it, after a while that grows.
#pragma once

#include "engine/time.hpp"

#include <cstdint>
#include <optional>

namespace millrace {

struct breaker_policy {
  milliseconds wait_first{30'000};
  milliseconds wait_longest{30 * 60 * 1000};
};

/// Of one source or one warehouse. Time and chance are passed in.
class breaker {
 public:
  enum class state_kind : std::uint8_t {
    closed,   ///< all may use it
    open,     ///< nobody may before `until`
    probing,  ///< one may
  };

  explicit breaker(breaker_policy policy) : policy_(policy) {}

  /// It could not be used. `chance` in [0, 1) spreads the probes of many hosts over the second half
  /// of the wait. A failure of what began before it opened changes nothing more.
  void failed(time_point began, time_point now, double chance);
  /// It could be used: all may again. Whether that is news.
  bool succeeded();

  [[nodiscard]] state_kind state(time_point now) const;
  /// When it may be probed; none: it is closed.
  [[nodiscard]] std::optional<time_point> until() const { return until_; }
  [[nodiscard]] unsigned failures() const { return failures_; }

 private:
  breaker_policy policy_;
  unsigned failures_ = 0;  ///< in a row
  std::optional<time_point> opened_;
  std::optional<time_point> until_;
};

}  // namespace millrace
