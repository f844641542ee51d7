// A warehouse as data: how it quotes, names types, stages, merges and complains. Read from a
// dialect file; no code of ours knows a warehouse by name. docs/dialects.md explains each key.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::sql {

/// Where a pipeline's schema is in the warehouse.
enum class schema_style : std::uint8_t {
  schema,  ///< "schema"."table"
  file,    ///< one database per schema; `{schema}` in the connection string names it
  prefix,  ///< no schemas: "schema__table"
};

/// Which letters unquoted names of a query become, so that people need no quotes for ours.
enum class name_case : std::uint8_t { lower, upper };

/// How a quote inside of quotes is written: once more, or behind a backslash.
enum class quote_escape : std::uint8_t { doubled, backslash };

/// How rows travel to the warehouse (connectors/odbc, one file each).
enum class loader_kind : std::uint8_t {
  split_text,        ///< one text parameter holds the batch, split on the server
  parameter_arrays,  ///< native arrays: one statement, many rows, one message
  batch_function,    ///< one binary parameter, unpacked by a table function of ours
  local_file,        ///< a file whose name is handed to the driver
  multi_row,         ///< some dozens of rows in one statement, every cell a parameter
  single_row,        ///< one prepared statement for each row
};
std::string_view name_of(loader_kind kind);

/// The name of a column type. Beyond `up_to` digits or characters (0: no limit), or when their
/// number is unknown, `beyond` is used, if there is one. `{precision}`, `{scale}`, `{length}` and
/// `{bytes}` (three for each character) are replaced. What does not fit its bytes or dates is
/// refused before it is sent: some engines would store another value without a word.
struct type_rule {
  std::string name;
  std::uint32_t up_to = 0;
  std::string beyond;
  std::string cast;            ///< from text, where the dialect's own does not fit
  std::string beyond_differs;  ///< `column_differs` of a column that became `beyond`: LOBs
  std::size_t bytes_max = 0;   ///< of one text, in the longest of the types; 0: more than there are
  std::string earliest;        ///< date or timestamp, as "1900-01-01"; empty: earlier than any
  std::string latest;
};

/// A value that is only known to be text becomes one of a column's type: `{cell}`, `{type}`.
struct type_rules {
  std::string cast;      ///< empty: the warehouse converts by itself
  std::string nullable;  ///< around the `{type}` of a column that may be NULL: `Nullable({type})`
  type_rule key;
  type_rule text;
  type_rule boolean;
  type_rule integer;
  type_rule decimal;
  type_rule floating;
  type_rule date;
  type_rule timestamp;
  type_rule time;
};

/// How a batch becomes a source of rows for a statement.
struct loader_rule {
  loader_kind kind = loader_kind::single_row;
  std::string source;     ///< `{rows}` or `{cells}`, `{file}`, `{row_end}`, `{cell_end}`, `{null}`
  std::string row;        ///< one row of `{rows}`: `{cells}`
  std::string separator;  ///< between rows
  std::string cell;       ///< one cell: `{position}` counts from 1, `{index}` from 0
  std::string item;       ///< what stands in `{cells}`: `{value}`, `{column}`
  bool casts = true;      ///< cells need the cast of their type
  bool direct = true;     ///< the merge reads the source; false: it is staged first
  bool for_updates = false;  ///< for the merge of some columns, and for nothing else
  /// local_file: statements that fill `{staging}` from `{file}`, run in order.
  std::vector<std::string> into_staging;
  std::string warnings;        ///< local_file: a query for what the statement had to say; none: ""
  std::size_t rows = 1;        ///< of one statement, at most
  std::size_t parameters = 0;  ///< of one statement, at most; 0: no limit
  std::size_t text_bytes = 0;  ///< of one statement's values, at most; 0: no limit
  std::size_t statement_bytes = 0;  ///< of one statement's own text, at most; 0: no limit
  std::size_t mark_bytes = 0;       ///< what the driver writes into that text for each parameter
};

/// A table that holds a batch before it is merged. Without it every loader is direct.
struct staging_rule {
  std::string qualifier;  ///< before the quoted name: `{schema}.`, or nothing for the session's own
  std::string prefix;     ///< the name begins with it: `#`
  std::string column;     ///< one of `{columns}` in `create`: `{column}`, `{type}`
  std::string create;
  std::string clear;
  std::string drop;     ///< empty: `create` replaces it. `{staging_text}`: as a text literal
  std::string insert;   ///< `{staging}`, `{columns}`, `{source}`
  std::string analyze;  ///< empty: the planner needs no help
  std::string source;   ///< the staged rows as a merge's source; `{cells}`: columns with casts
};

