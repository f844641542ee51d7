// A table that somebody changed by hand is met with the least surprising action: what is missing is
// added, what is there is kept, and a notice tells.
#include "connectors/odbc/tables.hpp"

#include "connectors/odbc/type_changes.hpp"
#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace millrace::odbc {
namespace {

error conflict(const table_schema& table, std::string message) {
  return {errc::table_conflict,
          std::move(message),
          fmt::format("Rename or drop it, or exclude the collection {}", table.collection),
          retry::never,
          {},
          {}};
}

result<std::vector<std::string>> key_of(connection& link, const std::string& question,
                                        const table_schema& table) {
  MILLRACE_TRY(const auto rows, link.query(question, "looking at the key of " + table.collection));
  std::vector<std::string> out;
  for (const row& r : rows)
    out.push_back(r.empty() ? std::string() : lowered(r[0].value_or("")));
  return out;
}

/// The merge needs the key to be one: duplicates would come otherwise.
result<void> check_key(connection& link, const sql::dialect& d, const std::string& schema,
                       const table_schema& table, const std::optional<seen_table>& seen) {
  if (d.list_key.empty()) return {};
  MILLRACE_TRY(const auto columns,
               seen ? seen->key : key_of(link, sql::list_key(d, schema, table.collection), table));
  const std::string& key = table.columns[table.key].name;
  if (columns.size() == 1 && columns[0] == key) return {};
  return failure(conflict(
      table, fmt::format("{} is in the schema {} already, and {} is not its primary key: millrace "
                         "has not made it (or it is a view)",
                         table.collection, schema, key)));
}

void note(table_change& change, const table_schema& table, const char* code, std::string text) {
  change.notices.push_back({table.collection, code, std::move(text)});
}

/// A column that is there, against what it should be.
void compare_column(const sql::dialect& d, const std::string& schema, const table_schema& table,
                    const sql::physical_column& wanted, const std::string& present,
                    table_plan& plan) {
  if (present.empty()) return;  // the driver tells names only
  if (const auto why = plan.retyped.find(wanted.name); why != plan.retyped.end()) {
    plan.change.widen_columns.push_back(wanted.name);
    plan.widenings.push_back(
        {wanted.name,
         sql::widen_column(d, schema, table, wanted, wanted.type),
         {table.collection, "column_retyped",
          fmt::format("{}: the column {}.{} becomes {} where it was {}, which "
                      "holds both, and is filled again",
                      why->second, table.collection, wanted.name, wanted.type, present)},
         present,
         false,
         true});
    return;
  }
  const sql::type_comparison compared = sql::compare_types(*wanted.rule, present, wanted.type);
  if (compared.fit == sql::type_fit::same) return;
  if (compared.fit == sql::type_fit::widen && !d.widen_column.empty()) {
    plan.change.widen_columns.push_back(wanted.name);
    const bool number =
        std::any_of(table.columns.begin(), table.columns.end(), [&](const table_column& c) {
          return c.name == wanted.name && c.type == value_type::decimal;
        });
    plan.widenings.push_back({wanted.name,
                              sql::widen_column(d, schema, table, wanted, compared.type),
                              {table.collection, "column_widened",
                               fmt::format("the column {}.{} is widened from {} to {}",
                                           table.collection, wanted.name, present, compared.type)},
                              present,
                              number && sql::has_more_digits(compared.type, present),
                              false});
    return;
  }
  plan.other_types.emplace(wanted.name, present);
  note(plan.change, table, "column_type_differs",
       fmt::format("the column {}.{} is {} in the warehouse and would be {} today; it is left as "
                   "it is: values that do not fit fail the collection, or are rounded and counted",
                   table.collection, wanted.name, present, wanted.type));
}

/// By records, not by the warehouse side.
bool is_filled(const table_schema& table, const std::string& name) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const table_column& c) { return c.name == name; });
}

void note_kept_columns(const std::map<std::string, std::string>& present,
                       const std::vector<sql::physical_column>& wanted, const table_schema& table,
                       table_change& change) {
  std::set<std::string_view> known;
  for (const sql::physical_column& c : wanted)
    known.insert(c.name);
  for (const auto& [name, type] : present)
    if (!known.contains(name))
      note(change, table, "column_kept",
           fmt::format("the column {}.{} has no field that is read now; it is kept as it is",
                       table.collection, name));
}

