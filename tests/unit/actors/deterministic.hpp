// An actor system under virtual time: nothing runs and no timer fires until the test says so.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <utility>

namespace millrace {

class deterministic {
 public:
  deterministic() = default;
  deterministic(const deterministic&) = delete;
  deterministic& operator=(const deterministic&) = delete;
  /// A timer that waits would keep the system from ending.
  ~deterministic() {
    settle();
    coordinator_.clock().cancel_all();
  }

  caf::actor_system& system() { return system_; }
  caf::scoped_actor& self() { return self_; }
  caf::actor_clock::time_point clock() { return coordinator_.clock().now(); }

  /// Runs until nobody has anything to do.
  void settle() {
    while (coordinator_.try_run_once()) {
    }
  }
  /// Lets time pass, with everything that falls due.
  void advance(caf::timespan d) {
    coordinator_.advance_time(d);
    settle();
  }
  template <class Handle>
  void end(const Handle& who) {
    self_->send_exit(who, caf::exit_reason::user_shutdown);
    settle();
  }

 private:
  static caf::actor_system_config& under_test(caf::actor_system_config& config) {
    config.set("scheduler.policy", caf::atom("testing"));
    config.set("logger.inline-output", true);
    return config;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{under_test(config_)};
  caf::scheduler::test_coordinator& coordinator_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  caf::scoped_actor self_{system_, true};
};

}  // namespace millrace
