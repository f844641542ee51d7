// Deleting rows by their keys.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::odbc {

/// Deletes the rows of the table that have one of these in the column that is its key, some hundred
/// keys with a statement. Within the open transaction. Returns how many rows there were, by the
/// driver's word.
result<std::uint64_t> remove_rows(connection& link, const sql::dialect& d,
                                  const std::string& schema, const table_schema& table,
                                  const std::vector<parameter>& keys, std::string_view doing);

}  // namespace millrace::odbc
