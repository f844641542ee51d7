// Windows, cursors and checkpoints: what part of a collection a run reads and what is then known.
#pragma once

#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// A half-open range [from, to) of the cursor field; an absent end is open. Both absent:
/// everything.
struct window {
  std::optional<time_point> from;
  std::optional<time_point> to;
  [[nodiscard]] bool everything() const { return !from && !to; }
  friend bool operator==(const window&, const window&) = default;
};

/// The position committed in the warehouse for one collection: every change stamped before `cursor`
/// is in the table. Never past the source's own clock minus the overlap (I2).
struct checkpoint {
  /// For a pass beside the reading of changes: "leads/census". A collection's name has no slash.
  std::string collection;
  std::string object;
  std::optional<time_point> cursor;  ///< none: the collection has no cursor field
  bool complete = false;             ///< false: a first load is under way and resumes at `cursor`
  time_point committed_at{};         ///< millrace's clock
  std::uint64_t rows = 0;            ///< records read by the run that wrote this
  /// The source's clock at the start of the last run that read this collection to its end: every
  /// row with an older version was read, or read again, after it.
  std::optional<time_point> source_time;
  /// Which account of the source the rows came from, as the source names it; empty: unknown. Rows
  /// of two accounts never share a table.
  std::string source_id;
  /// By which choice of fields and records the rows were read; empty: everything. Rows of another
  /// choice are read again.
  std::string chosen = {};
  /// Of the pass "history": columns that rows from before have no (right) value in yet; every
  /// record stamped before `cursor` has been read for them (I11). Of "columns": those that the last
  /// run filled, each with the type that its field had.
  std::vector<std::string> columns = {};
};

}  // namespace millrace
