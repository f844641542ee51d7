// What was deleted in an org, when: the recycle bin's contents and the log that getDeleted reads.
#pragma once

#include "times.hpp"
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sandbox {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;

struct deletion {
  std::string object;
  std::uint32_t number = 0;
  stamp at = 0;
  bool in_bin = false;  ///< it can be undeleted
  bool listed = true;   ///< the log still has it
};

class deletions {
 public:
  void add(deletion one) { entries_.push_back(std::move(one)); }
  /// The record came back.
  void undo(const std::string& object, std::uint32_t number);
  /// Somebody emptied the bin of this record: the log keeps it. False: nobody knows of it.
  bool leave_bin(const std::string& object, std::uint32_t number);
  /// Those that were in the bin for as long as it keeps them; they are in it no more.
  std::vector<deletion> expire(stamp now);
  /// The log's own housekeeping: what is younger than two hours stays, of the rest the youngest.
  void purge_log(stamp now, std::size_t most);

  /// Of an object, in a span of time, in the order of time.
  [[nodiscard]] std::vector<deletion> listed(const std::string& object, stamp from, stamp to) const;
  /// Before that, the log may lack deletions.
  [[nodiscard]] stamp earliest(stamp now) const;

  static constexpr stamp kept_ms = 15 * day_ms;

 private:
  std::deque<deletion> entries_;
  stamp purged_to_ = 0;
};

}  // namespace sandbox
