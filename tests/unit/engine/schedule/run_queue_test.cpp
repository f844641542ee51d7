// Who begins next: turns of tenants, places for short runs, and what is shared.
#include "engine/schedule/run_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

queued_run run_of(const std::string& tenant, int number, bool lasts = false,
                  std::uint32_t weight = 1) {
  const std::string name = tenant + "_" + std::to_string(number);
  return {name, tenant, weight, lasts, name, "main"};
}

std::vector<std::string> begin_all(run_queue& queue) {
  std::vector<std::string> out;
  while (const auto run = queue.next())
    out.push_back(run->pipeline);
  return out;
}

/// A host in virtual time: each run takes as long as the test says.
struct simulation {
  run_queue queue;
  milliseconds now{0};
  std::multimap<milliseconds, std::string> ends;
  std::map<std::string, milliseconds> asked;
  std::map<std::string, milliseconds> waited;  ///< from being due to the beginning

  explicit simulation(std::size_t at_once) : queue(fair_limits(at_once)) {}

  void add(queued_run run) {
    asked[run.pipeline] = now;
    queue.add(std::move(run));
  }
  /// Begins what can, then goes on to the next end; false: nothing runs any more.
  template <class Length>
  bool step(const Length& length) {
    while (const auto run = queue.next()) {
      waited[run->pipeline] = now - asked.at(run->pipeline);
      ends.emplace(now + length(*run), run->pipeline);
    }
    if (ends.empty()) return false;
    now = ends.begin()->first;
    queue.ended(ends.begin()->second);
    ends.erase(ends.begin());
    return true;
  }
};

TEST_CASE("one tenant never has all places") {
  run_queue queue(fair_limits(4));
  for (int i = 0; i < 10; ++i)
    queue.add(run_of("large", i));
  CHECK(begin_all(queue) == std::vector<std::string>{"large_0", "large_1"});
  queue.add(run_of("small", 0));
  CHECK(begin_all(queue) == std::vector<std::string>{"small_0"});
  queue.ended("large_0");
  CHECK(begin_all(queue) == std::vector<std::string>{"large_2"});
  CHECK(queue.waiting() == 7);
  CHECK(queue.running() == 3);
}

TEST_CASE("runs that last leave places for short ones, also when they turn out to last") {
  run_queue queue(fair_limits(4));
  for (int i = 0; i < 4; ++i)
    queue.add(run_of("loads" + std::to_string(i), 0, true));
  CHECK(begin_all(queue).size() == 3);
  queue.add(run_of("idle", 0));
  CHECK(begin_all(queue) == std::vector<std::string>{"idle_0"});
  queue.turns_out_to_last("idle_0");
  queue.ended("loads0_0");
  queue.add(run_of("other", 0));
  // Three that last are running still: the fourth goes on waiting, a short one does not.
  CHECK(begin_all(queue) == std::vector<std::string>{"other_0"});
  queue.ended("idle_0");
  CHECK(begin_all(queue) == std::vector<std::string>{"loads3_0"});
}

TEST_CASE("a host for one run at a time runs everything") {
  run_queue queue(fair_limits(1));
  queue.add(run_of("a", 0, true));
  queue.add(run_of("b", 0));
  CHECK(begin_all(queue) == std::vector<std::string>{"a_0"});
  queue.ended("a_0");
  CHECK(begin_all(queue) == std::vector<std::string>{"b_0"});
}

TEST_CASE("tenants take turns by their weights") {
  run_queue queue(fair_limits(2));
  for (int i = 0; i < 400; ++i) {
    queue.add(run_of("heavy", i, false, 3));
    queue.add(run_of("light", i));
  }
  std::map<std::string, int> begun;
  for (int i = 0; i < 400; ++i) {
    const auto run = queue.next();
    REQUIRE(run);
    ++begun[run->tenant];
    queue.ended(run->pipeline);
  }
  CHECK(begun["heavy"] == 300);
  CHECK(begun["light"] == 100);
}

TEST_CASE("who was away has no claim to the turns of that time") {
  run_queue queue(fair_limits(1));
  for (int i = 0; i < 100; ++i)
    queue.add(run_of("always", i));
  for (int i = 0; i < 50; ++i)
    queue.ended(queue.next()->pipeline);
  for (int i = 0; i < 50; ++i)
    queue.add(run_of("late", i));
  int late = 0;
  for (int i = 0; i < 20; ++i) {
    const auto run = queue.next();
    late += run->tenant == "late" ? 1 : 0;
    queue.ended(run->pipeline);
  }
  CHECK(late == 10);
}

