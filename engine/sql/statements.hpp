// Rendering statements from a dialect: pure text, no connection. Identifiers are always quoted,
// values always parameters (I17).
#pragma once

#include "engine/model/merge_mode.hpp"
#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

/// `na"me` -> `"na""me"`.
std::string quoted(const dialect& d, std::string_view name);

/// `"schema"."table"`, or `"table"` where the database is the schema.
std::string table_name(const dialect& d, std::string_view schema, std::string_view table);

/// The warehouse's type for a column; the key has one of its own.
std::string column_type(const dialect& d, const table_column& column, bool is_key);

/// A column as the warehouse has it: name and type.
struct physical_column {
  std::string name;
  std::string type;
};
/// All columns in the order in which they are created and bound: the table's own, then
/// `received_at` and `uuid_ts`.
std::vector<physical_column> physical_columns(const dialect& d, const table_schema& table);

std::string create_table(const dialect& d, std::string_view schema, const table_schema& table);
std::string add_column(const dialect& d, std::string_view schema, const table_schema& table,
                       const physical_column& column);
std::string is_empty(const dialect& d, std::string_view schema, const table_schema& table);

/// The merge of `rows` rows, each with one parameter for each physical column, row by row.
std::string merge(const dialect& d, std::string_view schema, const table_schema& table,
                  merge_mode mode, std::size_t rows);

/// How many rows of this table one statement takes.
std::size_t rows_per_statement(const dialect& d, const table_schema& table);

/// The table of checkpoints, as any other table: it is created and merged by the same statements.
const table_schema& checkpoint_table();
/// SELECT of all checkpoints: collection, object, cursor, complete, committed_at, rows.
std::string read_checkpoints(const dialect& d, std::string_view schema);
/// Deletes the checkpoint of the collection that is parameter 1.
std::string forget_checkpoint(const dialect& d, std::string_view schema);

}  // namespace millrace::sql
