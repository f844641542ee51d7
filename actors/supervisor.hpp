// SUPERVISOR: starts the pipelines it is given, bounds how many run at once, passes what they tell
// on to a watcher, and drains them. Owns the pipelines and sees their deaths: a crash becomes that
// pipeline's summary. Ends when the last one has ended.
#pragma once

#include "actors/pipeline.hpp"
#include "actors/protocol.hpp"

#include <vector>

namespace millrace {

struct supervisor_config {
  std::vector<pipeline_run> runs;
  std::size_t runs_at_once = 4;
};

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                  http_actor http, pool_actor pool, watcher_actor watcher);

}  // namespace millrace
