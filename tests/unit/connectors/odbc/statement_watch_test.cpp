// Statements that run for too long.
#include "connectors/odbc/statement_watch.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

namespace {

using namespace millrace::odbc;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST_CASE("a statement is cancelled when its time is over, and one that ends in time is not") {
  statement_watch watch;
  std::promise<void> cancelled;
  statement_watch::entry slow(&watch, milliseconds(1), [&] { cancelled.set_value(); });
  statement_watch::entry quick(&watch, hours(1), [] { FAIL("cancelled in time"); });
  cancelled.get_future().wait();
  CHECK(slow.end());
  CHECK_FALSE(quick.end());
}

TEST_CASE("I6: a server that does not even take a cancel holds up no other one's") {
  statement_watch watch;
  std::promise<void> asked;
  std::promise<void> answers;
  std::promise<void> other_cancelled;
  statement_watch::entry silent(&watch, milliseconds(1), [&] {
    asked.set_value();
    answers.get_future().wait();
  });
  asked.get_future().wait();
  statement_watch::entry other(&watch, milliseconds(1), [&] { other_cancelled.set_value(); });
  other_cancelled.get_future().wait();
  CHECK(other.end());
  answers.set_value();
  CHECK(silent.end());
}

std::atomic<int> threads_gone{0};

/// What a library keeps for a thread, and has work to let go of at its end: whoever does not wait
/// for that is sure to be earlier.
struct kept_for_a_thread {
  bool used = false;
  ~kept_for_a_thread() {
    for (volatile int work = 0; work < 1'000'000;)
      work = work + 1;
    threads_gone += used ? 1 : 0;
  }
};

TEST_CASE("threads that cancelled are gone with all that was kept for them when a statement ends") {
  constexpr int statements = 10;
  statement_watch watch;
  for (int i = 0; i < statements; ++i) {
    std::promise<void> cancelled;
    statement_watch::entry slow(&watch, milliseconds(0), [&] {
      static thread_local kept_for_a_thread kept;
      kept.used = true;
      cancelled.set_value();
    });
    cancelled.get_future().wait();
    CHECK(slow.end());
    CHECK(threads_gone == i + 1);
  }
}

TEST_CASE("without a watch a statement may run for ever") {
  statement_watch::entry free(nullptr, milliseconds(0), [] { FAIL("cancelled"); });
  CHECK_FALSE(free.end());
}

}  // namespace
