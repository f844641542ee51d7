// WRITER WATCH: stands between one writer and all who order from it, and bounds how long they wait.
// Never blocks itself. In: the writer's orders, which it passes on; out: its answers. A writer
// whose thread shows no sign of life for too long is given up: all who wait are answered with an
// error that names what was waited for, the watch ends with the same, and the thread is left to
// itself, counted until its call returns. Nobody connects to a warehouse that has too many of
// those. Stopped by its pipeline; it ends when its writer has.
#pragma once

#include "actors/protocol.hpp"
#include "actors/writer.hpp"
#include "engine/schedule/writer_threads.hpp"

#include <functional>
#include <memory>
#include <string>

namespace millrace {

struct writer_watch_config {
  std::string warehouse;
  std::shared_ptr<writer_threads> threads;  ///< of the process
  milliseconds silence_longest{0};          ///< of a thread that has something to do
  writer_config writer;                     ///< without `thread`, which is made here
  std::function<writer_actor(caf::actor_system&, writer_config)> spawn = spawn_writer;
};

writer_watch_actor spawn_writer_watch(caf::actor_system& system, writer_watch_config config);

}  // namespace millrace
