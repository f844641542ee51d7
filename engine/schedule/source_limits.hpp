// What one source is asked at once and in a time, by all pipelines that read it together. An org
// serves few long requests at a time, and counts logins (salesforce-api.md 2.9); which request will
// be a long one is not known before, so all that are under way count.
#pragma once

#include "engine/schedule/shared_slots.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace millrace {

struct source_limit_rules {
  std::size_t requests_at_once = 20;      ///< of the 25 long ones that an org serves at a time
  std::uint32_t requests_per_second = 0;  ///< 0: no bound
  std::uint32_t logins_per_hour = 600;
};

/// So many in a time, evenly; a few that were saved up may come together. Time is passed in.
class pace {
 public:
  /// One in each `interval`, and `together` at once after a pause; an interval of 0: no bound.
  pace(milliseconds interval, unsigned together) : interval_(interval), together_(together) {}
  /// 0: it is counted and may be done now. Else nothing is counted, and it may be after so long.
  milliseconds ask(time_point now);
  /// Takes back what was counted last.
  void take_back() { next_ -= interval_; }

 private:
  milliseconds interval_;
  unsigned together_;
  time_point next_{};  ///< when one would be due that had saved up nothing
};

/// Of one source. From any thread.
class source_limits {
 public:
  explicit source_limits(const source_limit_rules& rules);

  struct admission {
    milliseconds wait{0};  ///< 0: the request may be sent now; else to be asked again after that
    std::shared_ptr<shared_slots::hold> place = {};  ///< to be let go when its answer has ended
  };
  /// A request is to be sent.
  admission ask(time_point now, bool is_login);

 private:
  std::mutex mutex_;
  const std::shared_ptr<shared_slots> places_;
  pace requests_;
  pace logins_;
};

}  // namespace millrace
