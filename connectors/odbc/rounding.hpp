// Numbers that a column holds with fewer digits than they have, and times of which it holds the
// day: most warehouses round them without a word, so they are counted here (I9).
#pragma once

#include "engine/model/batch.hpp"
#include "engine/model/table.hpp"
#include "engine/model/table_change.hpp"
#include "engine/sql/column_types.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace::odbc {

/// A column that holds less than its values may have.
struct rounding_column {
  std::size_t column = 0;  ///< of the table
  std::string type;        ///< as the warehouse has it
  std::size_t digits = 0;  ///< behind the point, of a number
  bool only_day = false;   ///< of a date and time
};

/// The columns of `table` that may round. `present`: types that the warehouse has, by name, where
/// they are other ones than the dialect's.
std::vector<rounding_column> rounding_columns(const sql::dialect& d, const table_schema& table,
                                              const std::map<std::string, std::string>& present);

/// How many values of a batch are rounded, by column of `columns`.
std::vector<std::uint64_t> count_rounded(const batch& rows, const std::vector<std::uint32_t>& which,
                                         const std::vector<rounding_column>& columns);

}  // namespace millrace::odbc
