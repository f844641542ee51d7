// Statements that run for too long.
#include "connectors/odbc/statement_watch.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("without a watch a statement may run for ever") {
  statement_watch::entry free(nullptr, milliseconds(0), [] { FAIL("cancelled"); });
  CHECK_FALSE(free.end());
}

}  // namespace
