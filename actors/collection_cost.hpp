// What a collection will cost in calls, by what the pipeline has planned for it: the same plan of
// upkeep, the same choice of the way to read, and the source's own sizes.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/course_surroundings.hpp"
#include "engine/schedule/call_estimate.hpp"
#include "engine/schedule/upkeep.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace millrace {

/// Before the first reading: of a window that was not counted only the least is known.
collection_estimate estimate(const collection_task& task, const upkeep_plan& upkeep,
                             const connector& source);

/// Questions how many records the windows of these tasks hold, and the tasks that they are of, by
/// place; none for what is read whole, or has failed.
struct window_counts {
  std::vector<count_order> questions;
  std::vector<std::size_t> tasks;
};
window_counts windows_to_count(const std::vector<collection_task>& tasks);
/// Asks the source these questions and fills `to_read` of the tasks, which outlive that.
void count_windows(const course_surroundings& around, std::vector<collection_task>& tasks,
                   const std::function<void(std::optional<error>)>& then);

}  // namespace millrace
