// What `millrace validate` asks of a warehouse: rights, values, time, loaders.
#pragma once

#include "connectors/odbc/open_warehouse.hpp"

#include <vector>

namespace millrace::odbc {

/// Over a connection of its own. Leaves nothing behind: a schema that is not there is made within a
/// transaction that is rolled back, or not at all where DDL commits by itself. Fails only when the
/// warehouse cannot be reached.
result<std::vector<warehouse_finding>> examine_warehouse(const connecting& how,
                                                         const driver_facts& facts);

}  // namespace millrace::odbc