/// Statements that bring rows into a table. Each list is run in order; every statement may name
/// `{source}`, the rows of the batch.
struct merge_rules {
  std::vector<std::string> upsert;
  std::vector<std::string> insert;        ///< keys that are not there; none: `upsert` does it
  std::vector<std::string> upsert_newer;  ///< the version proves what changed; none: `upsert`
  std::vector<std::string> update;        ///< some columns of rows that are there
  std::string where;                      ///< around `{condition}`, when there is one
  std::string assignment;                 ///< one `{column}`
  std::string first_assignment;           ///< the first one, where it is another
  std::string last_assignment;            ///< that of `uuid_ts`, where it is another
  std::string value;                      ///< one `{column}` of the source
  std::string version_newer;              ///< incoming `{version}` is newer, or none is stored
  std::string version_equal;
  std::string column_differs;     ///< null-safe, one `{column}`
  std::string update_assignment;  ///< as `assignment`, for `update`
  std::string update_differs;     ///< as `column_differs`, for `update`; one `{column}`, `{type}`
  std::string update_newer;       ///< as `version_newer`, for `update`
  std::string update_equal;       ///< as `version_equal`, for `update`
  bool count_last = false;        ///< of several statements only the last one's rows count
};

/// What a complaint of the driver means. Each field may be empty or 0 (any).
struct error_rule {
  std::string state;  ///< SQLSTATE, or its beginning
  int native = 0;
  std::string text;  ///< a part of the driver's words, compared without case
  errc meaning = errc::warehouse_statement;
  retry again = retry::never;
  std::string advice;
};

/// Between the elements of a cell that is a list: the unit separator.
inline constexpr char list_divider = '\x1f';

struct dialect {
  std::string name;
  std::string title;
  std::string tested;  ///< how far its statements were proven: "engine", "emulation", "parser"
  std::vector<std::string> driver_patterns;  ///< found in SQL_DRIVER_NAME, without case
  std::vector<std::string> dbms_patterns;    ///< found in SQL_DBMS_NAME, without case
  std::string driver_package;                ///< the Debian package that brings the driver

  std::string quote_open = "\"";
  std::string quote_close = "\"";
  name_case folding = name_case::lower;
  std::size_t identifier_bytes_max = 63;
  std::size_t columns_max = 0;     ///< of one table; 0: unknown
  bool backslash_escapes = false;  ///< in text literals
  quote_escape in_names = quote_escape::doubled;
  quote_escape in_texts = quote_escape::doubled;
  schema_style style = schema_style::schema;
  bool transactions = true;
  bool transactional_ddl = false;

  std::vector<std::pair<std::string, std::string>> connection_defaults;  ///< added when absent
  std::vector<std::string> session_statements;
  std::size_t connections_max = 0;  ///< that one table gains from; 0: no limit
  bool wide_parameters = false;     ///< texts are bound as SQL_WVARCHAR, or the driver spoils them

  type_rules types;

  // Statements. Names in braces are replaced: {table}, {schema}, {columns} (a list), {key},
  // {column}, {type}, {version}; {table_text}, {schema_text}, {comment}: as text literals.
  std::string create_schema;  ///< empty: nothing to do
  std::string create_table;
  std::string column_definition;  ///< `{column} {type}`, and a comment where it stands there
  std::string add_column;
  std::vector<std::string> widen_column;  ///< none: columns keep their type
  std::string comment_table;              ///< empty: not supported, or part of create_table
  std::string comment_column;             ///< likewise
  std::string list_columns;  ///< yields name and type of each column; empty: asked of the driver
  std::string list_key;      ///< yields the columns of the key; empty: not checked
  std::string is_empty;
  /// Table, column, type, 1 in a key: of `{tables_text}`; the last three may be lists, divided by
  /// `list_divider`. Empty: each alone.
  std::string survey;
  std::string
      survey_rows;  ///< yields the text `{collection}` when `{table}` has a row; empty: likewise
  std::string remove_rows;  ///< `{key}`, `{keys}`
  std::string drop_table;
  std::string read_table;        ///< a table as it is read: `{table}`, with what makes it whole
  std::string vanished;          ///< ids of `{table}` that `{keys}`, a table of ids, lacks
  std::string read_checkpoints;  ///< `{columns}` of `{table}`, one row for each `{key}`
  std::string rows_written;    ///< a query for the count of the last statement; empty: SQLRowCount
  std::string rows_corrected;  ///< a query for what is added to the driver's count
  std::string session_time;    ///< a query for the time that it is in the session; empty: not asked

  merge_rules merge;
  std::optional<staging_rule> staging;
  std::vector<loader_rule> loaders;  ///< in order of preference

  /// Where a batch ends.
  std::size_t batch_rows = 2000;
  std::size_t batch_bytes = std::size_t{2} << 20U;

  std::vector<error_rule> errors;
};

}  // namespace millrace::sql
