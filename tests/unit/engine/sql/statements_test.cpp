// Statements about tables: catalog, comments, checkpoints.
#include "engine/sql/statements.hpp"

#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace millrace::sql;

TEST_CASE("names in the catalog are texts, with the letters that the warehouse keeps") {
  CHECK(
      list_key(shipped("db2"), "crm", "leads") ==
      "SELECT colname FROM syscat.columns WHERE tabschema = 'CRM' AND tabname = 'LEADS' AND keyseq "
      "IS NOT NULL");
  CHECK(list_columns(shipped("bigquery"), "crm", "it's") ==
        "SELECT column_name, data_type FROM `crm`.INFORMATION_SCHEMA.COLUMNS WHERE table_name = "
        "'it\\'s'");
  CHECK(create_schema(shipped("sqlserver"), "o]n'e") ==
        "DECLARE @make nvarchar(300) = N'CREATE SCHEMA ' + QUOTENAME(N'o]n''e'); IF "
        "SCHEMA_ID(N'o]n''e') IS NULL EXEC (@make)");
}

TEST_CASE("labels become comments, where there are any") {
  table_schema t = small();
  t.label = "Leads; it's";
  t.columns[1].label = "Amount";
  const auto snowflake = create_table(shipped("snowflake"), "crm", t);
  REQUIRE(snowflake.size() == 3);
  CHECK(snowflake[1] == "COMMENT ON TABLE \"CRM\".\"LEADS\" IS 'Leads; it''s'");
  CHECK(snowflake[2] == "COMMENT ON COLUMN \"CRM\".\"LEADS\".\"AMOUNT\" IS 'Amount'");
  const auto databricks = create_table(shipped("databricks"), "crm", t);
  REQUIRE(databricks.size() == 1);
  CHECK(databricks[0].find("`amount` decimal(18,2) COMMENT 'Amount'") != std::string::npos);
  CHECK(databricks[0].ends_with("COMMENT 'Leads; it\\'s'"));
}

TEST_CASE("rows are removed by as many parameters as there are keys") {
  CHECK(remove_rows(shipped("trino"), "crm", small(), 3) ==
        "DELETE FROM \"crm\".\"leads\" WHERE \"id\" IN (?,?,?)");
}

TEST_CASE("checkpoints are one row for each collection, however the warehouse keeps them") {
  const std::map<std::string, std::string> present{{"collection", ""}, {"cursor", ""}};
  CHECK(read_checkpoints(shipped("postgresql"), "crm", present) ==
        "SELECT \"collection\", NULL, \"cursor\", NULL, NULL, NULL, NULL, NULL, NULL, NULL "
        "FROM "
        "\"crm\".\"_millrace_checkpoints\" ORDER BY \"collection\"");
  CHECK(read_checkpoints(shipped("clickhouse"), "crm", present)
            .ends_with("\"_millrace_checkpoints\" FINAL ORDER BY \"collection\""));
}

}  // namespace
