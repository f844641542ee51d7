// What the warehouse says about itself and about a table, for plans and for people.
#pragma once

#include "engine/model/catalog.hpp"

#include <string>
#include <vector>

namespace millrace {

/// What would have to be done to a table before it can be loaded.
struct table_change {
  bool create = false;
  std::vector<std::string> add_columns;  ///< names, in order
  std::vector<std::string> statements;   ///< the SQL, in order
  std::vector<notice> notices;           ///< for example a column whose type somebody changed
  [[nodiscard]] bool none() const { return !create && add_columns.empty(); }
};

/// Facts that the driver tells about itself, for people and for the choice of a dialect.
struct driver_facts {
  std::string driver_name;     ///< SQL_DRIVER_NAME
  std::string driver_version;  ///< SQL_DRIVER_VER
  std::string dbms_name;       ///< SQL_DBMS_NAME
  std::string dbms_version;    ///< SQL_DBMS_VER
};

}  // namespace millrace
