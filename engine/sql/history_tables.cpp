// The lengths are those to which `history_of` shortens texts.
#include "engine/sql/history_tables.hpp"

#include "engine/sql/statements.hpp"
#include "engine/sql/template_text.hpp"

#include <fmt/format.h>

namespace millrace::sql {
namespace {

constexpr std::uint32_t name_length = 128;
constexpr std::uint32_t id_length = 255;
constexpr std::uint32_t text_length = 4000;

table_column text(const char* name, std::uint32_t length = name_length) {
  return {name, name, "", value_type::text, length, 0, 0};
}
table_column number(const char* name) {
  return {name, name, "", value_type::integer, 0, 0, 0};
}
table_column moment(const char* name) {
  return {name, name, "", value_type::timestamp, 0, 0, 0};
}

std::string selected(const dialect& d, std::string_view schema, const table_schema& table,
                     const present_columns& present) {
  std::string columns;
  for (const table_column& c : table.columns)
    add_to_list(columns, present.contains(c.name) ? quoted(d, c.name) : "NULL", ", ");
  return fmt::format("SELECT {} FROM {}", columns, read_table(d, schema, table));
}

}  // namespace

const table_schema& run_table() {
  static const table_schema table = [] {
    table_schema t;
    t.collection = "_millrace_runs";
    t.label = "What runs of pipelines came to, and their collections; written by millrace";
    t.columns = {text("id", id_length),  text("run"),
                 text("pipeline"),       text("collection"),
                 text("object"),         moment("started_at"),
                 moment("ended_at"),     text("outcome"),
                 number("exit_code"),    number("records"),
                 number("rows_written"), number("deleted"),
                 number("requests"),     number("calls"),
                 text("error_code"),     text("error", text_length),
                 number("collections"),  number("skipped_ticks"),
                 text("notices_of"),     number("refused"),
                 number("quarantined")};
    return t;
  }();
  return table;
}

const table_schema& notice_table() {
  static const table_schema table = [] {
    table_schema t;
    t.collection = "_millrace_notices";
    t.label = "What runs of pipelines had to tell beside their outcome; written by millrace";
    t.columns = {text("id", id_length),     text("run"),       text("pipeline"),
                 text("collection"),        moment("told_at"), text("code"),
                 text("text", text_length), text("record"),    text("field")};
    return t;
  }();
  return table;
}

std::string read_runs(const dialect& d, std::string_view schema, const present_columns& present) {
  return fmt::format("{} WHERE {} = ? ORDER BY {} DESC", selected(d, schema, run_table(), present),
                     quoted(d, "pipeline"), quoted(d, "started_at"));
}

std::string read_notices(const dialect& d, std::string_view schema, const present_columns& present,
                         std::size_t runs) {
  std::string marks;
  for (std::size_t i = 0; i < runs; ++i)
    add_to_list(marks, "?");
  return fmt::format("{} WHERE {} IN ({}) ORDER BY {}",
                     selected(d, schema, notice_table(), present), quoted(d, "run"), marks,
                     quoted(d, "id"));
}

std::string outdated_rows(const dialect& d, std::string_view schema, const table_schema& table) {
  const bool of_runs = table.collection == run_table().collection;
  const auto time = of_runs ? static_cast<std::size_t>(run_column::started_at)
                            : static_cast<std::size_t>(notice_column::told_at);
  const physical_column column = physical_columns(d, table)[time];
  return fmt::format("SELECT {} FROM {} WHERE {} = ? AND {} < {}",
                     quoted(d, table.columns[table.key].name), read_table(d, schema, table),
                     quoted(d, "pipeline"), quoted(d, column.name),
                     column.cast.empty() ? "?" : filled(column.cast, {{"cell", "?"}}));
}

}  // namespace millrace::sql
