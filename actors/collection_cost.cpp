// Each reading that a run would make is put together as it would be, and its cost asked for.
#include "actors/collection_cost.hpp"

namespace millrace {

collection_estimate estimate(const collection_task& task, const upkeep_plan& upkeep,
                             const connector& source) {
  collection_estimate cost;
  cost.changes = source.cost_of(order_of(task), task.to_read);
  const auto of_all = [&](const collection& part) {
    const read_method method = source.choose_method(part, {}, task.records);
    return source.cost_of({part, {}, {}, method}, task.records);
  };
  if (upkeep.deletions) cost.deletions = source.cost_of_deletions(task.what, *upkeep.deletions);
  if (upkeep.census) {
    cost.census = of_all(shown_by_a_census(task.what));
    // Records that it finds missing are read as well.
    cost.census->open = true;
  }
  if (upkeep.refresh) cost.refresh = of_all(silent_part(task.what));
  return cost;
}

window_counts windows_to_count(const std::vector<collection_task>& tasks) {
  window_counts out;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].outcome || tasks[i].range.everything()) continue;
    out.questions.push_back({tasks[i].what, tasks[i].range, true, {}});
    out.tasks.push_back(i);
  }
  return out;
}

}  // namespace millrace
