// Waits for the real end of every thread of the actor system.
//
// The system lets go of a detached actor's thread when its work is done: before the thread has
// run the destructors of its thread-specific data. Libraries of drivers have such; OpenSSL's, run
// beside the exit handlers of the process, free twice or leak.
#pragma once

#include <caf/all.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace {

/// Belongs to the system's configuration, which outlives the system.
class thread_ends final : public caf::thread_hook {
 public:
  thread_ends();
  thread_ends(const thread_ends&) = delete;
  thread_ends& operator=(const thread_ends&) = delete;
  /// Returns when no thread that said its end runs any code any more.
  ~thread_ends() override;

  void init(caf::actor_system&) override {}
  void thread_started() override {}
  void thread_terminates() override;

  /// Threads that are still waited for, as far as the last one of them knew.
  [[nodiscard]] std::size_t count();

 private:
  class sign_of_life;
  std::mutex mutex_;
  std::vector<std::unique_ptr<sign_of_life>> ending_;
};

}  // namespace millrace
