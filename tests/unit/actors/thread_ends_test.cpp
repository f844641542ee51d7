// Threads are gone, with all that libraries keep for them, when the host is.
#include "actors/thread_ends.hpp"

#include "actors/host.hpp"

#include <doctest/doctest.h>

#include "scripted_source.hpp"
#include <atomic>
#include <memory>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace millrace;

constexpr int threads = 8;
std::atomic<int> ended{0};

/// What a library in C keeps for each thread, and has work to let go of: whoever does not wait for
/// that is sure to be earlier.
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
      for (volatile int work = 0; work < 100'000'000;)
        work = work + 1;
      ++ended;
    }
  }

  static inline pthread_key_t key{};
  static inline char first_call = 0;
  static inline char second_call = 0;
};

TEST_CASE("threads that loaded have run their last destructors when the host is gone") {
  library driver;
  ended = 0;
  {
    auto home = host::open({});
    REQUIRE(home);
    run_request run;
    run.source = std::make_shared<const scripted::source>(
        std::vector<std::pair<std::string, std::size_t>>{});
    run.connect = [&driver](std::size_t, const auto&) -> result<std::unique_ptr<warehouse>> {
      driver.use();
      return failure(errc::warehouse_refused, "closed");
    };
    host_plan plan;
    for (int i = 0; i < threads; ++i) {
      supervised_pipeline p;
      p.name = p.source = "p" + std::to_string(i);
      p.make = [run]() -> result<run_request> { return run; };
      plan.pipelines.push_back(std::move(p));
    }
    (*home)->run(std::move(plan), {});
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
