// What is due when: the ticks of every pipeline, and those that were missed. A run that is late
// does not stack: however many ticks have passed, one run serves them all.
#pragma once

#include "engine/schedule/cadence.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// A run that should begin.
struct due_run {
  std::string pipeline;
  time_point due{};
  bool asked_for = false;  ///< by somebody, not by the cadence
};

/// Of one process, by one thread. Time is passed in.
class timetable {
 public:
  /// Adds a pipeline, or changes its cadence: a run that goes on is not disturbed. `served`: the
  /// time of the last run's beginning; none: it never ran, and is due at once.
  void put(const std::string& pipeline, const cadence& how, std::optional<time_point> served,
           time_point now);
  /// Forgets it; a run that goes on ends as it would.
  void remove(const std::string& pipeline);
  [[nodiscard]] bool knows(const std::string& pipeline) const {
    return entries_.contains(pipeline);
  }

  /// Not due until it is resumed; a run that goes on ends as it would.
  void pause(const std::string& pipeline);
  void resume(const std::string& pipeline, time_point now);
  [[nodiscard]] bool is_paused(const std::string& pipeline) const;

  /// Due now, whatever the cadence says, and though it is paused. False: it is under way already.
  bool ask_for(const std::string& pipeline, time_point now);

  /// What is due at this time. Each is under way from now on, until `ended`.
  std::vector<due_run> take_due(time_point now);
  /// Ticks that have passed without a run of their own, when one begins now: while the run before
  /// went on, while this one had to wait.
  [[nodiscard]] std::uint64_t skipped(const std::string& pipeline, time_point now) const;
  /// It ended, or never began. `begun`: when it did; none: its ticks were not served. `again`: when
  /// to try before the next tick, or, of one that never began, when to try at all.
  void ended(const std::string& pipeline, std::optional<time_point> begun, time_point now,
             std::optional<time_point> again = {});

  /// When `take_due` has something; none: never.
  [[nodiscard]] std::optional<time_point> next() const;
  [[nodiscard]] std::optional<time_point> next_of(const std::string& pipeline) const;

 private:
  struct entry {
    cadence how;
    std::optional<time_point> served;
    std::optional<time_point> due;  ///< its place in `order_`
    bool paused = false;
    bool under_way = false;
    bool asked_for = false;
  };
  using place = std::pair<time_point, std::string_view>;

  void set_due(const std::string& pipeline, entry& e, std::optional<time_point> at);
  [[nodiscard]] std::optional<time_point> due_by_cadence(const std::string& pipeline,
                                                         const entry& e, time_point now) const;

  std::map<std::string, entry> entries_;
  std::set<place> order_;  ///< names are those of `entries_`
};

}  // namespace millrace
