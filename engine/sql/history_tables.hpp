// The tables in which a schema keeps what runs came to, and what is asked of them. They are created
// and merged by the same statements as any other table.
#pragma once

#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace millrace::sql {

/// Columns of `_millrace_runs`, in their order.
enum class run_column : std::size_t {
  id,
  run,
  pipeline,
  collection,
  object,
  started_at,
  ended_at,
  outcome,
  exit_code,
  records,
  rows_written,
  deleted,
  requests,
  calls,
  error_code,
  error,
  collections,
  skipped_ticks,
  notices_of,
  refused,
  quarantined,
};
const table_schema& run_table();

/// Columns of `_millrace_notices`, in their order.
enum class notice_column : std::size_t {
  id,
  run,
  pipeline,
  collection,
  told_at,
  code,
  text,
  record,
  field,
};
const table_schema& notice_table();

/// What the catalog knows of a table's columns, by name.
using present_columns = std::map<std::string, std::string>;

/// SELECT of the rows of the pipeline that is the parameter, the latest runs first. Columns in the
/// order of the table; NULL for one that it lacks.
std::string read_runs(const dialect& d, std::string_view schema, const present_columns& present);
/// SELECT of the notices under the runs that are the parameters, `runs` of them, in their order.
std::string read_notices(const dialect& d, std::string_view schema, const present_columns& present,
                         std::size_t runs);
/// SELECT of the keys of rows of a pipeline, the first parameter, that are of a time before the
/// second one. `table`: one of the two.
std::string outdated_rows(const dialect& d, std::string_view schema, const table_schema& table);

}  // namespace millrace::sql