void join_statements(table_plan& plan) {
  plan.change.statements = plan.create_or_add;
  for (const widening& w : plan.widenings)
    plan.change.statements.insert(plan.change.statements.end(), w.statements.begin(),
                                  w.statements.end());
}

}  // namespace

table_plan plan_creation(const sql::dialect& d, const std::string& schema,
                         const table_schema& table) {
  table_plan plan;
  plan.table = table;
  plan.change.create = true;
  plan.create_or_add = sql::create_table(d, schema, table);
  join_statements(plan);
  return plan;
}

result<std::map<std::string, std::string>> columns_of(connection& link, const sql::dialect& d,
                                                      const std::string& schema,
                                                      const std::string& table) {
  std::map<std::string, std::string> out;
  const std::string question = sql::list_columns(d, schema, table);
  if (question.empty()) {
    // No catalog that the dialect knows: the driver is asked. A schema may be its catalog.
    const std::string wanted = sql::folded(d, schema);
    const bool has_schemas = d.style == sql::schema_style::schema;
    for (const std::string& catalog : {std::string(), wanted}) {
      MILLRACE_TRY(const auto columns,
                   link.columns_of_table(catalog, sql::catalog_name(d, schema, table),
                                         "looking at the table " + table));
      for (const connection::catalog_column& c : columns)
        if (!has_schemas || c.schema == wanted || c.catalog == wanted)
          out.emplace(lowered(c.name), "");
      if (!out.empty() || !has_schemas) break;
    }
    return out;
  }
  const auto rows = link.query(question, "looking at the table " + table);
  if (!rows) {
    // Some catalogs are part of a schema and missing with it: the dialect knows the words.
    if (rows.error().code != errc::table_missing) return failure(rows.error());
    link.roll_back();
    return out;
  }
  for (const row& r : *rows)
    if (r.size() >= 2) out.emplace(lowered(r[0].value_or("")), r[1].value_or(""));
  return out;
}

result<table_plan> compare_table(connection& link, const sql::dialect& d, const std::string& schema,
                                 const table_schema& table, const std::vector<std::string>& before,
                                 std::optional<seen_table> seen) {
  std::vector<sql::physical_column> wanted = sql::physical_columns(d, table);
  const std::size_t columns = wanted.size();
  if (d.columns_max > 0 && columns > d.columns_max)
    return failure(error{errc::table_conflict,
                         fmt::format("{} has {} columns, a table of {} takes {}", table.collection,
                                     columns, d.title, d.columns_max),
                         "Exclude some fields of this collection",
                         retry::never,
                         {},
                         {}});
  MILLRACE_TRY(const auto present,
               seen ? std::move(seen->columns) : columns_of(link, d, schema, table.collection));
  if (present.empty()) return plan_creation(d, schema, table);
  MILLRACE_CHECK(check_key(link, d, schema, table, seen));
  table_plan plan;
  plan.table = table;
  MILLRACE_TRY(const bool changed, follow_types(d, before, present, plan));
  if (changed) wanted = sql::physical_columns(d, plan.table);
  std::size_t known = 0;
  for (const sql::physical_column& column : wanted) {
    const auto found = present.find(column.name);
    if (found != present.end()) {
      ++known;
      compare_column(d, schema, plan.table, column, found->second, plan);
      continue;
    }
    if (column.is_key)
      return failure(conflict(
          table, fmt::format("the table {} has no column {}", table.collection, column.name)));
    // Of rows that are there the mark is rightly NULL: no history has to be read for it.
    if (column.name != deleted_at_column) {
      plan.change.add_columns.push_back(column.name);
      if (is_filled(plan.table, column.name)) plan.change.owed.push_back(column.name);
    }
    for (std::string& statement : sql::add_column(d, schema, plan.table, column))
      plan.create_or_add.push_back(std::move(statement));
  }
  if (!plan.change.add_columns.empty()) note_new_fields(before, plan);
  if (known < present.size()) note_kept_columns(present, wanted, table, plan.change);
  join_statements(plan);
  return plan;
}

}  // namespace millrace::odbc
