// What the tests of the dialects share.
#pragma once

#include "engine/model/table.hpp"
#include "engine/sql/dialect_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace millrace::sql {

inline dialect shipped(std::string_view name) {
  const auto all = load_dialects({});
  REQUIRE_MESSAGE(all.has_value(), (all ? "" : to_string(all.error())));
  for (const dialect& d : *all)
    if (d.name == name) return d;
  FAIL("not built in");
  return {};
}

inline std::string shipped_text(std::string_view name) {
  for (const shipped_dialect& s : shipped_dialects())
    if (s.name == name) return std::string(s.text);
  return {};
}

/// A key, a cell and a version.
inline table_schema small() {
  table_schema t;
  t.collection = "leads";
  t.columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
               {"amount", "Amount", "", value_type::decimal, 0, 18, 2},
               {"system_modstamp", "SystemModstamp", "", value_type::timestamp, 0, 0, 0}};
  t.version = 2;
  return t;
}

/// The shortest dialect file there is: what tests of the model change a line of.
inline constexpr const char* shortest = R"toml(name    = "mine"
title   = "Mine"
drivers = ["mydriver"]
dbms    = ["MyDB"]

[identifiers]
quote     = '"'
bytes_max = 40

[schema]
style = "schema"

[types]
key       = "text"
text      = "text"
boolean   = "boolean"
integer   = "bigint"
decimal   = "numeric"
floating  = "double"
date      = "date"
timestamp = "timestamp"
time      = "time"

[statements]
create_table = "CREATE TABLE {table} ({columns})"
add_column   = "ALTER TABLE {table} ADD {column} {type}"
is_empty     = "SELECT 1 FROM {table}"
remove_rows  = "DELETE FROM {table} WHERE {key} IN ({keys})"
vanished     = "SELECT {key} FROM {table}"

[merge]
upsert         = "MERGE {table} {source} {key} {condition} {assignments} {values}"
update         = "UPDATE {table} {source} {condition} {assignments}"
assignment     = "{column}=s.{column}"
version_newer  = "s.{version}>t.{version}"
version_equal  = "s.{version}=t.{version}"
column_differs = "t.{column}<>s.{column}"

[[loaders]]
name = "multi_row"
rows = 10
)toml";

/// `text` with its first `from` replaced.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

inline dialect parsed(const std::string& text) {
  const auto d = parse_dialect(text, "mine.toml");
  REQUIRE_MESSAGE(d.has_value(), (d ? "" : to_string(d.error())));
  return *d;
}

}  // namespace millrace::sql
