// WATCHER: hands what runs tell to plain functions, one at a time. Owns nothing; stopped by whoever
// spawned it, after the supervisor has ended.
#pragma once

#include "actors/protocol.hpp"

#include <functional>

namespace millrace {

/// Called on a worker thread, never two at once.
struct watcher_config {
  std::function<void(const run_snapshot&)> on_snapshot;
  std::function<void(const run_plan&)> on_plan;
  std::function<void(const run_summary&)> on_summary;
  std::function<void(const pipeline_standing&)> on_standing;
};

watcher_actor spawn_watcher(caf::actor_system& system, watcher_config config);

}  // namespace millrace
