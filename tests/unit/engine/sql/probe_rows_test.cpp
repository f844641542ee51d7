// The probe's rows: within what a dialect's types hold, and hostile within that.
#include "engine/sql/probe_rows.hpp"

#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>

namespace {

using namespace millrace;
using namespace millrace::sql;

std::size_t characters_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6U) != 2; }));
}

TEST_CASE("the longest text of the probe has as many characters as Salesforce's longest field") {
  const auto rows = probe_rows(shipped("postgresql"), "0a1b2c3d");
  CHECK(characters_of(rows[0][2].value()) == 131'072);
  CHECK(rows[0][2]->size() > 131'072);  // of several bytes
}

TEST_CASE("the probe keeps to what the dialect's types hold") {
  CHECK(probe_rows(shipped("redshift"), "0a1b2c3d")[0][2]->size() == 65'535);
  const auto rows = probe_rows(shipped("clickhouse"), "0a1b2c3d");
  CHECK(rows[0][7] == "1900-01-01");
  CHECK(rows[1][7] == "2299-12-31");
  CHECK(probe_rows(shipped("postgresql"), "0a1b2c3d")[0][7] == "1700-01-01");
}

TEST_CASE("probes of two processes have no key in common, and keys fit a Salesforce Id") {
  for (const probe_row& row : probe_rows(shipped("sqlite"), "0a1b2c3d")) {
    CHECK(row[0]->size() == 18);
    CHECK(row[0]->find("0a1b2c3d") == 2);
    CHECK(row.size() == probe_table("t").columns.size());
  }
  CHECK(plain_probe_row("0a1b2c3d", 7)[0] == "b00a1b2c3d00000007");
}

}  // namespace
