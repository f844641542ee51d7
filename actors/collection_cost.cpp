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
  if (!upkeep.history.empty()) {
    const collection part = history_part(task.what, *task.table, upkeep.history);
    const read_method method = source.choose_method(part, upkeep.history_range, task.records);
    cost.history = source.cost_of({part, {}, upkeep.history_range, method}, task.records);
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

void count_windows(const course_surroundings& around, std::vector<collection_task>& tasks,
                   const std::function<void(std::optional<error>)>& then) {
  const window_counts windows = windows_to_count(tasks);
  if (windows.questions.empty()) return then({});
  around.stage("counting what has changed");
  std::shared_ptr<count_conversation> talk =
      around.request->source->count(around.session(), windows.questions);
  around.converse(talk, [talk, &tasks, which = windows.tasks, then](const conversation_end& done) {
    if (done.why) return then(done.why);
    for (std::size_t i = 0; i < which.size(); ++i)
      if (const auto& counted = talk->results()[i]) tasks[which[i]].to_read = *counted;
    then({});
  });
}

}  // namespace millrace
