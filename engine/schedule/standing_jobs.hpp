// Work that a source does for a reading and keeps the result of, such as a query job. A run that
// was killed leaves one behind: how it is remembered (a checkpoint of its own, written as soon as
// the source has named the job), and when it is of no use any more.
#pragma once

#include "engine/model/window.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct standing_job {
  std::string id;  ///< the source's name for it, without blanks
  /// What it answers and for whom, in the connector's words: where this is equal, so is the answer.
  std::string question;
  friend bool operator==(const standing_job&, const standing_job&) = default;
};

/// Under which checkpoint a job is remembered: that of a collection's changes, which the next run
/// takes over, and that of a reading beside it, which is only cleaned up.
inline constexpr std::string_view job_pass = "job";
inline constexpr std::string_view upkeep_job_pass = "upkeep_job";

struct remembered_job {
  std::string place;  ///< the checkpoint's name: "leads/job"
  std::string object;
  std::string source_id;  ///< the account that it is a job of
  standing_job job;
  /// The source's clock when the run began that asked for it: its result holds every change before.
  time_point source_time{};
};

/// The checkpoint that remembers it, and the one that says that there is none any more.
checkpoint record_of(const remembered_job& job, time_point now);
checkpoint record_of_none(const remembered_job& job, time_point now);

/// All that these checkpoints remember.
std::vector<remembered_job> jobs_in(const std::vector<checkpoint>& known);

/// Whether its collection was read to its end since then, by this job or without it: the result
/// tells nothing new, and what has no stamp would be older than what is there.
bool is_out_of_date(const remembered_job& job, const std::vector<checkpoint>& known);

}  // namespace millrace
