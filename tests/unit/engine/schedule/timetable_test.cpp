// What is due when, over days of time that nobody waits for.
#include "engine/schedule/timetable.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const time_point monday = *parse_timestamp("2026-11-30T00:00:00Z");
const cadence hourly{1h, {}};

std::vector<std::string> names_of(const std::vector<due_run>& runs) {
  std::vector<std::string> out;
  out.reserve(runs.size());
  for (const due_run& r : runs)
    out.push_back(r.pipeline);
  return out;
}

TEST_CASE("a pipeline that never ran is due at once, and then at its ticks") {
  timetable t;
  t.put("acme", hourly, {}, monday);
  CHECK(t.next() == monday);
  CHECK(names_of(t.take_due(monday)) == std::vector<std::string>{"acme"});
  CHECK(t.take_due(monday + 100h).empty());  // never two runs at once
  t.ended("acme", monday, monday + 5min);
  const auto tick = next_tick(hourly, "acme", monday + 5min);
  CHECK(t.next() == tick);
  CHECK(t.take_due(*tick - 1ms).empty());
  const auto due = t.take_due(*tick);
  REQUIRE(due.size() == 1);
  CHECK(t.skipped("acme", *tick) == 0);
}

TEST_CASE("a run that is late does not stack: what it missed is told, once") {
  timetable t;
  t.put("acme", hourly, {}, monday);
  t.take_due(monday);
  t.ended("acme", monday, monday + 5h);
  const auto tick = *next_tick(hourly, "acme", monday + 5h);
  CHECK(t.next() == tick);
  const auto due = t.take_due(tick);
  REQUIRE(due.size() == 1);
  CHECK(t.skipped("acme", tick) == 5);
  CHECK(t.skipped("acme", tick + 2h) == 7);  // when it has to wait for its turn as well
  t.ended("acme", tick, tick + 1min);
  const auto next = t.take_due(tick + 1h);
  REQUIRE(next.size() == 1);
  CHECK(t.skipped("acme", tick + 1h) == 0);
}

TEST_CASE("a host that was down catches up with one run for each pipeline") {
  timetable t;
  t.put("late", hourly, monday - 30h, monday);
  t.put("in_time", {240h, {}}, *next_tick({240h, {}}, "in_time", monday) - 240h, monday);
  const auto due = t.take_due(monday);
  REQUIRE(names_of(due) == std::vector<std::string>{"late"});
  CHECK(t.skipped("late", monday) == 29);
  CHECK(t.take_due(monday + 1h).empty());
}

TEST_CASE("I18: a run that did not come to its end is due again at once") {
  timetable t;
  t.put("acme", hourly, monday, monday + 10s);
  const time_point tick = *t.next();
  REQUIRE(names_of(t.take_due(tick)) == std::vector<std::string>{"acme"});
  // The process is killed: what it kept is the run before.
  timetable again;
  again.put("acme", hourly, monday, tick + 1min);
  CHECK(names_of(again.take_due(tick + 1min)) == std::vector<std::string>{"acme"});
}

TEST_CASE("a failed run may be tried again before the next tick, never after it") {
  timetable t;
  t.put("acme", hourly, {}, monday);
  t.take_due(monday);
  const auto tick = *next_tick(hourly, "acme", monday + 1s);
  t.ended("acme", monday, monday + 1s, monday + 2s);
  CHECK(t.next() == monday + 2s);
  t.take_due(monday + 2s);
  t.ended("acme", monday + 2s, monday + 3s, monday + 500h);
  CHECK(t.next() == tick);
}

TEST_CASE("a run that never began has served nothing") {
  timetable t;
  t.put("acme", hourly, monday, monday);
  const time_point tick = *t.next();
  t.take_due(tick);
  t.ended("acme", {}, tick + 1s);
  CHECK(t.next() == tick);
  t.take_due(tick + 1s);
  t.ended("acme", {}, tick + 1s, tick + 90s);
  CHECK(t.next() == tick + 90s);
}

TEST_CASE("paused pipelines wait; what is asked for runs all the same") {
  timetable t;
  t.put("acme", hourly, {}, monday);
  t.pause("acme");
  CHECK(t.is_paused("acme"));
  CHECK(t.take_due(monday + 100h).empty());
  CHECK(t.ask_for("acme", monday + 1h));
  auto due = t.take_due(monday + 1h);
  REQUIRE(due.size() == 1);
  CHECK(due[0].asked_for);
  CHECK_FALSE(t.ask_for("acme", monday + 1h));  // it is under way
  t.ended("acme", monday + 1h, monday + 2h);
  CHECK(t.take_due(monday + 100h).empty());
  t.resume("acme", monday + 100h);
  due = t.take_due(monday + 100h);
  REQUIRE(due.size() == 1);
  CHECK(t.skipped("acme", monday + 100h) == 98);
  CHECK_FALSE(due[0].asked_for);
  CHECK_FALSE(t.ask_for("nobody", monday));
}

TEST_CASE("another configuration disturbs nothing that it does not change") {
  timetable t;
  for (const char* name : {"same", "slower", "gone", "running"})
    t.put(name, hourly, monday - 10min, monday);
  const time_point before = *t.next_of("same");
  REQUIRE(t.ask_for("running", monday));
  t.take_due(monday);
  t.put("same", hourly, {}, monday + 1min);
  t.put("slower", {5h, {}}, {}, monday + 1min);
  t.put("running", {5h, {}}, {}, monday + 1min);
  t.remove("gone");
  CHECK(t.next_of("same") == before);
  CHECK(t.next_of("slower") == next_tick({5h, {}}, "slower", monday - 10min));
  CHECK_FALSE(t.next_of("gone"));
  CHECK_FALSE(t.next_of("running"));
  t.ended("gone", monday, monday + 1min);
  t.ended("running", monday, monday + 2min);
  CHECK(t.next_of("running") == next_tick({5h, {}}, "running", monday + 2min));
  CHECK_FALSE(t.knows("gone"));
}

TEST_CASE("ten thousand pipelines run once in each interval, a week long") {
  timetable t;
  constexpr int pipelines = 10'000;
  const cadence daily{24h, {}};
  for (int i = 0; i < pipelines; ++i)
    t.put("p" + std::to_string(i), daily, monday, monday);
  std::map<std::string, int> runs;
  for (auto now = t.next(); now && *now <= monday + 7 * 24h; now = t.next()) {
    for (const due_run& run : t.take_due(*now)) {
      CHECK(t.skipped(run.pipeline, *now) == 0);
      ++runs[run.pipeline];
      t.ended(run.pipeline, *now, *now + 1s);
    }
  }
  CHECK(runs.size() == pipelines);
  for (const auto& [name, times] : runs)
    CHECK(times == 7);
}

}  // namespace
}  // namespace millrace
