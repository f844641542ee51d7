// What `millrace validate` asks of a warehouse: rights, values, time, loaders.
#pragma once

#include "connectors/odbc/open_warehouse.hpp"

#include <vector>

namespace millrace::odbc {

/// Over a connection of its own. A schema that is not there is made within a transaction that is
/// rolled back; where DDL commits by itself it stays. `now`: by this machine's clock. Fails only
/// when the warehouse cannot be reached.
result<std::vector<warehouse_finding>> examine_warehouse(const connecting& how,
                                                         const driver_facts& facts, time_point now);

}  // namespace millrace::odbc