TEST_CASE("one run of a source at a time, and so many of a warehouse") {
  run_queue queue(fair_limits(8));
  queue.bound_warehouses({{"small", {2, 0}}});
  queue.add({"a1", "a", 1, false, "org_a", "small"});
  queue.add({"a2", "a", 1, false, "org_a", "big"});
  queue.add({"b", "b", 1, false, "org_b", "small"});
  queue.add({"c", "c", 1, false, "org_c", "small"});
  queue.add({"d", "d", 1, false, "org_d", "big"});
  const auto begun = begin_all(queue);
  CHECK(std::set<std::string>(begun.begin(), begun.end()) == std::set<std::string>{"a1", "b", "d"});
  queue.ended("a1");
  const auto more = begin_all(queue);
  CHECK(std::set<std::string>(more.begin(), more.end()) == std::set<std::string>{"a2", "c"});
  // Another configuration has no bound any more.
  queue.add({"e", "e", 1, false, "org_e", "small"});
  CHECK(begin_all(queue).empty());
  queue.bound_warehouses({});
  CHECK(begin_all(queue) == std::vector<std::string>{"e"});
}

TEST_CASE("connections to a warehouse: a run begins with one, takes what is left, gives all back") {
  run_queue queue(fair_limits(8));
  queue.bound_warehouses({{"main", {0, 3}}});
  for (const char* name : {"a", "b", "c", "d"})
    queue.add({name, name, 1, false, name, "main"});
  queue.add({"e", "e", 1, false, "e", "other"});
  REQUIRE(queue.next()->pipeline == "a");
  auto second = queue.connections_of("main")->try_take();  // of the run of a
  REQUIRE(second);
  REQUIRE(queue.next()->pipeline == "b");
  // None is left for a third run nor for another connection of the first two.
  CHECK(queue.connections_of("main")->try_take() == nullptr);
  CHECK(begin_all(queue) == std::vector<std::string>{"e"});
  second.reset();
  CHECK(begin_all(queue) == std::vector<std::string>{"c"});
  queue.ended("b");
  CHECK(begin_all(queue) == std::vector<std::string>{"d"});
  // Another configuration: what is taken stays taken.
  queue.bound_warehouses({{"main", {0, 4}}});
  CHECK(queue.connections_of("main")->try_take() != nullptr);
  queue.bound_warehouses({{"main", {0, 1}}});
  queue.ended("a");
  queue.add({"f", "f", 1, false, "f", "main"});
  CHECK(begin_all(queue).empty());
}

TEST_CASE("I6: what is held waits, and nobody else waits for it") {
  run_queue queue(fair_limits(8));
  queue.hold_warehouse("down");
  queue.hold_source("refusing");
  queue.add({"a", "a", 1, false, "org_a", "down"});
  queue.add({"b", "b", 1, false, "refusing", "main"});
  queue.add({"c", "c", 1, false, "org_c", "main"});
  CHECK(begin_all(queue) == std::vector<std::string>{"c"});
  CHECK(queue.withdraw("b"));
  CHECK_FALSE(queue.withdraw("b"));
  queue.let_go_warehouse("down");
  queue.let_go_source("refusing");
  CHECK(begin_all(queue) == std::vector<std::string>{"a"});
  CHECK(queue.waiting() == 0);
}

TEST_CASE("a probe of a warehouse is one run, until it is let go") {
  run_queue queue(fair_limits(8));
  queue.probe_warehouse("main");
  for (const char* name : {"a", "b", "c"})
    queue.add({name, name, 1, false, name, "main"});
  CHECK(begin_all(queue) == std::vector<std::string>{"a"});
  queue.ended("a");
  queue.let_go_warehouse("main");
  CHECK(begin_all(queue) == std::vector<std::string>{"b", "c"});
}

// The bound that docs/operations.md states: a short run of a tenant that has one pipeline waits no
// longer than all short runs that were due before it take, shared among the places that runs which
// last may not have.
TEST_CASE("ten million rows to load do not delay another tenant's idle cycle") {
  constexpr std::size_t at_once = 4;
  constexpr int idle = 200;
  simulation host(at_once);
  for (int i = 0; i < 50; ++i)
    host.add(run_of("large", i, true));
  for (int i = 0; i < 10; ++i)
    host.add(run_of("large" + std::to_string(i), 0, true));
  const auto length = [](const queued_run& run) -> milliseconds {
    return run.lasts ? milliseconds{5h} : milliseconds{2s};
  };
  for (int i = 0; i < idle; ++i)
    host.add(run_of("idle" + std::to_string(i), 0));
  int ended = 0;
  while (ended < idle && host.step(length))
    ++ended;
  constexpr std::size_t places = at_once - fair_limits(at_once).that_last;
  for (int i = 0; i < idle; ++i)
    CHECK(host.waited.at("idle" + std::to_string(i) + "_0") <= 2s * (idle / places));
}

}  // namespace
}  // namespace millrace
