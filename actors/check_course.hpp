// What a run that checks does once it knows the catalog and the tables: counts records and rows,
// and, where that is wanted, compares record by record. Part of the pipeline's state: it lives and
// runs in that actor. Nothing is changed: the writer's warehouse only looks up.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/comparing_warehouse.hpp"
#include "actors/course_surroundings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

class check_course : public std::enable_shared_from_this<check_course> {
 public:
  using done_handler = std::function<void(std::optional<error>)>;

  /// The tasks outlive the course. `log`: of the writer's warehouse, which compares.
  check_course(const course_surroundings& around, std::shared_ptr<comparison_log> log,
               std::vector<collection_task>& tasks)
      : around_(around), log_(std::move(log)), tasks_(tasks) {}

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

  const course_surroundings& around_;
  std::shared_ptr<comparison_log> log_;
  std::vector<collection_task>& tasks_;
  std::vector<std::vector<std::size_t>> chosen_;  ///< fields of each task to compare
  done_handler then_;
};

}  // namespace millrace
