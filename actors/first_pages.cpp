// What a reading yielded the last time is the best guess of what it will.
#include "actors/first_pages.hpp"

#include <algorithm>

namespace millrace {
namespace {

bool is_small(const collection_task& task) {
  return task.was_complete && task.records_before && *task.records_before <= small_reading_records;
}

}  // namespace

first_pages_plan plan_first_pages(const std::vector<collection_task>& tasks,
                                  const std::vector<std::size_t>& order, const connector& source,
                                  bundle_counting counting) {
  first_pages_plan plan;
  if (counting != bundle_counting::once) return plan;
  std::size_t together = 0;
  for (const std::size_t i : order) {
    if (tasks[i].outcome || !is_small(tasks[i])) continue;
    const std::size_t most = source.first_pages_together(order_of(tasks[i]));
    if (most < 2) continue;
    together = together == 0 ? most : std::min(together, most);
    plan.tasks.push_back(i);
  }
  if (together == 0) return plan;
  // One that would be left over costs as much where it belongs.
  if (plan.tasks.size() % together == 1) plan.tasks.pop_back();
  plan.requests.bundled = plan.tasks.size();
  plan.requests.bundles = (plan.tasks.size() + together - 1) / together;
  return plan;
}

call_estimate without_first_page(call_estimate changes, const collection_task& task) {
  changes.least -= std::min<std::uint64_t>(changes.least, 1);
  if (!task.to_read || *task.to_read <= small_reading_records)
    changes.most -= std::min<std::uint64_t>(changes.most, 1);
  return changes;
}

}  // namespace millrace
