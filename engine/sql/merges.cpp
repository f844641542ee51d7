// Which rows replace which is decided here, in one place for all warehouses (I5); how a warehouse
// says it is the dialect's.
#include "engine/sql/merges.hpp"

#include "engine/sql/names.hpp"
#include "engine/sql/template_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sql {
namespace {

std::string any_differs(const dialect& d, const table_schema& table, std::string_view one) {
  std::string out;
  const std::vector<physical_column> columns = physical_columns(d, table);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i == table.key || i == table.version) continue;
    const std::string_view how = columns[i].differs.empty() ? one : columns[i].differs;
    add_to_list(out,
                filled(how, {{"column", quoted(d, columns[i].name)},
                             {"type", declared_type(d, columns[i])}}),
                " OR ");
  }
  return out;
}

/// When an incoming row replaces the stored one; empty: always.
std::string condition_of(const dialect& d, const table_schema& table, merge_mode mode) {
  const merge_rules& m = d.merge;
  if (mode == merge_mode::insert) return {};
  const std::string version =
      table.version ? quoted(d, table.columns[*table.version].name) : std::string();
  if (mode == merge_mode::existing) {
    std::string differs = any_differs(d, table, m.update_differs);
    if (!table.version || differs.empty()) return differs;
    return fmt::format("({} OR {}) AND ({})", filled(m.update_newer, {{"version", version}}),
                       filled(m.update_equal, {{"version", version}}), differs);
  }
  if (!table.version)
    return mode == merge_mode::first_load ? std::string() : any_differs(d, table, m.column_differs);
  std::string newer = filled(m.version_newer, {{"version", version}});
  if (mode == merge_mode::newer) return newer;
  const std::string equal = filled(m.version_equal, {{"version", version}});
  if (mode == merge_mode::first_load) return newer + " OR " + equal;
  const std::string differs = any_differs(d, table, m.column_differs);
  return differs.empty() ? newer : newer + " OR (" + equal + " AND (" + differs + "))";
}

const std::vector<std::string>& templates_of(const merge_rules& m, const table_schema& table,
                                             merge_mode mode) {
  switch (mode) {
    case merge_mode::existing:
      return m.update;
    case merge_mode::insert:
      return m.insert;
    case merge_mode::newer:
      return m.upsert_newer.empty() || !table.version ? m.upsert : m.upsert_newer;
    case merge_mode::first_load:
    case merge_mode::changed:
      break;
  }
  return m.upsert;
}

std::string column_list(const dialect& d, const table_schema& table, merge_mode mode) {
  std::string out;
  for (const physical_column& c : loaded_columns(d, table, mode))
    add_to_list(out, quoted(d, c.name));
  return out;
}

std::string cells_of(const dialect& d, const loader_rule& loader,
                     const std::vector<physical_column>& columns, std::size_t constants,
                     bool constants_bound) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const physical_column& c = columns[i];
    const std::string column = quoted(d, c.name);
    const bool bound = constants_bound && i + constants >= columns.size();
    std::string value = bound ? "?"
                              : filled(loader.cell, {{"position", std::to_string(i + 1)},
                                                     {"index", std::to_string(i)},
                                                     {"column", column},
                                                     {"type", declared_type(d, c)}});
    if (loader.casts && !c.cast.empty()) value = filled(c.cast, {{"cell", value}});
    add_to_list(out, filled(loader.item, {{"value", value}, {"column", column}}));
  }
  return out;
}

}  // namespace

std::string source_of(const dialect& d, const loader_rule& loader,
                      const std::vector<physical_column>& columns, std::size_t constants,
                      const source_shape& shape) {
  const bool lists_rows = loader.kind == loader_kind::multi_row ||
                          loader.kind == loader_kind::single_row ||
                          loader.kind == loader_kind::parameter_arrays;
  // A file holds the constants too: its statement takes no parameters everywhere.
  const bool bound = !lists_rows && loader.kind != loader_kind::local_file;
  const std::string cells = cells_of(d, loader, columns, constants, bound);
  std::string names;
  for (const physical_column& c : columns)
    add_to_list(names, quoted(d, c.name));
  if (!lists_rows)
    return filled(loader.source, {{"cells", cells},
                                  {"columns", names},
                                  {"row_end", shape.row_end},
                                  {"cell_end", shape.cell_end},
                                  {"null", shape.null},
                                  {"file", shape.file}});
  const std::string row = filled(loader.row, {{"cells", cells}});
  std::string rows;
  rows.reserve((row.size() + loader.separator.size()) * shape.rows);
  for (std::size_t i = 0; i < shape.rows; ++i)
    add_to_list(rows, row, loader.separator);
  return filled(loader.source, {{"rows", rows}, {"columns", names}});
}

