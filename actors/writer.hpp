// WRITER: owns one connection to one warehouse schema. Everything it does blocks, so that it is
// spawned with a thread of its own (here, not inside). In: open and prepare from the pipeline,
// batches from transformers. Out: one reply per message; for a batch it is the receipt. After a
// batch of a collection failed, later ones of it are refused until the table is prepared again: a
// checkpoint must never pass rows that were not committed (I1, I4). Stopped by its pipeline.
#pragma once

#include "actors/protocol.hpp"
#include "engine/schedule/retry.hpp"

#include <functional>

namespace millrace {

struct writer_config {
  /// Connects; called in the writer's thread.
  std::function<result<std::unique_ptr<warehouse>>()> connect;
  std::function<time_point()> now;
  std::function<double()> chance;           ///< in [0, 1), for jitter
  std::function<void(milliseconds)> pause;  ///< waits; blocks the writer's thread
  retry_policy retries{5, milliseconds{100}, milliseconds{2'000}, milliseconds{30'000}};
};

/// `detached` false: on the shared workers, for tests under virtual time.
writer_actor spawn_writer(caf::actor_system& system, writer_config config, bool detached = true);

}  // namespace millrace
