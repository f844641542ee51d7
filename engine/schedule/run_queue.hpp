// Which of the runs that are due begins next. Tenants take turns, each by its weight; one tenant
// never has all places, and runs that last never do: those that are short find a place however much
// others have to load.
#pragma once

#include "engine/schedule/shared_slots.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

struct queue_limits {
  std::size_t at_once = 4;
  std::size_t of_tenant = 4;  ///< of those, that one tenant may have
  std::size_t that_last = 4;  ///< of those, that runs may have which last
};
/// Among runs that come again and again: a tenant has half of the places at most, runs that last
/// three quarters, and each one at least.
constexpr queue_limits fair_limits(std::size_t at_once) {
  return {at_once, (at_once + 1) / 2, at_once < 2 ? at_once : at_once * 3 / 4};
}

/// Bounds on what loads one warehouse. 0: none.
struct warehouse_bounds {
  std::size_t runs = 0;         ///< at once
  std::size_t connections = 0;  ///< of all runs together
};

/// A run that waits for its turn.
struct queued_run {
  std::string pipeline;
  std::string tenant;
  std::uint32_t weight = 1;  ///< of the tenant: so many turns while one of weight 1 has one
  bool lasts = false;        ///< expected to take long, or nothing is known of it
  std::string source;        ///< one run of a source at a time
  std::string warehouse;
  std::shared_ptr<shared_slots::hold> connection = {};  ///< the run's first; given with its turn
};

/// By one thread. What waits begins in the order of `add` within a tenant, unless the first has to
/// wait for a place that another can do without.
class run_queue {
 public:
  explicit run_queue(queue_limits limits) : limits_(limits) {}

  /// What may load each of these warehouses; the others have no bounds of their own.
  void bound_warehouses(const std::map<std::string, warehouse_bounds>& bounds);
  /// Of a run that begins: where it takes more connections to the warehouse than its first.
  [[nodiscard]] std::shared_ptr<shared_slots> connections_of(const std::string& warehouse) {
    return warehouses_[warehouse].connections;
  }
  /// No run of it begins until it is let go; others do not wait for it. Of one that is probed, one
  /// at a time.
  void hold_source(const std::string& source) { sources_[source].use = usable::not_now; }
  void hold_warehouse(const std::string& warehouse) {
    warehouses_[warehouse].use = usable::not_now;
  }
  void probe_warehouse(const std::string& warehouse) {
    warehouses_[warehouse].use = usable::by_one;
  }
  void let_go_source(const std::string& source) { sources_[source].use = usable::by_all; }
  void let_go_warehouse(const std::string& warehouse) {
    warehouses_[warehouse].use = usable::by_all;
  }

  void add(queued_run run);
  /// It waits no more; whether it did.
  bool withdraw(const std::string& pipeline);
  /// The run that begins now; none: all wait for a place.
  std::optional<queued_run> next();
  /// A run that was said to be short goes on and on: it counts as one that lasts.
  void turns_out_to_last(const std::string& pipeline);
  void ended(const std::string& pipeline);

  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  struct tenant_state {
    std::deque<queued_run> waiting;
    std::size_t running = 0;
    double passed = 0;  ///< turns by weight: who has had the fewest is next
  };
  enum class usable : std::uint8_t { by_all, by_one, not_now };
  struct bounded {
    std::size_t running = 0;
    std::size_t bound = 0;  ///< 0: none
    std::shared_ptr<shared_slots> connections = std::make_shared<shared_slots>(0);
    usable use = usable::by_all;
    [[nodiscard]] bool has_place() const {
      if (!connections->any_free()) return false;
      if (use != usable::by_all) return use == usable::by_one && running == 0;
      return bound == 0 || running < bound;
    }
  };
  [[nodiscard]] bool may_begin(const queued_run& run) const;
  [[nodiscard]] static const bounded& of(const std::map<std::string, bounded>& all,
                                         const std::string& name);

  queue_limits limits_;
  std::map<std::string, tenant_state> tenants_;
  std::map<std::string, bounded> sources_;
  std::map<std::string, bounded> warehouses_;
  std::map<std::string, queued_run> running_;
  std::size_t waiting_ = 0;
  std::size_t lasting_ = 0;
  double reached_ = 0;  ///< `passed` of the tenant whose turn was last
};

}  // namespace millrace
