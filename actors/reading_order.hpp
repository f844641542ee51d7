// In which order the collections of a run are read, so that a budget that ends on the way was spent
// on what is worth most; and what is told of those that it did not reach. Values and rules only.
#pragma once

#include "actors/collection_task.hpp"
#include "engine/model/run_summary.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <vector>

namespace millrace {

/// Places of the tasks: those of a higher priority first; of the same, those whose checkpoint is
/// oldest, what has none before them, so that what one run did not reach is first in the next; of
/// the same age as they stand, the largest first.
std::vector<std::size_t> reading_order(const std::vector<collection_task>& tasks,
                                       const std::vector<checkpoint>& checkpoints);

/// Notes in the summary which collections waited because the budget was spent, and when the run can
/// go on: after the run's budget with the next run, which is due `every` after this one began;
/// after the day's, when the rolling 24 hours have freed calls (I13).
void tell_what_waits(run_summary& summary, milliseconds every);

}  // namespace millrace
