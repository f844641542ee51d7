// What runs came to as rows of millrace's own tables.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/merger.hpp"
#include "engine/model/run_history.hpp"
#include "engine/sql/dialect.hpp"

#include <string>

namespace millrace::odbc {

/// Within the open transaction. A repeat writes the same rows again.
result<void> save_history(connection& link, merger& by, const sql::dialect& d,
                          const run_history& what, time_point now);

/// The last runs and their notices; none where the tables are not there. Within the open
/// transaction.
result<run_history> load_history(connection& link, const sql::dialect& d, const std::string& schema,
                                 const history_order& wanted);

}  // namespace millrace::odbc
