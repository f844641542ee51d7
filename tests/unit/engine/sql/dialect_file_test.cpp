// Dialect files: faults have a place; statements come out as the dialect says.
#include "engine/sql/dialect_file.hpp"

#include "engine/sql/statements.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace millrace::sql;

dialect sqlite() {
  const auto all = load_dialects({});
  REQUIRE_MESSAGE(all.has_value(), (all ? "" : to_string(all.error())));
  for (const dialect& d : *all)
    if (d.name == "sqlite") return d;
  FAIL("sqlite is not built in");
  return {};
}

std::string sqlite_text() {
  for (const shipped_dialect& s : shipped_dialects())
    if (s.name == "sqlite") return std::string(s.text);
  return {};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

table_schema small() {
  table_schema t;
  t.collection = "leads";
  t.columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
               {"amount", "Amount", "", value_type::decimal, 0, 18, 2},
               {"system_modstamp", "SystemModstamp", "", value_type::timestamp, 0, 0, 0}};
  t.version = 2;
  return t;
}

TEST_CASE("what comes with millrace can be read") {
  CHECK(sqlite().rows_per_statement == 50);
}

TEST_CASE("a fault in a dialect file has a file, a line and a column") {
  const auto fault = [](const std::string& text) {
    const auto d = parse_dialect(text, "mine.toml");
    REQUIRE(!d.has_value());
    CHECK(d.error().code == errc::dialect_invalid);
    CHECK(d.error().message.starts_with("mine.toml:"));
    return d.error().message;
  };
  CHECK(fault(with(sqlite_text(), "[loader]", "[loader]\nspeed = 3"))
            .find("loader.speed is unknown") != std::string::npos);
  CHECK(
      fault(with(sqlite_text(), "bytes_max = 200", "")).find("identifiers.bytes_max is missing") !=
      std::string::npos);
  CHECK(fault(with(sqlite_text(), "rows_per_statement = 50", "rows_per_statement = \"x\""))
            .find("number") != std::string::npos);
  CHECK(fault(with(sqlite_text(), "meaning = \"warehouse_busy\"", "meaning = \"bussy\""))
            .find("bussy") != std::string::npos);
  CHECK(fault("name = ").find("mine.toml:1:") == 0);
}

TEST_CASE("numbers that a double does not hold become text") {
  const dialect d = sqlite();
  table_column c{"x", "X", "", value_type::decimal, 0, 15, 2};
  CHECK(column_type(d, c, false) == "NUMERIC");
  c.precision = 18;
  CHECK(column_type(d, c, false) == "TEXT");
  c.precision = 0;
  CHECK(column_type(d, c, false) == "TEXT");
}

TEST_CASE("statements for SQLite") {
  const dialect d = sqlite();
  CHECK(
      create_table(d, "crm", small()) ==
      R"(CREATE TABLE "leads" ("id" TEXT NOT NULL, "amount" TEXT, "system_modstamp" TEXT, "received_at" TEXT, "uuid_ts" TEXT, PRIMARY KEY ("id")))");
  CHECK(
      merge(d, "crm", small(), merge_mode::first_load, 2) ==
      R"(INSERT INTO "leads" AS t ("id","amount","system_modstamp","received_at","uuid_ts") VALUES (?,?,?,?,?),(?,?,?,?,?) )"
      R"(ON CONFLICT ("id") DO UPDATE SET "amount"=excluded."amount","system_modstamp"=excluded."system_modstamp",)"
      R"("received_at"=excluded."received_at","uuid_ts"=excluded."uuid_ts" WHERE t."system_modstamp" IS NULL OR )"
      R"(excluded."system_modstamp">t."system_modstamp" OR excluded."system_modstamp"=t."system_modstamp")");
  CHECK(
      merge(d, "crm", small(), merge_mode::changed, 1)
          .ends_with(
              R"(OR (excluded."system_modstamp"=t."system_modstamp" AND (t."amount" IS NOT excluded."amount")))"));
}

TEST_CASE("I17: quotes in names are doubled, and what is filled in is not looked at again") {
  const dialect d = sqlite();
  CHECK(quoted(d, "a\"b") == "\"a\"\"b\"");
  table_schema t = small();
  t.collection = "{columns}";
  CHECK(create_table(d, "", t).starts_with("CREATE TABLE \"{columns}\" (\"id\""));
}

TEST_CASE("wide tables take fewer rows a statement than the warehouse has parameters for") {
  const dialect d = sqlite();
  table_schema t = small();
  for (int i = 0; i < 1995; ++i)
    t.columns.push_back({"c" + std::to_string(i), "", "", value_type::text, 0, 0, 0});
  CHECK(rows_per_statement(d, t) == 16);
  CHECK(rows_per_statement(d, small()) == 50);
}

}  // namespace
