// The record is one row of the table of checkpoints: its `chosen` holds the job and its question.
#include "engine/schedule/standing_jobs.hpp"

#include "engine/schedule/upkeep.hpp"

#include <algorithm>

namespace millrace {

checkpoint record_of_none(const remembered_job& job, time_point now) {
  checkpoint c;
  c.collection = job.place;
  c.object = job.object;
  c.committed_at = now;
  c.source_time = job.source_time;
  c.source_id = job.source_id;
  return c;
}

checkpoint record_of(const remembered_job& job, time_point now) {
  checkpoint c = record_of_none(job, now);
  c.chosen = job.job.id + ' ' + job.job.question;
  return c;
}

std::vector<remembered_job> jobs_in(const std::vector<checkpoint>& known) {
  std::vector<remembered_job> jobs;
  for (const checkpoint& c : known) {
    const std::string_view collection = collection_of(c.collection);
    if (c.collection != pass_name(collection, job_pass) &&
        c.collection != pass_name(collection, upkeep_job_pass))
      continue;
    const std::size_t blank = c.chosen.find(' ');
    if (blank == std::string::npos || !c.source_time) continue;
    jobs.push_back({c.collection,
                    c.object,
                    c.source_id,
                    {c.chosen.substr(0, blank), c.chosen.substr(blank + 1)},
                    *c.source_time});
  }
  return jobs;
}

bool is_out_of_date(const remembered_job& job, const std::vector<checkpoint>& known) {
  const std::string_view collection = collection_of(job.place);
  return std::any_of(known.begin(), known.end(), [&](const checkpoint& c) {
    return c.collection == collection && c.source_time && *c.source_time >= job.source_time;
  });
}

}  // namespace millrace
