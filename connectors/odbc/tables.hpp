// The tables of a schema as they are, and what has to be done before they can be loaded.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/schema_survey.hpp"
#include "engine/model/table.hpp"
#include "engine/model/table_change.hpp"
#include "engine/sql/statements.hpp"

#include <map>
#include <string>
#include <vector>

namespace millrace::odbc {

/// One column that can be widened, and how.
struct widening {
  std::string column;
  std::vector<std::string> statements;
  notice told;           ///< once it is done
  std::string present;   ///< its type until then
  bool owed = false;     ///< what is in it was rounded: it has to be read again
  bool retyped = false;  ///< for a field whose type changed
};

struct table_plan {
  table_change change;  ///< its statements hold those of `widenings` too
  std::vector<std::string> create_or_add;
  std::vector<widening> widenings;
  std::map<std::string, std::string> other_types;  ///< of columns that stay as somebody made them
  table_schema table;                              ///< with the columns as they are to be loaded
  std::vector<std::string> filled;                 ///< the note of them, see `filled_columns`
  std::map<std::string, std::string> retyped;      ///< columns to be altered, and why
};

/// What a table that is not there needs.
table_plan plan_creation(const sql::dialect& d, const std::string& schema,
                         const table_schema& table);

/// Name and type of each column, names in lower case; empty: no such table.
result<std::map<std::string, std::string>> columns_of(connection& link, const sql::dialect& d,
                                                      const std::string& schema,
                                                      const std::string& table);

/// Compares a table with what it should be. Fails with errc::table_conflict on a table or view that
/// millrace cannot load, before anything was changed. `before`: the note of the columns that the
/// last run filled. `seen`: the table as a survey saw it; none: the warehouse is asked.
result<table_plan> compare_table(connection& link, const sql::dialect& d, const std::string& schema,
                                 const table_schema& table,
                                 const std::vector<std::string>& before = {},
                                 std::optional<seen_table> seen = {});

}  // namespace millrace::odbc
