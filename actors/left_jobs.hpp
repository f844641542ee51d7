// Jobs that runs leave at the source when they die: remembered in the warehouse as soon as the
// source has named them, taken over by the next run where they answer what it is about to ask, and
// removed where nobody will. Part of the pipeline's state: it lives and runs in that actor.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/fetcher.hpp"
#include "actors/protocol.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class left_jobs {
 public:
  struct surroundings {
    pipeline_actor::pointer self = nullptr;
    writer_actor writer;
    const run_request* request = nullptr;
    session_ptr session;
    std::function<time_point()> now;
    std::function<void(std::shared_ptr<conversation>, std::function<void(const conversation_end&)>)>
        converse;
  };

  /// What the warehouse remembers.
  void learn(const std::vector<checkpoint>& checkpoints);
  void use(surroundings around) { around_ = std::move(around); }

  /// The job of an earlier run that has read what this task is planned to read; none: there is
  /// none, or nothing proves that it did.
  [[nodiscard]] std::optional<remembered_job> to_take_over(const collection_task& task) const;
  /// Removes the jobs that no task will take over, at the source and from what is remembered. Jobs
  /// of collections that are not among the tasks only if `of_all`: else another run may want them.
  void remove_abandoned(const std::vector<collection_task>& tasks, bool of_all,
                        const std::function<void()>& then);

  /// How a reading's job is remembered.
  [[nodiscard]] job_keeping keeping(const collection& what, std::string_view pass,
                                    time_point source_time) const;
  /// The source has begun a job. True once that is committed.
  caf::typed_response_promise<bool> remember(const shared<remembered_job>& job);
  /// A reading has ended: forgets its job, unless the source keeps it for the next run.
  void settle(const std::string& place, const reader& read, const std::function<void()>& then);

 private:
  void forget(std::vector<remembered_job> jobs, const std::function<void()>& then);
  /// Commits a record; tells whether it is.
  void commit(const checkpoint& record, const std::function<void(bool)>& then);

  surroundings around_;
  std::vector<checkpoint> checkpoints_;
  std::map<std::string, remembered_job> known_;  ///< by place
};

/// What follows of a task once the result of a job that was taken over is committed: its position,
/// from which the changes since are read.
void take_position(collection_task& task, const remembered_job& job, milliseconds overlap);

/// The notice that a job could not be taken over.
notice not_taken_over(const collection_task& task, const error& why);

}  // namespace millrace
