// What one collection goes through in a run: its table is prepared, its changes are read (once more
// without a field that vanished meanwhile), then comes its upkeep. Part of the pipeline's state: it
// lives and runs in that actor, and reaches the writer and the source by what the pipeline gives
// it.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/course_surroundings.hpp"
#include "actors/upkeep_course.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace millrace {

class collection_course : public std::enable_shared_from_this<collection_course> {
 public:
  /// The task outlives the course.
  collection_course(const course_surroundings& around, collection_task& task)
      : around_(around), task_(task) {}

  /// Makes the table, or looks what would be made, and plans the reading. What fails concludes the
  /// task.
  void prepare(const std::function<void()>& then);
  /// Reads the collection and keeps it up; the task is concluded before `then`. `first_page`: of
  /// its changes, where it is there already.
  void run(std::optional<known_answer> first_page, std::function<void()> then);

 private:
  // What rows of other options left, before the table is prepared: `good` goes on, `bad` is the end
  // of this collection.
  using step = std::function<void()>;
  void forget_other_choice(const step& good, const step& bad);
  void conceal(const step& good, const step& bad);
  std::function<void(const shared<table_done>&)> done_or(std::function<void(std::uint64_t)> good,
                                                         step bad);
  std::function<void(caf::error&)> gives_up();
  void prepare_table(const std::function<void()>& then);
  /// Where columns have to be filled it matters how many rows there are: the table tells, for no
  /// call of the source's.
  void count_rows(const table_report& report, const std::function<void()>& then);
  void begin();
  void read_changes();
  /// The result of a job that an earlier run asked for, up to its time; then the changes since.
  void take_over(const remembered_job& left);
  void read(const read_order& order, time_point as_of, course_surroundings::end_handler then);
  void changes_read(const conversation_end& done);
  void describe_again();
  void read_described(collection found);
  void finish(std::optional<error> why);

  const course_surroundings& around_;
  collection_task& task_;
  std::shared_ptr<upkeep_course> upkeep_;
  std::optional<known_answer> first_page_;
  std::function<void()> then_;
};

}  // namespace millrace
