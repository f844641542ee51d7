// Rendering merges: a source of rows, and the statements that bring it into a table.
#pragma once

#include "engine/model/merge_mode.hpp"
#include "engine/model/table.hpp"
#include "engine/sql/column_types.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

/// How the rows of a batch are written into a source.
struct source_shape {
  std::size_t rows = 1;  ///< for sources that list their rows
  // For sources that the warehouse splits: single bytes that no cell holds, as two hexadecimal
  // digits each.
  std::string row_end;
  std::string cell_end;
  std::string null;
  // For local files.
  std::string file;      ///< a path without quotes or backslashes
  std::string token;     ///< letters and digits that no other file has, of whatever process
  std::size_t step = 0;  ///< which of the statements that fill the staging table
};

/// The source of these columns. In sources that list rows every cell is a parameter, row by row.
/// In the others the constants are parameters, in order, and then the batch is.
std::string source_of(const dialect& d, const loader_rule& loader,
                      const std::vector<physical_column>& columns, std::size_t constants,
                      const source_shape& shape);

/// The statements, in order, that merge `source` into the table.
std::vector<std::string> merge_statements(const dialect& d, std::string_view schema,
                                          const table_schema& table, merge_mode mode,
                                          std::string_view source);

/// How many rows one statement of this loader takes.
std::size_t rows_per_statement(const loader_rule& loader, std::size_t columns);

// -- staging --

/// `lane`: connections stage apart from each other.
std::string staging_name(const dialect& d, std::string_view schema, const table_schema& table,
                         std::size_t lane);
std::string create_staging(const dialect& d, std::string_view schema, const table_schema& table,
                           std::size_t lane);
/// Clears, drops or analyzes, by the text of the rule.
std::string staging_statement(const dialect& d, std::string_view schema, const table_schema& table,
                              std::size_t lane, std::string_view text);
std::string insert_staging(const dialect& d, std::string_view schema, const table_schema& table,
                           std::size_t lane, merge_mode mode, std::string_view source);
/// For a loader that fills the staging table by statements of its own: the one of `shape.step`.
std::string fill_staging(const dialect& d, std::string_view schema, const table_schema& table,
                         std::size_t lane, merge_mode mode, const loader_rule& loader,
                         const source_shape& shape);
std::string staged_source(const dialect& d, std::string_view schema, const table_schema& table,
                          std::size_t lane, merge_mode mode);

}  // namespace millrace::sql
