// What the courses of a run need of their pipeline: who reads, who writes, what is known.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/fetcher.hpp"
#include "actors/left_jobs.hpp"
#include "actors/protocol.hpp"
#include "actors/transformer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// Outlives the courses. Everything is called in the pipeline's actor.
struct course_surroundings {
  using end_handler = std::function<void(const conversation_end&)>;

  pipeline_actor::pointer self = nullptr;
  writer_actor writer;
  const run_request* request = nullptr;
  const std::vector<checkpoint>* checkpoints = nullptr;
  const left_jobs* jobs = nullptr;
  batch_limits limits;
  table_rules tables;
  bool only_looks = false;  ///< nothing is changed
  time_point source_time{};
  std::function<session_ptr()> session;  ///< the one that is good now
  std::function<time_point()> now;
  std::function<bool()> draining;
  /// Reads with a fetcher; the last batch commits the checkpoint of the work, if it has one.
  std::function<void(const read_order&, const transformer_config&, collection_work, end_handler)>
      read;
  std::function<void(const collection&, const window&, end_handler)> read_deletions;
  /// For a dialogue that is no collection's.
  std::function<void(std::shared_ptr<conversation>, end_handler)> converse;
  std::function<void(notice)> tell;
  std::function<void(std::string)> stage;  ///< what the run does now, in words
  /// The warehouse is lost: the run ends.
  std::function<void(error)> give_up;
};

/// The work of reading something without a checkpoint of its own.
inline collection_work work_without_position() {
  collection_work work;
  work.has_position = false;
  return work;
}

}  // namespace millrace
