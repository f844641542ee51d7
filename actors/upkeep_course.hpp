// What a collection goes through in a run after its changes were read: census or account of
// deletions, marks for what is gone, another reading of what was missed, refresh of silent fields.
// Part of the pipeline's state: it lives and runs in that actor, and reaches the writer and the
// source by what the pipeline gives it.
#pragma once

#include "actors/collection_task.hpp"
#include "actors/course_surroundings.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace millrace {

class upkeep_course : public std::enable_shared_from_this<upkeep_course> {
 public:
  using done_handler = std::function<void(std::optional<error>)>;

  upkeep_course(const course_surroundings& around, collection_task& task, const upkeep_plan& plan);

  /// The table that the keys of all records go to while they are read; null: they are not wanted.
  [[nodiscard]] table_ptr keys_with_pages() const {
    return plan_.keys_with_pages ? keys_ : nullptr;
  }
  /// Before the changes are read: makes the table of keys, where one is wanted.
  void prepare(const done_handler& then);
  /// After the changes were read and committed. Ends with the first thing that fails.
  void run(done_handler then);

  /// What is read for the collection is as of this time: no pass is good for a later one.
  void not_later_than(time_point at) { source_time_ = std::min(source_time_, at); }

 private:
  void read_keys();
  void compare();
  void follow(const shared<keys_compared>& compared);
  void read_deletions();
  void apply(const std::vector<gone_record>& gone, const std::function<void()>& then);
  void remove(const shared<std::vector<gone_record>>& gone, std::size_t at,
              const std::function<void()>& then);
  void mark(const shared<std::vector<gone_record>>& gone, std::size_t at,
            const std::function<void()>& then);
  /// Marks rows whose record is in the recycle bin: no stamp may have told.
  void put_in_bin(const shared<std::vector<std::string>>& keys, std::size_t at,
                  const std::function<void()>& then);
  /// Some columns of rows that are there; goes on with what the warehouse says of them.
  void rewrite(batch_ptr rows, const std::function<void(const receipt&)>& then);
  void count_deleted(std::uint64_t rows);
  void count_written(std::uint64_t rows);
  /// Empties what these rows hold of fields that are hashed: it may be plain, and no record comes
  /// any more that would replace it.
  void conceal(const shared<std::vector<std::string>>& keys, std::size_t at,
               const std::function<void()>& then);
  void read_missing(const std::vector<std::string>& missing);
  void read_all_next_time(std::uint64_t missing);
  void census_done();
  void fill_history();
  void refresh_or_end();
  void save(std::vector<std::string_view> passes, const std::function<void()>& then);
  /// The job that this begins, if any, is remembered.
  void read(const read_order& order, const transformer_config& transform, collection_work work,
            course_surroundings::end_handler then);
  /// The table with the columns of these fields alone.
  [[nodiscard]] table_ptr columns_of(const collection& part) const;
  [[nodiscard]] checkpoint position(std::string_view pass, time_point at) const;
  /// Goes on when the writer's answer is good; its error ends the course.
  template <class Answer>
  bool good(const result<Answer>& answer) {
    if (answer) return true;
    end(answer.error());
    return false;
  }
  [[nodiscard]] std::function<void(caf::error&)> writer_died();
  void end(std::optional<error> why);

  const course_surroundings& around_;
  collection_task& task_;
  upkeep_plan plan_;
  const main_reading reading_;  ///< of the changes, as it was planned
  table_ptr keys_;
  done_handler then_;
  time_point source_time_;        ///< up to which a pass has seen everything
  std::uint64_t keys_there_ = 0;  ///< that the source showed
  bool census_made_ = false;
  bool census_believed_ = true;  ///< false: it is to be made again by the next run
  bool all_concealed_ = true;    ///< likewise
};

}  // namespace millrace
