// Numbers that a column holds with fewer digits than they have, and times of which it holds the
// day: most warehouses round them without a word, so they are counted here (I9).
#pragma once

#include "connectors/warehouse.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::odbc {

/// What the tables of one schema round. One connection looks at a table and others load it, so that
/// those of a run share this. Thread-safe.
class rounding_log {
 public:
  /// A table is about to be loaded. `present`: types that the warehouse has, by column, where they
  /// are other ones than the dialect's.
  void learn(const sql::dialect& d, const table_schema& table,
             const std::map<std::string, std::string>& present);
  /// How many values of a batch its table rounds. The batch may have some of the table's columns.
  std::uint64_t count(const batch& rows, const std::vector<std::uint32_t>& which);
  /// Columns that were found to round, each once for all connections.
  std::vector<notice> take_notices();

 private:
  struct rounding_column {
    std::string type;          ///< as the warehouse has it
    std::uint32_t digits = 0;  ///< behind the point, of a number
    bool only_day = false;     ///< of a date and time
    [[nodiscard]] bool rounds(std::string_view value) const;
  };
  using rounding_columns = std::map<std::string, rounding_column>;  ///< by name

  std::mutex mutex_;                                                       ///< guards the rest
  std::map<std::string, std::shared_ptr<const rounding_columns>> tables_;  ///< by collection
  std::set<std::pair<std::string, std::string>> told_;  ///< collections and columns
  std::vector<notice> untold_;
};

}  // namespace millrace::odbc
