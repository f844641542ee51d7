// Fields that have another type in the source than the last run found, and their columns (I11).
#pragma once

#include "connectors/odbc/tables.hpp"
#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <map>
#include <string>
#include <vector>

namespace millrace::odbc {

/// What stands in the note of columns, "amount:decimal" or, where the column is another type's,
/// "amount:decimal:text".
std::vector<std::string> filled_columns(const table_schema& table);

/// Adds to `owed` what is there and was not filled by the run that left `before`, or by another
/// type: nobody knows what its rows have missed. `filled`: the note of the columns as they are now.
void owe_unfilled(const std::vector<std::string>& filled, const std::vector<std::string>& before,
                  table_change& change);

/// Tells of columns that a field has newly, and which columns have lost theirs at the same time: a
/// field that was renamed shows as both.
void note_new_fields(const std::vector<std::string>& before, table_plan& plan);

/// Gives each column of the plan's table the name and the type that it is loaded by: those that an
/// earlier change of its field's type has left, or those that the table's policy makes of a change
/// that is new. Columns to be altered are added to `retyped`. What somebody else chose for a
/// column is no business of this. `present`: the columns that are there, with their types. Whether
/// a column of the table is another one now.
result<bool> follow_types(const sql::dialect& d, const std::vector<std::string>& before,
                          const std::map<std::string, std::string>& present, table_plan& plan);

}  // namespace millrace::odbc
