// Reading rows back, for a check: how many there are, whether they are what they should be. Plain
// SELECTs that every warehouse knows; nothing is changed.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/warehouse.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::odbc {

/// A table of a schema, and how it is spoken of.
struct table_place {
  const sql::dialect& dialect;
  const std::string& schema;
  const table_schema& table;
};

/// The calls of `warehouse` with the same names. Each leaves its transaction to the caller.
result<std::uint64_t> count_rows(connection& link, const table_place& place,
                                 const live_rows& which);
result<std::vector<row_finding>> look_up(connection& link, const table_place& place,
                                         const batch& rows);
result<std::vector<std::string>> keys_beyond(connection& link, const table_place& place,
                                             const live_rows& which, const key_filter& known,
                                             std::size_t at_most);

}  // namespace millrace::odbc
