// Which readings begin together, and what the plan tells of them.
#include "actors/first_pages.hpp"

#include <doctest/doctest.h>

#include "scripted_source.hpp"
#include <numeric>

namespace {

using namespace millrace;

collection_task task_of(std::string name, std::optional<std::uint64_t> records_before,
                        bool was_complete = true) {
  collection_task task;
  task.what.name = std::move(name);
  task.was_complete = was_complete;
  task.records_before = records_before;
  return task;
}

std::vector<collection_task> tasks_of(std::size_t count) {
  std::vector<collection_task> tasks;
  for (std::size_t i = 0; i < count; ++i)
    tasks.push_back(task_of("c" + std::to_string(i), 0));
  return tasks;
}

using places = std::vector<std::size_t>;

/// In the order in which they stand.
first_pages_plan plan_of(const std::vector<collection_task>& tasks, const connector& source,
                         bundle_counting counting = bundle_counting::once) {
  places order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return plan_first_pages(tasks, order, source, counting);
}

TEST_CASE("I13 readings that had few records the last time begin five together") {
  const scripted::source source({});
  std::vector<collection_task> tasks;
  tasks.push_back(task_of("large", 201));
  tasks.push_back(task_of("small", 200));
  tasks.push_back(task_of("new", {}));
  tasks.push_back(task_of("begun", 10, false));
  tasks.push_back(task_of("failed", 0));
  tasks.back().outcome = collection_outcome{};
  tasks.push_back(task_of("empty", 0));
  const first_pages_plan plan = plan_of(tasks, source);
  CHECK(plan.tasks == places{1, 5});
  CHECK(plan_first_pages(tasks, {5, 4, 3, 2, 1, 0}, source, bundle_counting::once).tasks ==
        places{5, 1});
  CHECK(plan.requests.bundles == 1);
  CHECK(plan.requests.bundled == 2);
}

TEST_CASE("one that would be alone in its request is asked for where it belongs") {
  const scripted::source source({});
  struct sample {
    std::size_t count, together;
    std::uint64_t bundles;
  };
  for (const sample& s : {sample{1, 0, 0}, sample{2, 2, 1}, sample{5, 5, 1}, sample{6, 5, 1},
                          sample{7, 7, 2}, sample{47, 47, 10}}) {
    CAPTURE(s.count);
    const auto plan = plan_of(tasks_of(s.count), source);
    CHECK(plan.tasks.size() == s.together);
    CHECK(plan.requests.bundles == s.bundles);
  }
}

TEST_CASE("I13 nothing begins together until the org has shown that it counts a bundle once") {
  const scripted::source source({});
  CHECK(plan_of(tasks_of(10), source, bundle_counting::unknown).tasks.empty());
  CHECK(plan_of(tasks_of(10), source, bundle_counting::each).tasks.empty());
}

TEST_CASE("a reading that begins with others costs what comes after its first page") {
  collection_task task = task_of("leads", 0);
  CHECK(without_first_page({1, 1, true}, task) == call_estimate{0, 0, true});
  task.to_read = 200;
  CHECK(without_first_page(exactly(1), task) == exactly(0));
  task.to_read = 4'500;  // the page may be too large to be kept
  CHECK(without_first_page(exactly(3), task) == call_estimate{2, 3, false});
}

}  // namespace
