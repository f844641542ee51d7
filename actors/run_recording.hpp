// The last thing that a run does: what it came to is kept in the warehouse. Part of the pipeline's
// state: it runs in that actor.
#pragma once

#include "actors/protocol.hpp"

#include <functional>
#include <vector>

namespace millrace {

/// Has the writer keep the concluded summary. A record that cannot be kept is told as a notice of
/// it, and changes nothing else: the rows are committed. `checkpoints`: as they were when the run
/// began. `summary` stays until `then` is called, once.
void record_run(pipeline_actor::pointer self, const writer_actor& writer,
                const run_request& request, const std::vector<checkpoint>& checkpoints,
                run_summary& summary, const std::function<void()>& then);

}  // namespace millrace
