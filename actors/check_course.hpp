// What a run that checks does once it knows the catalog and the tables: counts records and rows,
// and, where that is wanted, compares record by record. Part of the pipeline's state: it lives and
// runs in that actor. Nothing is changed: the writer's warehouse only looks up.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/comparing_warehouse.hpp"
#include "actors/protocol.hpp"
#include "actors/transformer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// What a check needs of its pipeline.
struct check_surroundings {
  using end_handler = std::function<void(const conversation_end&)>;

  pipeline_actor::pointer self = nullptr;
  writer_actor writer;  ///< whose warehouse compares
  const run_request* request = nullptr;
  session_ptr session;
  const std::vector<checkpoint>* checkpoints = nullptr;
  batch_limits limits;
  std::shared_ptr<comparison_log> log;  ///< of that warehouse
  std::function<bool()> draining;
  std::function<void(std::string)> stage;
  std::function<void(std::shared_ptr<conversation>, end_handler)> converse;
  std::function<void(const read_order&, const transformer_config&, end_handler)> read;
};

class check_course : public std::enable_shared_from_this<check_course> {
 public:
  using done_handler = std::function<void(std::optional<error>)>;

  /// The tasks outlive the course.
  check_course(check_surroundings around, std::vector<collection_task>& tasks)
      : around_(std::move(around)), tasks_(tasks) {}

  /// Fills `compared` of each task, and concludes those that differ or could not be compared. An
  /// error: the check as a whole came to no end.
  void run(done_handler then);

 private:
  [[nodiscard]] std::optional<error> resolve_columns();
  void note_moment(collection_task& task);
  void count_records();
  void count_rows(std::size_t at);
  void compare_cells();
  void compare_cells(std::size_t at);
  void name_surplus(std::size_t at);
  void judge();
  [[nodiscard]] live_rows rows_of(const collection_task& task) const;
  /// The records of a task that are compared, by the columns that are.
  [[nodiscard]] read_order reading_of(const collection_task& task) const;
  void end(std::optional<error> why);

  check_surroundings around_;
  std::vector<collection_task>& tasks_;
  std::vector<std::vector<std::size_t>> chosen_;  ///< fields of each task to compare
  done_handler then_;
};

}  // namespace millrace
