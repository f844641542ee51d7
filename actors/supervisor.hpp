// SUPERVISOR: starts pipelines when they are due, shares the places of the host among them, passes
// what they tell on to a watcher, and drains them. Owns the pipelines and sees their deaths: a
// crash becomes that pipeline's summary. What a run taught (its beginning, whether it failed) is
// kept, and whatever it met at a source or a warehouse is believed for all pipelines that use it.
// Ends when it was drained; one that runs everything once, when the last run has ended.
#pragma once

#include "actors/protocol.hpp"
#include "engine/schedule/breaker.hpp"
#include "engine/schedule/run_queue.hpp"
#include "engine/schedule/run_verdict.hpp"

#include <functional>

namespace millrace {

struct supervisor_config {
  host_plan plan;
  queue_limits queue;
  bool once = false;  ///< everything is due now, once
  rerun_policy reruns;
  breaker_policy breakers;
  std::function<time_point()> now;
  std::function<double()> chance;  ///< in [0, 1)
  /// Makes the pipeline's actor; it is monitored, told to go, and expected to tell a summary.
  std::function<pipeline_actor(run_request, run_watcher_actor)> spawn;
};

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                  watcher_actor watcher);

}  // namespace millrace
