// Identifiers and text literals: the one place where a name or a text becomes part of a statement
// (I17). Values of records never do: they are bound.
#pragma once

#include "engine/sql/dialect.hpp"

#include <string>
#include <string_view>

namespace millrace::sql {

/// `na"me` -> `"na""me"`, with the letters that unquoted names become in this warehouse.
std::string quoted(const dialect& d, std::string_view name);

/// The audited way of a text into a statement: `it's` -> `'it''s'`. NUL and control characters are
/// left out: they have no place in names and labels, which is all that comes here.
std::string literal(const dialect& d, std::string_view text);

/// `"schema"."table"`, `"table"` where the database is the schema, `"schema__table"` where there
/// are no schemas.
std::string table_name(const dialect& d, std::string_view schema, std::string_view table);

/// With the letters that unquoted names become in this warehouse. ASCII only: names are snake case.
std::string folded(const dialect& d, std::string_view name);

/// The name by which the warehouse's catalog knows the table.
std::string catalog_name(const dialect& d, std::string_view schema, std::string_view table);

}  // namespace millrace::sql
