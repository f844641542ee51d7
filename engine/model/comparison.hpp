// What a comparison of a table with what the source has now found, and what it means.
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// Records or rows with one fault: how many, and which, the first ones.
struct odd_ones {
  static constexpr std::size_t named_max = 20;
  std::uint64_t count = 0;
  std::vector<std::string> keys;

  void add(std::string_view key) {
    ++count;
    if (keys.size() < named_max) keys.emplace_back(key);
  }
};

/// Record by record, by some columns.
struct cell_comparison {
  std::vector<std::string> columns;
  std::uint64_t compared = 0;
  std::uint64_t changed_since = 0;  ///< records stamped after the last run: not judged
  odd_ones missing;                 ///< records without a row
  odd_ones differing;               ///< whose row has another value in one of the columns
  odd_ones surplus;                 ///< rows, not marked as gone, of which the source has no record
};

struct copy_comparison {
  /// Compared is what was made before this, up to which the last run had read; none: everything.
  std::optional<time_point> moment;
  std::optional<time_point> deletions_asked;  ///< when the source was last asked what was deleted
  bool keeps_gone = false;    ///< rows of records that are gone stay: more rows are no fault
  std::uint64_t records = 0;  ///< that the source has, without its recycle bin
  std::uint64_t rows = 0;     ///< neither marked as gone nor in the recycle bin
  std::optional<cell_comparison> cells;
};

/// Whether the table is not what it should be.
bool differs(const copy_comparison& found);

/// errc::copy_differs with what differs, what that may mean, and what to do. `target`: what the
/// command line calls the collection, "acme/leads".
error difference_of(const copy_comparison& found, const std::string& target);

}  // namespace millrace
