// What those who wait for a writer's thread can see of it.
#include "engine/schedule/writer_threads.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

TEST_CASE("a thread that was given up is told so, and counts until its end") {
  const auto all = std::make_shared<writer_threads>();
  auto thread = std::make_shared<writer_thread>(all, "main");
  const auto other = std::make_shared<writer_thread>(all, "other");
  CHECK(thread->goes_on("merging into leads"));
  CHECK(thread->doing() == "merging into leads");
  thread->give_up();
  thread->give_up();  // once is enough
  CHECK(thread->given_up());
  CHECK_FALSE(thread->goes_on("committing"));
  CHECK_FALSE(thread->goes_on());
  CHECK(other->goes_on());
  CHECK(all->stuck("main") == 1);
  CHECK(all->stuck("other") == 0);
  CHECK(all->stuck() == 1);
  thread.reset();
  CHECK(all->stuck() == 0);
}

TEST_CASE("each call and each part of one is a sign of life") {
  writer_thread thread(std::make_shared<writer_threads>(), "main");
  const auto before = thread.signs_of_life();
  thread.goes_on("reading keys");
  const auto between = thread.signs_of_life();
  CHECK(between != before);
  thread.goes_on();
  CHECK(thread.signs_of_life() != between);
  CHECK(thread.doing() == "reading keys");
}

TEST_CASE("a silence is longer than a statement may take, and bounded") {
  for (const milliseconds statement : {milliseconds{1s}, milliseconds{15min}, milliseconds{24h}}) {
    CHECK(silence_longest(statement) >= statement + 20s);
    CHECK(silence_longest(statement) <= statement + 90s);
  }
}

}  // namespace
