// Which readings of a run begin together: those that are expected to be small, where the source
// counts several requests in one as one call. Values and rules only.
#pragma once

#include "actors/collection_task.hpp"
#include "engine/schedule/call_estimate.hpp"

#include <cstddef>
#include <vector>

namespace millrace {

/// Records that a reading may have had the last time to be expected to be small.
inline constexpr std::uint64_t small_reading_records = 200;

struct first_pages_plan {
  std::vector<std::size_t> tasks;  ///< places of those that begin together
  request_tally requests;          ///< that their first pages take
};

/// None: no reading begins with others. `order`: places of the tasks as they will be read.
first_pages_plan plan_first_pages(const std::vector<collection_task>& tasks,
                                  const std::vector<std::size_t>& order, const connector& source,
                                  bundle_counting counting);

/// What the reading of changes costs beside its first page. A page that turns out too large to be
/// kept is asked for again; by what is known of the task it may be.
call_estimate without_first_page(call_estimate changes, const collection_task& task);

}  // namespace millrace
