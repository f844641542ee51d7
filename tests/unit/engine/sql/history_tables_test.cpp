// Statements about what a schema keeps of runs.
#include "engine/sql/history_tables.hpp"

#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace millrace::sql;

TEST_CASE("the columns of the tables stand where their names say") {
  const auto name = [](const table_schema& t, auto column) {
    return t.columns.at(static_cast<std::size_t>(column)).name;
  };
  CHECK(run_table().columns.size() == static_cast<std::size_t>(run_column::quarantined) + 1);
  CHECK(name(run_table(), run_column::id) == "id");
  CHECK(name(run_table(), run_column::started_at) == "started_at");
  CHECK(name(run_table(), run_column::outcome) == "outcome");
  CHECK(name(run_table(), run_column::rows_written) == "rows_written");
  CHECK(name(run_table(), run_column::error_code) == "error_code");
  CHECK(name(run_table(), run_column::notices_of) == "notices_of");
  CHECK(name(run_table(), run_column::quarantined) == "quarantined");
  CHECK(notice_table().columns.size() == static_cast<std::size_t>(notice_column::field) + 1);
  CHECK(name(notice_table(), notice_column::told_at) == "told_at");
  CHECK(name(notice_table(), notice_column::field) == "field");
}

TEST_CASE("what a table of an older version lacks is read as NULL") {
  const present_columns present{{"id", ""}, {"run", ""}, {"code", ""}};
  CHECK(read_notices(shipped("postgresql"), "crm", present, 2) ==
        "SELECT \"id\", \"run\", NULL, NULL, NULL, \"code\", NULL, NULL, NULL FROM "
        "\"crm\".\"_millrace_notices\" WHERE \"run\" IN (?,?) ORDER BY \"id\"");
  const std::string runs = read_runs(shipped("clickhouse"), "crm", {{"id", ""}});
  CHECK(runs.starts_with("SELECT \"id\", NULL, "));
  CHECK(runs.ends_with(
      "\"_millrace_runs\" FINAL WHERE \"pipeline\" = ? ORDER BY \"started_at\" DESC"));
}

TEST_CASE("I17: old rows are those of one pipeline, by parameters of the column's type") {
  CHECK(outdated_rows(shipped("sqlite"), "crm", run_table()) ==
        "SELECT \"id\" FROM \"_millrace_runs\" WHERE \"pipeline\" = ? AND \"started_at\" < ?");
  CHECK(
      outdated_rows(shipped("oracle"), "crm", notice_table()).find("\"TOLD_AT\" < TO_TIMESTAMP(") !=
      std::string::npos);
}

}  // namespace
