// I13: what is worth most is read first, and what a budget did not reach is told.
#include "actors/reading_order.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

constexpr time_point moment{milliseconds{1'700'000'000'000}};

struct some_tasks {
  void add(const std::string& name, std::optional<time_point> committed_at,
           std::uint32_t priority = priority_usual) {
    collection_task& task = tasks.emplace_back();
    task.what.name = name;
    task.what.priority = priority;
    if (!committed_at) return;
    checkpoint c;
    c.collection = name;
    c.committed_at = *committed_at;
    checkpoints.push_back(c);
    c.collection = name + "/census";
    c.committed_at = moment - 24h * 30;
    checkpoints.push_back(c);
  }
  [[nodiscard]] strings order() const {
    strings names;
    for (const std::size_t place : reading_order(tasks, checkpoints))
      names.push_back(tasks[place].what.name);
    return names;
  }

  std::vector<collection_task> tasks;
  std::vector<checkpoint> checkpoints;
};

TEST_CASE("I13 a higher priority goes first, then what was committed longest ago or never") {
  some_tasks some;
  some.add("large_and_fresh", moment);
  some.add("fresh", moment);
  some.add("stale", moment - 3h);
  some.add("staler", moment - 6h);
  some.add("new", {});
  some.add("dear", moment, 90);
  some.add("dear_and_stale", moment - 1h, 90);
  some.add("cheap_and_new", {}, 10);
  CHECK(some.order() == strings{"dear_and_stale", "dear", "new", "staler", "stale",
                                "large_and_fresh", "fresh", "cheap_and_new"});
}

collection_outcome outcome_of(std::string name, outcome_kind kind, const char* budget = nullptr) {
  collection_outcome c;
  c.collection = std::move(name);
  c.kind = kind;
  if (kind != outcome_kind::throttled) return c;
  c.why = error{errc::request_limit, "spent", "wait", retry::never, {}, {}};
  if (budget != nullptr) c.why->with("budget", budget);
  return c;
}

TEST_CASE("I13 a throttled run says what waits and when it goes on") {
  run_summary s;
  s.started = moment;
  s.ended = moment + 5min;
  s.collections = {outcome_of("accounts", outcome_kind::success),
                   outcome_of("leads", outcome_kind::throttled, "run"),
                   outcome_of("tasks", outcome_kind::throttled, "run")};
  run_summary of_the_run = s;
  tell_what_waits(of_the_run, 3h);
  CHECK(of_the_run.waiting == strings{"leads", "tasks"});
  CHECK(of_the_run.continues == moment + 3h);
  CHECK(of_the_run.continues_with_next_run);
  // The day's budget, or the org's own limit, for one of them: the next run may be too early.
  for (const char* budget : {"day", static_cast<const char*>(nullptr)}) {
    run_summary of_the_day = s;
    of_the_day.collections.push_back(outcome_of("cases", outcome_kind::throttled, budget));
    tell_what_waits(of_the_day, 3h);
    CHECK(of_the_day.waiting == strings{"leads", "tasks", "cases"});
    CHECK(of_the_day.continues == moment + 5min + 24h);
    CHECK(!of_the_day.continues_with_next_run);
  }
  // The catalog was not reached.
  run_summary early;
  early.started = moment;
  early.why = error{errc::request_limit, "spent", "wait", retry::never, {}, {{"budget", "run"}}};
  tell_what_waits(early, 1h);
  CHECK(early.continues == moment + 1h);
  run_summary good;
  good.collections = {outcome_of("accounts", outcome_kind::success),
                      outcome_of("leads", outcome_kind::failure)};
  tell_what_waits(good, 1h);
  CHECK(!good.continues);
}

}  // namespace
