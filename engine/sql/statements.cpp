// Templates of the dialect with their names in braces filled in. Column lists are put together
// here, so that a dialect says each thing once, for one column.
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace millrace::sql {
namespace {

using replacement = std::pair<std::string_view, std::string_view>;

/// Replaces `{name}` by its text. What is filled in is not looked at again, so that a column that
/// is called `{table}` stays one.
std::string filled(std::string_view text, std::initializer_list<replacement> values) {
  std::string out;
  while (!text.empty()) {
    const std::size_t brace = text.find('{');
    out.append(text.substr(0, brace));
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    const auto* const found = std::find_if(values.begin(), values.end(), [&](const replacement& r) {
      return text.size() >= r.first.size() + 2 && text.substr(1, r.first.size()) == r.first &&
             text[r.first.size() + 1] == '}';
    });
    if (found == values.end()) {
      out += '{';
      text.remove_prefix(1);
    } else {
      out.append(found->second);
      text.remove_prefix(found->first.size() + 2);
    }
  }
  return out;
}

const type_rule& rule_of(const dialect& d, value_type type) {
  switch (type) {
    case value_type::text:
      return d.text;
    case value_type::boolean:
      return d.boolean;
    case value_type::integer:
      return d.integer;
    case value_type::decimal:
      return d.decimal;
    case value_type::floating:
      return d.floating;
    case value_type::date:
      return d.date;
    case value_type::timestamp:
      return d.timestamp;
    case value_type::time:
      return d.time;
  }
  return d.text;
}

std::string merge_condition(const dialect& d, const table_schema& table, merge_mode mode) {
  std::string differs;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i == table.key || i == table.version) continue;
    if (!differs.empty()) differs += " OR ";
    differs += filled(d.column_differs, {{"column", quoted(d, table.columns[i].name)}});
  }
  if (!table.version) return mode == merge_mode::first_load ? std::string() : differs;
  const std::string version = quoted(d, table.columns[*table.version].name);
  std::string condition = filled(d.version_newer, {{"version", version}});
  const std::string equal = filled(d.version_equal, {{"version", version}});
  if (mode == merge_mode::first_load) return condition + " OR " + equal;
  if (differs.empty()) return condition;
  return condition + " OR (" + equal + " AND (" + differs + "))";
}

}  // namespace

std::string quoted(const dialect& d, std::string_view name) {
  std::string out(1, d.quote);
  for (const char c : name) {
    if (c == d.quote) out += d.quote;
    out += c;
  }
  out += d.quote;
  return out;
}

std::string table_name(const dialect& d, std::string_view schema, std::string_view table) {
  if (d.style == schema_style::file) return quoted(d, table);
  return quoted(d, schema) + "." + quoted(d, table);
}

std::string column_type(const dialect& d, const table_column& column, bool is_key) {
  const type_rule& rule = is_key ? d.key : rule_of(d, column.type);
  const bool too_wide =
      rule.precision_max > 0 && (column.precision == 0 || column.precision > rule.precision_max);
  const std::string& name = too_wide && !rule.beyond.empty() ? rule.beyond : rule.name;
  return filled(name, {{"precision", std::to_string(column.precision)},
                       {"scale", std::to_string(column.scale)},
                       {"length", std::to_string(column.length)}});
}

std::vector<physical_column> physical_columns(const dialect& d, const table_schema& table) {
  std::vector<physical_column> out;
  out.reserve(table.columns.size() + 2);
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out.push_back({table.columns[i].name, column_type(d, table.columns[i], i == table.key)});
  out.push_back({received_at_column, d.timestamp.name});
  out.push_back({written_at_column, d.timestamp.name});
  return out;
}

std::string create_table(const dialect& d, std::string_view schema, const table_schema& table) {
  std::string columns;
  for (const physical_column& c : physical_columns(d, table)) {
    if (!columns.empty()) columns += ", ";
    columns += quoted(d, c.name) + " " + c.type;
    if (c.name == table.columns[table.key].name) columns += " NOT NULL";
  }
  return filled(d.create_table, {{"table", table_name(d, schema, table.collection)},
                                 {"columns", columns},
                                 {"key", quoted(d, table.columns[table.key].name)}});
}

std::string add_column(const dialect& d, std::string_view schema, const table_schema& table,
                       const physical_column& column) {
  return filled(d.add_column, {{"table", table_name(d, schema, table.collection)},
                               {"column", quoted(d, column.name)},
                               {"type", column.type}});
}

std::string is_empty(const dialect& d, std::string_view schema, const table_schema& table) {
  return filled(d.is_empty, {{"table", table_name(d, schema, table.collection)}});
}

std::string merge(const dialect& d, std::string_view schema, const table_schema& table,
                  merge_mode mode, std::size_t rows) {
  std::string columns;
  std::string assignments;
  std::string row = "(";
  for (const physical_column& c : physical_columns(d, table)) {
    const std::string name = quoted(d, c.name);
    if (!columns.empty()) columns += ',';
    columns += name;
    row += row.size() > 1 ? ",?" : "?";
    if (c.name == table.columns[table.key].name) continue;
    if (!assignments.empty()) assignments += ',';
    assignments += filled(d.assignment, {{"column", name}});
  }
  row += ')';
  std::string all_rows;
  all_rows.reserve(rows * (row.size() + 1));
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0) all_rows += ',';
    all_rows += row;
  }
  const std::string condition = merge_condition(d, table, mode);
  const std::string where =
      condition.empty() ? std::string() : filled(d.merge_where, {{"condition", condition}});
  return filled(d.merge, {{"table", table_name(d, schema, table.collection)},
                          {"columns", columns},
                          {"rows", all_rows},
                          {"key", quoted(d, table.columns[table.key].name)},
                          {"assignments", assignments},
                          {"where", where}});
}

std::size_t rows_per_statement(const dialect& d, const table_schema& table) {
  const std::size_t parameters = table.columns.size() + 2;
  return std::max<std::size_t>(1, std::min(d.rows_per_statement, d.parameters_max / parameters));
}

const table_schema& checkpoint_table() {
  static const table_schema table = [] {
    const auto column = [](const char* name, value_type type) {
      return table_column{name, name, "", type, 0, 0, 0};
    };
    table_schema t;
    t.collection = "_millrace_checkpoints";
    t.columns = {
        column("collection", value_type::text),        column("object", value_type::text),
        column("cursor", value_type::timestamp),       column("complete", value_type::boolean),
        column("committed_at", value_type::timestamp), column("rows", value_type::integer)};
    t.key = 0;
    return t;
  }();
  return table;
}

std::string read_checkpoints(const dialect& d, std::string_view schema) {
  std::string columns;
  for (const table_column& c : checkpoint_table().columns) {
    if (!columns.empty()) columns += ", ";
    columns += quoted(d, c.name);
  }
  return fmt::format("SELECT {} FROM {} ORDER BY {}", columns,
                     table_name(d, schema, checkpoint_table().collection), quoted(d, "collection"));
}

std::string forget_checkpoint(const dialect& d, std::string_view schema) {
  const std::string condition = quoted(d, "collection") + " = ?";
  return filled(d.delete_rows, {{"table", table_name(d, schema, checkpoint_table().collection)},
                                {"condition", condition}});
}

}  // namespace millrace::sql
