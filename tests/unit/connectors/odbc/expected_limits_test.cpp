// What a run that never connects knows of its warehouse.
#include "connectors/odbc/odbc_warehouse.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

TEST_CASE("limits are those of the dialect that the configuration gives away") {
  const auto bytes = [](const char* odbc, const char* dialect) {
    warehouse_target target;
    target.connection_string = odbc;
    target.dialect = dialect;
    return odbc::expected_limits(target).identifier_bytes_max;
  };
  CHECK(bytes("Driver=MariaDB Unicode;Server=db", "") == 64);
  CHECK(bytes("Driver=PostgreSQL Unicode;Server=db", "") == 63);
  CHECK(bytes("Driver=SQLite3;Database=x.db", "") == 200);
  CHECK(bytes("DSN=something", "bigquery") == 300);
  CHECK(bytes("Driver=SQLite3;Database=x.db", "snowflake") == 255);
  // Only the driver could tell.
  CHECK(bytes("DSN=something", "") == 63);
  CHECK(bytes("not a connection string", "") == 63);
}

}  // namespace
