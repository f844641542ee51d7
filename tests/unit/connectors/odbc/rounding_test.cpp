// What columns round is counted: no warehouse says a word about it.
#include "connectors/odbc/rounding.hpp"

#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

/// Opportunities without a cursor; some of their columns, where a refresh reads no more.
table_ptr opportunities(bool some = false) {
  auto t = std::make_shared<table_schema>();
  t->collection = "opportunities";
  t->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                {"quantity", "Quantity", "", value_type::floating, 0, 18, 2},
                {"amount", "Amount", "", value_type::decimal, 0, 18, 2},
                {"close_time", "CloseTime", "", value_type::timestamp, 0, 0, 0}};
  if (some) t->columns.erase(t->columns.begin() + 1);
  return t;
}

batch_ptr batch_of(const table_ptr& table, const std::vector<std::vector<std::string>>& records) {
  batch_builder rows(table, {});
  for (const auto& cells : records) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!cells[i].empty()) rows.at(i).append(cells[i]);
    rows.end_row();
  }
  return rows.take_rest();
}

TEST_CASE("I9: every value that its column rounds is counted, and each column told once") {
  odbc::rounding_log log;
  const batch_ptr rows =
      batch_of(opportunities(), {{"a", "1.5", "1.25", "2024-01-01 00:00:00.000"},
                                 {"b", "2", "1.255", "2024-01-01 00:00:00.001"},
                                 {"c", "", "", ""},
                                 {"a", "7.125", "9.999", "2024-01-01 12:00:00.000"}});
  // A table that nobody has looked at.
  CHECK(log.count(*rows, {1, 2, 3}) == 0);
  log.learn(sql::shipped("postgresql"), *opportunities(),
            {{"quantity", "bigint"}, {"close_time", "DATE"}});
  CHECK(log.count(*rows, {1, 2, 3}) == 5);  // of the row that was dropped nothing
  CHECK(log.count(*rows, {0, 1, 2, 3}) == 6);
  const auto told = log.take_notices();
  REQUIRE(told.size() == 3);
  CHECK(told[0].text ==
        "the column opportunities.quantity is bigint: values with more are rounded by the "
        "warehouse, and counted as adjusted");
  CHECK(told[1].text.find("amount is numeric(18,2)") != std::string::npos);
  // Columns are known by their names: a batch may have others before them, or less of them.
  const batch_ptr some = batch_of(opportunities(true), {{"a", "1.255", "2024-01-01 00:00:00.000"}});
  CHECK(log.count(*some, {0}) == 1);
  CHECK(log.take_notices().empty());
}

TEST_CASE("a column that became wider rounds no more") {
  odbc::rounding_log log;
  const batch_ptr rows = batch_of(opportunities(), {{"a", "", "1.255", ""}});
  log.learn(sql::shipped("postgresql"), *opportunities(), {});
  CHECK(log.count(*rows, {0}) == 1);
  log.learn(sql::shipped("postgresql"), *opportunities(), {{"amount", "numeric(20,4)"}});
  CHECK(log.count(*rows, {0}) == 0);
}

}  // namespace
