// Column names of a table. Who keeps a plain name that two fields share does not depend on the
// order of describe: standard fields before custom ones, then the API name decides.
#include "engine/naming/table_schema.hpp"

#include "engine/naming/snake_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

/// Of a SHA-256 in hexadecimal.
constexpr std::uint32_t hash_digits = 64;

bool is_service_name(std::string_view name) {
  return name == received_at_column || name == written_at_column || name.starts_with("_millrace_");
}

bool is_custom(std::string_view api_name) {
  return api_name.ends_with("__c") || api_name.ends_with("__s") || api_name.ends_with("__pc");
}

/// The source's own soft-delete mark serves, where there is one.
void add_marks(table_schema& table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].name == is_deleted_column) table.is_deleted = i;
  if (!table.is_deleted) {
    table.is_deleted = table.columns.size();
    table.columns.push_back({is_deleted_column, "", "", value_type::boolean, 0, 0, 0, "0"});
  }
  table.deleted_at = table.columns.size();
  table.columns.push_back({deleted_at_column, "", "", value_type::timestamp, 0, 0, 0});
}

}  // namespace

named_table make_table_schema(const collection& what, std::size_t identifier_bytes_max,
                              bool marks_deleted) {
  named_table out;
  out.table.collection = what.name;
  out.table.label = what.label;
  out.table.key = what.key;
  out.table.version = what.version;

  std::vector<std::size_t> order(what.fields.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::string& left = what.fields[a].name;
    const std::string& right = what.fields[b].name;
    return std::pair(is_custom(left), std::string_view(left)) <
           std::pair(is_custom(right), std::string_view(right));
  });

  std::vector<std::string> names(what.fields.size());
  std::map<std::string, std::size_t, std::less<>> taken;
  for (const std::size_t i : order) {
    const std::string& source = what.fields[i].name;
    std::string name = identifier_of(source);
    const auto holder = taken.find(name);
    const bool service = is_service_name(name);
    if (name.size() > identifier_bytes_max || service || holder != taken.end()) {
      const std::string plain = name;
      for (std::string salt = source; name == plain || taken.contains(name); salt += '*')
        name = with_suffix(plain, salt, identifier_bytes_max);
      out.notices.push_back(
          {what.name, "column_renamed",
           holder != taken.end()
               ? fmt::format("the fields {} and {} share the column name {}; {} is loaded as {}",
                             what.fields[holder->second].name, source, plain, source, name)
               : fmt::format("the field {} is loaded as {}: {} {}", source, name, plain,
                             service ? "is a name of millrace's own" : "is too long")});
    }
    taken.emplace(name, i);
    names[i] = std::move(name);
  }

  out.table.columns.reserve(what.fields.size());
  for (std::size_t i = 0; i < what.fields.size(); ++i) {
    const field& f = what.fields[i];
    if (f.hashed) {
      out.table.columns.push_back(
          {names[i], f.name, f.label, value_type::text, hash_digits, 0, 0, {}, true});
      continue;
    }
    out.table.columns.push_back(
        {names[i], f.name, f.label, f.type, f.length, f.precision, f.scale});
  }
  if (marks_deleted) add_marks(out.table);
  return out;
}

table_schema marks_of(const table_schema& table) {
  table_schema out;
  out.collection = table.collection;
  out.columns = {table.columns[table.key], table.columns[*table.is_deleted],
                 table.columns[*table.deleted_at]};
  return out;
}

table_schema hashes_of(const table_schema& table) {
  table_schema out;
  out.collection = table.collection;
  out.columns = {table.columns[table.key]};
  for (const table_column& c : table.columns)
    if (c.hashed) out.columns.push_back(c);
  return out;
}

table_schema keys_of(const table_schema& table, std::size_t identifier_bytes_max) {
  constexpr std::string_view prefix = "_millrace_keys_";
  table_schema out;
  out.collection = std::string(prefix) + table.collection;
  if (out.collection.size() > identifier_bytes_max)
    out.collection = with_suffix(out.collection, table.collection, identifier_bytes_max);
  out.columns = {table.columns[table.key]};
  return out;
}

table_schema part_of(const table_schema& table, const collection& part) {
  table_schema out;
  out.collection = table.collection;
  out.label = table.label;
  out.key = part.key;
  out.version = part.version;
  for (const field& f : part.fields)
    for (const table_column& c : table.columns)
      if (c.source == f.name) out.columns.push_back(c);
  return out;
}

table_schema filled_part_of(const table_schema& table, const collection& part,
                            const std::vector<std::string>& columns) {
  table_schema out = part_of(table, part);
  for (const table_column& c : table.columns)
    if (c.source.empty() && std::find(columns.begin(), columns.end(), c.name) != columns.end())
      out.columns.push_back(c);
  return out;
}

}  // namespace millrace
