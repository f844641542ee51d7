// Checkpoints as rows of millrace's own table.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/merger.hpp"
#include "engine/model/window.hpp"
#include "engine/sql/dialect.hpp"

#include <string>
#include <vector>

namespace millrace::odbc {

/// All that are there; none when there is no such table. Within the open transaction.
result<std::vector<checkpoint>> load_checkpoints(connection& link, const sql::dialect& d,
                                                 const std::string& schema);

/// Within the open transaction, in as few statements as the warehouse takes. Each of another
/// collection or pass.
result<void> save_checkpoints(connection& link, merger& by,
                              const std::vector<const checkpoint*>& positions, time_point now);
result<void> save_checkpoint(connection& link, merger& by, const checkpoint& position,
                             time_point now);
/// Within the open transaction.
result<void> forget_checkpoint(connection& link, const sql::dialect& d, const std::string& schema,
                               const std::string& collection);

}  // namespace millrace::odbc
