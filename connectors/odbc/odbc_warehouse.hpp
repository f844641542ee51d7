// The warehouse behind ODBC.
#pragma once

#include "connectors/warehouse.hpp"

#include <memory>

namespace millrace::odbc {

/// Connects, reads the driver's facts, chooses the dialect. Changes nothing: a database file that
/// does not exist is made by `open_schema`; until then its folder and the driver have been checked.
/// The result is used from one thread at a time.
result<std::unique_ptr<warehouse>> open_warehouse(const warehouse_target& target);

}  // namespace millrace::odbc
