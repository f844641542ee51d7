// Values that a warehouse's types cannot hold are found before they are sent (I9): some engines
// store the nearest value that they have, without a word.
#pragma once

#include "connectors/odbc/loader.hpp"
#include "engine/model/refusals.hpp"

#include <vector>

namespace millrace::odbc {

/// Refuses rows with a text that is too long, or a date beyond the years, of the column's type; the
/// error names record and field. Costs nothing where the dialect states no limits.
result<void> check_limits(const row_set& rows);

/// All such values of the rows.
std::vector<refusal> beyond_limits(const row_set& rows);

}  // namespace millrace::odbc
