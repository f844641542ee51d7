// Templates of the dialect with their names in braces filled in. Column lists are put together
// here, so that a dialect says each thing once, for one column.
#include "engine/sql/statements.hpp"

#include "engine/sql/template_text.hpp"

#include <fmt/format.h>

namespace millrace::sql {
namespace {

std::string column_definition(const dialect& d, const physical_column& column) {
  return filled(d.column_definition, {{"column", quoted(d, column.name)},
                                      {"type", declared_type(d, column)},
                                      {"not_null", column.is_key ? " NOT NULL" : ""},
                                      {"comment", literal(d, column.label)}});
}

void add_comment(const dialect& d, std::string_view schema, const table_schema& table,
                 const physical_column& column, std::vector<std::string>& out) {
  if (d.comment_column.empty() || column.label.empty()) return;
  out.push_back(filled(d.comment_column, {{"table", table_name(d, schema, table.collection)},
                                          {"column", quoted(d, column.name)},
                                          {"comment", literal(d, column.label)}}));
}

/// A question to the warehouse's catalog, where names are texts.
std::string about_table(const dialect& d, std::string_view schema, std::string_view table,
                        std::string_view text) {
  return filled(text, {{"table", table_name(d, schema, table)},
                       {"schema", quoted(d, schema)},
                       {"table_text", literal(d, catalog_name(d, schema, table))},
                       {"schema_text", literal(d, folded(d, schema))}});
}

}  // namespace

std::string create_schema(const dialect& d, std::string_view schema) {
  return filled(d.create_schema,
                {{"schema", quoted(d, schema)}, {"schema_text", literal(d, folded(d, schema))}});
}

std::vector<std::string> create_table(const dialect& d, std::string_view schema,
                                      const table_schema& table) {
  const std::vector<physical_column> columns = physical_columns(d, table);
  std::string definitions;
  for (const physical_column& c : columns)
    add_to_list(definitions, column_definition(d, c), ", ");
  const std::string version =
      table.version ? table.columns[*table.version].name : written_at_column;
  std::vector<std::string> out;
  out.push_back(filled(d.create_table, {{"table", table_name(d, schema, table.collection)},
                                        {"columns", definitions},
                                        {"key", quoted(d, table.columns[table.key].name)},
                                        {"version", quoted(d, version)},
                                        {"comment", literal(d, table.label)}}));
  if (!d.comment_table.empty() && !table.label.empty())
    out.push_back(filled(d.comment_table, {{"table", table_name(d, schema, table.collection)},
                                           {"comment", literal(d, table.label)}}));
  for (const physical_column& c : columns)
    add_comment(d, schema, table, c, out);
  return out;
}

std::vector<std::string> add_column(const dialect& d, std::string_view schema,
                                    const table_schema& table, const physical_column& column) {
  std::vector<std::string> out;
  out.push_back(filled(d.add_column, {{"table", table_name(d, schema, table.collection)},
                                      {"definition", column_definition(d, column)},
                                      {"column", quoted(d, column.name)},
                                      {"type", declared_type(d, column)}}));
  add_comment(d, schema, table, column, out);
  return out;
}

std::vector<std::string> widen_column(const dialect& d, std::string_view schema,
                                      const table_schema& table, const physical_column& column,
                                      const std::string& type) {
  physical_column wide = column;
  wide.type = type;
  std::vector<std::string> out;
  for (const std::string& text : d.widen_column)
    out.push_back(filled(text, {{"table", table_name(d, schema, table.collection)},
                                {"definition", column_definition(d, wide)},
                                {"column", quoted(d, column.name)},
                                {"old_column", quoted(d, "_millrace_old")},
                                {"type", declared_type(d, wide)}}));
  return out;
}

std::string list_columns(const dialect& d, std::string_view schema, std::string_view table) {
  return about_table(d, schema, table, d.list_columns);
}

std::string list_key(const dialect& d, std::string_view schema, std::string_view table) {
  return about_table(d, schema, table, d.list_key);
}

std::string is_empty(const dialect& d, std::string_view schema, const table_schema& table) {
  return filled(d.is_empty, {{"table", table_name(d, schema, table.collection)}});
}

std::string survey(const dialect& d, std::string_view schema,
                   const std::vector<std::string>& tables) {
  if (d.survey.empty() || tables.empty()) return {};
  std::string texts;
  for (const std::string& table : tables)
    add_to_list(texts, literal(d, catalog_name(d, schema, table)));
  return filled(d.survey, {{"tables_text", texts}, {"schema_text", literal(d, folded(d, schema))}});
}

std::string survey_rows(const dialect& d, std::string_view schema,
                        const std::vector<std::string>& tables) {
  if (d.survey_rows.empty()) return {};
  std::string out;
  for (const std::string& table : tables)
    add_to_list(out,
                filled(d.survey_rows, {{"table", table_name(d, schema, table)},
                                       {"collection", literal(d, table)}}),
                " UNION ALL ");
  return out;
}

std::string remove_rows(const dialect& d, std::string_view schema, const table_schema& table,
                        std::size_t keys) {
  std::string marks;
  for (std::size_t i = 0; i < keys; ++i)
    add_to_list(marks, "?");
  return filled(d.remove_rows, {{"table", table_name(d, schema, table.collection)},
                                {"key", quoted(d, table.columns[table.key].name)},
                                {"keys", marks}});
}

std::string vanished(const dialect& d, std::string_view schema, const table_schema& table,
                     const table_schema& other) {
  const std::string key = quoted(d, table.columns[table.key].name);
  const auto rows_that_are_there = [&](const table_schema& t) {
    std::string name = table_name(d, schema, t.collection);
    std::string whole = read_table(d, schema, t);
    if (!t.deleted_at && whole == name) return name;
    const std::string where =
        t.deleted_at ? fmt::format(" WHERE {} IS NULL", quoted(d, t.columns[*t.deleted_at].name))
                     : std::string();
    return fmt::format("(SELECT {} FROM {}{})", key, whole, where);
  };
  return filled(
      d.vanished,
      {{"table", rows_that_are_there(table)}, {"key", key}, {"keys", rows_that_are_there(other)}});
}

std::string read_table(const dialect& d, std::string_view schema, const table_schema& table) {
  return filled(d.read_table, {{"table", table_name(d, schema, table.collection)}});
}

namespace {

std::string column_name(const dialect& d, const table_schema& table, std::size_t column) {
  return quoted(d, table.columns[column].name);
}

/// Whatever the recycle bin says: not marked as gone, and old enough.
std::string live_condition(const dialect& d, const table_schema& table,
                           std::optional<std::size_t> made) {
  std::string out;
  if (table.deleted_at) out = column_name(d, table, *table.deleted_at) + " IS NULL";
  if (made) {
    const std::string cast = physical_columns(d, table)[*made].cast;
    const std::string one = fmt::format("{} < {}", column_name(d, table, *made),
                                        cast.empty() ? "?" : filled(cast, {{"cell", "?"}}));
    add_to_list(out, one, " AND ");
  }
  return out.empty() ? out : " WHERE " + out;
}

}  // namespace

std::string rows_by_key(const dialect& d, std::string_view schema, const table_schema& table,
                        std::size_t keys) {
  std::string columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    add_to_list(columns, column_name(d, table, i));
  std::string marks;
  for (std::size_t i = 0; i < keys; ++i)
    add_to_list(marks, "?");
  return fmt::format("SELECT {} FROM {} WHERE {} IN ({})", columns, read_table(d, schema, table),
                     column_name(d, table, table.key), marks);
}

std::string count_rows(const dialect& d, std::string_view schema, const table_schema& table,
                       std::optional<std::size_t> deleted, std::optional<std::size_t> made) {
  const std::string from = fmt::format("COUNT(*) FROM {}{}", read_table(d, schema, table),
                                       live_condition(d, table, made));
  if (!deleted) return "SELECT " + from;
  return fmt::format("SELECT {0}, {1} GROUP BY {0}", column_name(d, table, *deleted), from);
}

std::string keys_of_rows(const dialect& d, std::string_view schema, const table_schema& table,
                         std::optional<std::size_t> deleted, std::optional<std::size_t> made) {
  return fmt::format("SELECT {}{} FROM {}{}", column_name(d, table, table.key),
                     deleted ? "," + column_name(d, table, *deleted) : std::string(),
                     read_table(d, schema, table), live_condition(d, table, made));
}

std::string drop_table(const dialect& d, std::string_view schema, const table_schema& table) {
  return filled(d.drop_table, {{"table", table_name(d, schema, table.collection)}});
}

const table_schema& checkpoint_table() {
  static const table_schema table = [] {
    const auto text = [](const char* name, std::uint32_t length) {
      return table_column{name, name, "", value_type::text, length, 0, 0};
    };
    const auto column = [](const char* name, value_type type) {
      return table_column{name, name, "", type, 0, 0, 0};
    };
    table_schema t;
    t.collection = "_millrace_checkpoints";
    t.label = "How far each collection is; written by millrace together with the rows";
    t.columns = {text("collection", 128), text("object", 128),
                 column("cursor", value_type::timestamp), column("complete", value_type::boolean),
                 column("committed_at", value_type::timestamp), column("rows", value_type::integer),
                 column("source_time", value_type::timestamp), text("source_id", 64),
                 text("chosen", 64),
                 // As long as all names of a table's columns together.
                 text("columns", 0)};
    t.key = 0;
    return t;
  }();
  return table;
}

std::string read_checkpoints(const dialect& d, std::string_view schema,
                             const std::map<std::string, std::string>& present) {
  std::string columns;
  for (const table_column& c : checkpoint_table().columns)
    add_to_list(columns, present.contains(c.name) ? quoted(d, c.name) : "NULL", ", ");
  return filled(d.read_checkpoints,
                {{"columns", columns},
                 {"table", table_name(d, schema, checkpoint_table().collection)},
                 {"key", quoted(d, checkpoint_table().columns.front().name)}});
}

}  // namespace millrace::sql
