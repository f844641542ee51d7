// Threads of detached actors are gone, with all that belongs to them, when the host is.
#include "actors/thread_ends.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <pthread.h>
#include <thread>

namespace {

using namespace millrace;

constexpr int threads = 8;
std::atomic<int> ended{0};

/// What a library in C keeps for each thread, and takes its time to let go of.
class library {
 public:
  library() { pthread_key_create(&key, leave); }
  void use() { pthread_setspecific(key, &first_call); }

 private:
  static void leave(void* call) {
    // Destructors are called in rounds: this one comes again after those of all others.
    if (call == &first_call) {
      pthread_setspecific(key, &second_call);
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds{30});
      ++ended;
    }
  }

  static inline pthread_key_t key{};
  static inline char first_call = 0;
  static inline char second_call = 0;
};

TEST_CASE("a detached actor's thread has run its last destructor when the host goes on") {
  library some;
  ended = 0;
  {
    caf::actor_system_config config;
    config.add_thread_hook<thread_ends>();
    {
      caf::actor_system system{config};
      for (int i = 0; i < threads; ++i)
        system.spawn<caf::detached>([&some](caf::event_based_actor*) { some.use(); });
    }
  }
  CHECK(ended == threads);
}

TEST_CASE("I12: threads that are gone are forgotten while the process goes on") {
  thread_ends ends;
  for (int i = 0; i < threads; ++i)
    std::thread([&ends] { ends.thread_terminates(); }).join();
  CHECK(ends.count() == 1);
}

}  // namespace
