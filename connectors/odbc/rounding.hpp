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
#include <string_view>
#include <vector>

namespace millrace::odbc {

/// What the tables of one connection round.
class rounding_log {
 public:
  /// A table is about to be loaded. `present`: types that the warehouse has, by column, where they
  /// are other ones than the dialect's.
  void learn(const sql::dialect& d, const table_schema& table,
             const std::map<std::string, std::string>& present);
  /// How many values of a batch its table rounds. A merge of some columns counts for nothing: its
  /// numbers were counted when they came first.
  std::uint64_t count(const batch& rows, const std::vector<std::uint32_t>& which);
  /// Columns that were found to round, each once.
  std::vector<notice> take_notices();

 private:
  struct rounding_column {
    std::size_t column = 0;  ///< of the table
    std::string type;        ///< as the warehouse has it
    std::size_t digits = 0;  ///< behind the point, of a number
    bool only_day = false;   ///< of a date and time
    bool told = false;
    [[nodiscard]] bool rounds(std::string_view value) const;
  };
  std::map<std::string, std::vector<rounding_column>> tables_;  ///< by collection
  std::vector<notice> untold_;
};

}  // namespace millrace::odbc
