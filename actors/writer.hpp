// WRITER: owns one connection to one warehouse schema. Everything it does blocks, so that it is
// spawned with a thread of its own (here, not inside). In: open and prepare from the pipeline,
// batches from transformers, by way of its watch. Out: one reply per message; for a batch it is the
// receipt. After a batch of a collection failed, later ones of it are refused until the table is
// prepared again: a checkpoint must never pass rows that were not committed (I1, I4). What throws
// fails alone, and the next order connects anew. Stopped by its watch.
#pragma once

#include "actors/protocol.hpp"
#include "engine/schedule/retry.hpp"
#include "engine/schedule/writer_threads.hpp"

#include <functional>

namespace millrace {

struct writer_config {
  std::shared_ptr<writer_thread> thread;  ///< shows that it lives; last to go
  /// Connects; called in the writer's thread. What it gives shows by the thread that it goes on.
  std::function<result<std::unique_ptr<warehouse>>(const std::shared_ptr<writer_thread>&)> connect;
  std::function<time_point()> now;
  std::function<double()> chance;           ///< in [0, 1), for jitter
  std::function<void(milliseconds)> pause;  ///< waits; blocks the writer's thread
  retry_policy retries{5, milliseconds{100}, milliseconds{2'000}, milliseconds{30'000}};
};

writer_actor spawn_writer(caf::actor_system& system, writer_config config);
/// Without a thread of its own, for tests under virtual time.
writer_actor spawn_writer_on_workers(caf::actor_system& system, writer_config config);

}  // namespace millrace
