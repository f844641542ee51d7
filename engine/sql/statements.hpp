// Rendering statements about tables from a dialect: pure text, no connection. Identifiers are
// always quoted, values always parameters (I17). Merges are in merges.hpp.
#pragma once

#include "engine/model/table.hpp"
#include "engine/sql/column_types.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/names.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

std::string create_schema(const dialect& d, std::string_view schema);
/// The table, then its comments where the warehouse has them apart.
std::vector<std::string> create_table(const dialect& d, std::string_view schema,
                                      const table_schema& table);
std::vector<std::string> add_column(const dialect& d, std::string_view schema,
                                    const table_schema& table, const physical_column& column);
/// None when the dialect cannot.
std::vector<std::string> widen_column(const dialect& d, std::string_view schema,
                                      const table_schema& table, const physical_column& column,
                                      const std::string& type);
/// Empty when the dialect has none: then the driver is asked.
std::string list_columns(const dialect& d, std::string_view schema, std::string_view table);
/// Names of the columns of the primary key. Empty when the dialect has none.
std::string list_key(const dialect& d, std::string_view schema, std::string_view table);
std::string is_empty(const dialect& d, std::string_view schema, const table_schema& table);
/// Of several tables at once: table, column, type, and 1 for a column of the key, or lists of the
/// last three (`list_divider`). Empty when the dialect has no such question.
std::string survey(const dialect& d, std::string_view schema,
                   const std::vector<std::string>& tables);
/// Of several tables at once: the names, as they are given here, of those that hold a row. Empty
/// likewise.
std::string survey_rows(const dialect& d, std::string_view schema,
                        const std::vector<std::string>& tables);
/// Deletes the rows whose keys are the parameters, `keys` of them.
std::string remove_rows(const dialect& d, std::string_view schema, const table_schema& table,
                        std::size_t keys);
/// Keys of `table` that `other` lacks; both have a key column of the same name. A row that is
/// marked as deleted counts as one that is not there.
std::string vanished(const dialect& d, std::string_view schema, const table_schema& table,
                     const table_schema& other);
/// What stands behind FROM, where rows are read back.
std::string read_table(const dialect& d, std::string_view schema, const table_schema& table);
/// All columns of the rows whose keys are the parameters, `keys` of them.
std::string rows_by_key(const dialect& d, std::string_view schema, const table_schema& table,
                        std::size_t keys);
/// How many rows are not marked as gone, in groups by `deleted` when it is given. `made`: only what
/// was made before the parameter, by this column.
std::string count_rows(const dialect& d, std::string_view schema, const table_schema& table,
                       std::optional<std::size_t> deleted, std::optional<std::size_t> made);
/// The same rows' keys, and whether they are deleted.
std::string keys_of_rows(const dialect& d, std::string_view schema, const table_schema& table,
                         std::optional<std::size_t> deleted, std::optional<std::size_t> made);
std::string drop_table(const dialect& d, std::string_view schema, const table_schema& table);

/// The table of checkpoints, as any other table: it is created and merged by the same statements.
const table_schema& checkpoint_table();
/// SELECT of all checkpoints, columns in the order of `checkpoint_table`; NULL for one that the
/// table of an older millrace lacks among its `present` ones.
std::string read_checkpoints(const dialect& d, std::string_view schema,
                             const std::map<std::string, std::string>& present);

}  // namespace millrace::sql
