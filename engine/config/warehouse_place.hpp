// Where a connection string leads, so that two that lead to one place are known for it.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The place that a pipeline's tables are in. Holds no user name and no password, and is still not
/// to be shown: what else is secret depends on the driver (I16).
struct warehouse_place {
  std::string database;  ///< of a file: its path; otherwise what names the server and database
  bool is_file = false;  ///< the database is a file, and a file has no schemas
  bool named_by_schema = false;  ///< `{schema}` is in the string: each schema has its own database
  friend bool operator==(const warehouse_place&, const warehouse_place&) = default;
};

/// `odbc`: the connection string, `{schema}` not yet replaced. Differences that lead to the same
/// place do not count: the driver's name, the login, the case and order of keys, braces, and
/// another way to write a path.
warehouse_place place_of(std::string_view odbc, std::string_view schema);

}  // namespace millrace
