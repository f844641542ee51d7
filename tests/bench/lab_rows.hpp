// The rows that loading is measured with: 60 columns and about a kilobyte each, or more columns of
// the same kinds, made from their number and a generation, the same for every run.
#pragma once

#include "engine/model/batch.hpp"
#include "engine/model/table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::bench {

constexpr std::size_t usual_columns = 60;

/// id, 35 texts, 4 doubles, 4 decimals, 6 booleans, 6 timestamps (the last one is the version), 4
/// dates; a wider table goes through the kinds again. A quarter of the cells is NULL.
table_ptr lab_table(std::size_t columns = usual_columns);

/// What a row is like: a row of which `percent` says that it changed has another version and other
/// cells than generation 0.
struct generation {
  unsigned number = 0;
  unsigned percent = 100;
};

/// The cells of a row in the order of the columns; an empty text is NULL.
void lab_row(std::uint64_t row, const generation& g, std::vector<std::string>& cells,
             std::size_t columns = usual_columns);

/// All rows in batches of these limits, in memory.
std::vector<batch_ptr> lab_batches(std::uint64_t rows, const generation& g,
                                   const batch_limits& limits, std::size_t columns = usual_columns);

}  // namespace millrace::bench
