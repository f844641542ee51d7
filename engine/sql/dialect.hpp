// A warehouse as data: how it quotes, names types, merges and complains. Read from a dialect file;
// no code of ours knows a warehouse by name.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::sql {

/// Where a pipeline's schema is in the warehouse.
enum class schema_style : std::uint8_t {
  schema,  ///< "schema"."table"
  file,    ///< one database per schema; `{schema}` in the connection string names it
};

/// How batches are loaded (connectors/odbc, one file per loader).
enum class loader_kind : std::uint8_t { multi_row };

/// The name of a column type. Beyond `precision_max` digits (0: no limit) or with unknown
/// precision, `beyond` is used, if there is one. `{precision}`, `{scale}` and `{length}` are
/// replaced.
struct type_rule {
  std::string name;
  std::uint16_t precision_max = 0;
  std::string beyond;
};

/// What a complaint of the driver means. Either field may be empty (any) or 0 (any).
struct error_rule {
  std::string state;  ///< SQLSTATE, or its beginning
  int native = 0;
  errc meaning = errc::warehouse_statement;
  retry again = retry::never;
  std::string advice;
};

struct dialect {
  std::string name;
  std::string title;
  std::vector<std::string> driver_patterns;  ///< found in SQL_DRIVER_NAME, without case
  std::vector<std::string> dbms_patterns;    ///< found in SQL_DBMS_NAME, without case
  std::string driver_package;                ///< the Debian package that brings the driver

  char quote = '"';
  std::size_t identifier_bytes_max = 63;
  schema_style style = schema_style::schema;
  bool transactional_ddl = false;

  std::vector<std::pair<std::string, std::string>> connection_defaults;  ///< added when absent
  std::vector<std::string> session_statements;

  type_rule key;
  type_rule text;
  type_rule boolean;
  type_rule integer;
  type_rule decimal;
  type_rule floating;
  type_rule date;
  type_rule timestamp;
  type_rule time;

  // Statements. Names in braces are replaced: {table}, {schema}, {columns} (a list), {key},
  // {column}, {type}, {rows} (a list of rows of parameters), {assignments}, {condition}, {version}.
  std::string create_schema;  ///< empty: nothing to do
  std::string create_table;
  std::string add_column;
  std::string
      list_columns;  ///< yields name and type of each column of the table bound as parameter 1
  std::string is_empty;
  std::string merge;          ///< ends in {where}
  std::string merge_where;    ///< " WHERE {condition}"
  std::string assignment;     ///< one {column}
  std::string version_newer;  ///< incoming {version} is newer, or none is stored
  std::string version_equal;
  std::string column_differs;  ///< null-safe, one {column}
  std::string delete_rows;
  std::string rows_written;  ///< a query for the count of the last statement; empty: SQLRowCount

  loader_kind loader = loader_kind::multi_row;
  std::size_t rows_per_statement = 1;
  std::size_t parameters_max = 1000;

  std::vector<error_rule> errors;
};

}  // namespace millrace::sql
