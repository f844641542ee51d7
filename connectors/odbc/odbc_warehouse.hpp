// The warehouse behind ODBC.
#pragma once

#include "connectors/warehouse.hpp"
#include "engine/model/table_change.hpp"

#include <memory>

namespace millrace::odbc {

/// Connects, reads the driver's facts, chooses the dialect. Changes nothing: a database file that
/// does not exist is made by `open_schema`; until then its folder and the driver have been checked.
/// The result is used from one thread at a time.
result<std::unique_ptr<warehouse>> open_warehouse(const warehouse_target& target);

/// What is known of the limits before anybody connects: those of the dialect that the configuration
/// names or the connection string gives away, else the usual ones.
warehouse_limits expected_limits(const warehouse_target& target);

}  // namespace millrace::odbc
