// From a configured warehouse to a connection and its dialect.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/connection_string.hpp"
#include "connectors/odbc/idle_connections.hpp"
#include "connectors/warehouse.hpp"
#include "engine/sql/dialect.hpp"

#include <memory>
#include <string>

namespace millrace::odbc {

/// How to connect, with everything that can be known before.
struct connecting {
  std::string warehouse;
  std::string schema;
  connection_string text;
  std::shared_ptr<const sql::dialect> dialect;
  bool file_absent = false;  ///< the database file is not there yet
  std::size_t lane = 0;
  std::shared_ptr<loader_memory> memory;
  std::shared_ptr<statement_watch> watch;
  milliseconds statement_timeout{0};
  std::shared_ptr<rounding_log> rounded;
  std::shared_ptr<writer_thread> thread;
  value_policy refused_values = value_policy::keep_as_text;
  std::shared_ptr<idle_connections> idle;  ///< none: each is closed when its work is done
};

/// A connection that is ready for work: session set up, transactions by hand where there are any.
result<std::unique_ptr<connection>> connect(const connecting& how);

/// A file database's dialect, folder and file are looked at before any driver is asked; the other
/// dialects are recognised by what the driver says.
struct recognised {
  connecting how;
  driver_facts facts;
  std::unique_ptr<connection> link;  ///< ready for work; none: the database is not there yet
};
result<recognised> recognise(const warehouse_target& target);

}  // namespace millrace::odbc
