// What the warehouse says about itself and about a table, for plans and for people.
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/table.hpp"

#include <string>
#include <vector>

namespace millrace {

/// What would have to be done to a table before it can be loaded.
struct table_change {
  bool create = false;
  std::vector<std::string> add_columns;    ///< names, in order
  std::vector<std::string> widen_columns;  ///< likewise
  std::vector<std::string> statements;     ///< the SQL, in order
  std::vector<notice> notices;             ///< for example a column whose type somebody changed
  /// Columns whose values have to be read again, of rows that are there: they are new, or hold what
  /// was rounded (I11).
  std::vector<std::string> owed = {};
  /// The table's columns as they are to be loaded: some may have another name or type than their
  /// field would have today. Empty: as they were asked for.
  std::vector<table_column> columns = {};
  [[nodiscard]] bool none() const { return statements.empty(); }
};

/// What the warehouse can take, as its dialect says.
struct warehouse_limits {
  std::size_t identifier_bytes_max = 63;
  std::size_t columns_max = 0;      ///< of a table; 0: unknown
  std::size_t connections_max = 0;  ///< that one table gains from; 0: no limit
  std::size_t batch_rows = 2000;
  std::size_t batch_bytes = std::size_t{2} << 20U;
};

/// Facts that the driver tells about itself, for people and for the choice of a dialect.
struct driver_facts {
  std::string driver_name;     ///< SQL_DRIVER_NAME
  std::string driver_version;  ///< SQL_DRIVER_VER
  std::string dbms_name;       ///< SQL_DBMS_NAME
  std::string dbms_version;    ///< SQL_DBMS_VER
  std::string dialect = {};    ///< that was chosen
  warehouse_limits limits = {};
};

/// One thing that was tried at a warehouse.
struct warehouse_finding {
  std::string what;  ///< "rights", "values", "time zone", "loader"
  bool good = true;
  std::string text;
};

}  // namespace millrace