std::vector<std::string> merge_statements(const dialect& d, std::string_view schema,
                                          const table_schema& table, merge_mode mode,
                                          std::string_view source) {
  const merge_rules& m = d.merge;
  const std::string condition = condition_of(d, table, mode);
  const std::string where =
      condition.empty() ? std::string() : filled(m.where, {{"condition", condition}});
  const std::string key = quoted(d, table.columns[table.key].name);
  const std::string version =
      table.version ? quoted(d, table.columns[*table.version].name) : std::string();
  const std::string always = condition.empty() ? "1=1" : condition;
  std::string assignments;
  std::string values;
  const std::vector<physical_column> columns = loaded_columns(d, table, mode);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = quoted(d, columns[i].name);
    add_to_list(values, filled(m.value, {{"column", name}}));
    if (columns[i].is_key) continue;
    // The other columns stay those of the version that is stored.
    if (mode == merge_mode::existing && table.version == i) continue;
    const std::string& one = mode == merge_mode::existing ? m.update_assignment
                             : assignments.empty()        ? m.first_assignment
                             : i + 1 == columns.size()    ? m.last_assignment
                                                          : m.assignment;
    add_to_list(assignments, filled(one, {{"column", name}, {"condition", always}, {"key", key}}));
  }
  std::vector<std::string> out;
  for (const std::string& text : templates_of(m, table, mode))
    out.push_back(filled(text, {{"table", table_name(d, schema, table.collection)},
                                {"columns", column_list(d, table, mode)},
                                {"values", values},
                                {"source", source},
                                {"key", key},
                                {"version", version},
                                {"assignments", assignments},
                                {"condition", always},
                                {"where", where}}));
  return out;
}

std::size_t rows_per_statement(const loader_rule& loader, std::size_t columns) {
  std::size_t rows = loader.rows;
  // Arrays take one row's parameters for all of them, but the driver counts each.
  if (loader.parameters > 0)
    rows = std::min(rows, loader.parameters / std::max<std::size_t>(columns, 1));
  return std::max<std::size_t>(rows, 1);
}

std::string staging_name(const dialect& d, std::string_view schema, const table_schema& table,
                         std::size_t lane) {
  const std::string name =
      fmt::format("{}_millrace_stage_{}_{}", d.staging->prefix, lane, table.collection);
  return filled(d.staging->qualifier, {{"schema", quoted(d, schema)}}) +
         quoted(d, catalog_name(d, schema, name));
}

std::string create_staging(const dialect& d, std::string_view schema, const table_schema& table,
                           std::size_t lane) {
  std::string definitions;
  for (const physical_column& c : physical_columns(d, table))
    add_to_list(
        definitions,
        filled(d.staging->column, {{"column", quoted(d, c.name)}, {"type", declared_type(d, c)}}),
        ", ");
  return filled(d.staging->create, {{"staging", staging_name(d, schema, table, lane)},
                                    {"table", table_name(d, schema, table.collection)},
                                    {"columns", definitions}});
}

std::string staging_statement(const dialect& d, std::string_view schema, const table_schema& table,
                              std::size_t lane, std::string_view text) {
  const std::string name = staging_name(d, schema, table, lane);
  return filled(text, {{"staging", name}, {"staging_text", literal(d, name)}});
}

std::string insert_staging(const dialect& d, std::string_view schema, const table_schema& table,
                           std::size_t lane, merge_mode mode, std::string_view source) {
  return filled(d.staging->insert, {{"staging", staging_name(d, schema, table, lane)},
                                    {"columns", column_list(d, table, mode)},
                                    {"source", source}});
}

std::string fill_staging(const dialect& d, std::string_view schema, const table_schema& table,
                         std::size_t lane, merge_mode mode, const loader_rule& loader,
                         const source_shape& shape) {
  const std::vector<physical_column> columns = loaded_columns(d, table, mode);
  return filled(loader.into_staging.at(shape.step),
                {{"staging", staging_name(d, schema, table, lane)},
                 {"columns", column_list(d, table, mode)},
                 {"cells", cells_of(d, loader, columns, 0, false)},
                 {"file", shape.file},
                 {"token", shape.token}});
}

std::string staged_source(const dialect& d, std::string_view schema, const table_schema& table,
                          std::size_t lane, merge_mode mode) {
  std::string cells;
  for (const physical_column& c : loaded_columns(d, table, mode)) {
    const std::string column = quoted(d, c.name);
    add_to_list(cells,
                c.cast.empty() ? column : filled(c.cast, {{"cell", column}}) + " AS " + column);
  }
  return filled(d.staging->source, {{"staging", staging_name(d, schema, table, lane)},
                                    {"cells", cells},
                                    {"columns", column_list(d, table, mode)}});
}

}  // namespace millrace::sql
