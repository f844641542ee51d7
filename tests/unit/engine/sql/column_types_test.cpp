// Types: long texts and wide numbers go beyond, and columns that are there become wider.
#include "engine/sql/column_types.hpp"

#include "engine/sql/statements.hpp"
#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace millrace::sql;

table_column text(std::uint32_t length) {
  return {"x", "X", "", value_type::text, length, 0, 0};
}
table_column decimal(std::uint16_t precision, std::uint16_t scale) {
  return {"x", "X", "", value_type::decimal, 0, precision, scale};
}

TEST_CASE("I9: numbers that a double does not hold become text in SQLite") {
  const dialect d = shipped("sqlite");
  CHECK(column_type(d, decimal(15, 2), false) == "NUMERIC");
  CHECK(column_type(d, decimal(18, 2), false) == "TEXT");
  CHECK(column_type(d, decimal(0, 0), false) == "TEXT");
}

TEST_CASE("texts of any length, and of an unknown one") {
  const auto type = [](const char* name, std::uint32_t length) {
    return column_type(shipped(name), text(length), false);
  };
  CHECK(type("mysql", 16000) == "text");
  CHECK(type("mysql", 16001) == "longtext");
  CHECK(type("redshift", 80) == "character varying(240)");
  CHECK(type("redshift", 131'072) == "character varying(65535)");
  CHECK(type("sqlserver", 4000).starts_with("nvarchar(4000)"));
  CHECK(type("sqlserver", 4001).starts_with("nvarchar(max)"));
  CHECK(type("oracle", 1000) == "varchar2(1000 char)");
  CHECK(type("oracle", 131'072) == "clob");
  for (const shipped_dialect& s : shipped_dialects()) {
    CAPTURE(std::string(s.name));
    const std::string unknown = column_type(shipped(s.name), text(0), false);
    CHECK(unknown.find("(0") == std::string::npos);
    const std::string number = column_type(shipped(s.name), decimal(0, 0), false);
    CHECK(number.find("(0") == std::string::npos);
  }
}

TEST_CASE("the name of a type tells how many digits it holds behind the point") {
  CHECK(digits_behind_point("numeric(18,2)") == 2);
  CHECK(digits_behind_point("DECIMAL( 20 , 4 ) UNSIGNED") == 4);
  CHECK(digits_behind_point("number(38)") == 0);
  CHECK(digits_behind_point("bigint(20)") == 0);
  for (const char* any : {"numeric", "double precision", "text", "float(53)"}) {
    CAPTURE(any);
    CHECK_FALSE(digits_behind_point(any));
  }
}

TEST_CASE("a column that may be NULL says so where the warehouse needs it") {
  const dialect d = shipped("clickhouse");
  const auto columns = physical_columns(d, small());
  CHECK(declared_type(d, columns[0]) == "String");
  CHECK(columns[1].type == "Decimal(18,2)");
  CHECK(declared_type(d, columns[1]) == "Nullable(Decimal(18,2))");
  CHECK(columns[1].cast == "CAST({cell} AS Nullable(Decimal(18,2)))");
  CHECK(create_table(d, "crm", small())[0].find("\"amount\" Nullable(Decimal(18,2)) COMMENT") !=
        std::string::npos);
  CHECK(widen_column(d, "crm", small(), columns[1], "Decimal(20,4)")[0] ==
        "ALTER TABLE \"crm\".\"leads\" MODIFY COLUMN \"amount\" Nullable(Decimal(20,4))");
}

void check_fit(const type_rule& rule, const char* present, const char* wanted, type_fit fit,
               const std::string& type = "") {
  CAPTURE(present);
  CAPTURE(wanted);
  const type_comparison c = compare_types(rule, present, wanted);
  CHECK(c.fit == fit);
  CHECK(c.type == type);
}

TEST_CASE("I11: widened is widened, and nothing else") {
  const type_rule plain;
  check_fit(plain, "numeric(18,2)", "numeric(18,2)", type_fit::same);
  check_fit(plain, "NUMERIC(18, 2)", "numeric(18,2)", type_fit::same);
  check_fit(plain, "numeric(20,2)", "numeric(18,2)", type_fit::same);
  check_fit(plain, "numeric", "numeric(18,2)", type_fit::same);
  check_fit(plain, "numeric(18,2)", "numeric(20,2)", type_fit::widen, "numeric(20,2)");
  check_fit(plain, "numeric(18,2)", "numeric", type_fit::widen, "numeric");
  // More digits behind the point must not cost any before it.
  check_fit(plain, "numeric(18,2)", "numeric(18,4)", type_fit::widen, "numeric(20,4)");
  check_fit(plain, "number(19,0)", "number(19)", type_fit::same);
  check_fit(plain, "varchar(80)", "varchar(255)", type_fit::widen, "varchar(255)");
  check_fit(plain, "character varying(80)", "character varying(255)", type_fit::widen,
            "character varying(255)");
  check_fit(plain, "text", "varchar(80)", type_fit::differs);
  check_fit(plain, "timestamp(3) with time zone", "timestamp(6) with time zone", type_fit::differs);
  check_fit(plain, "DateTime64(3, 'UTC')", "DateTime64(3,'UTC')", type_fit::same);
}

TEST_CASE("I11: from a type to the one beyond it, never back") {
  type_rule rule;
  rule.name = "varchar({length})";
  rule.up_to = 80;
  rule.beyond = "longtext";
  check_fit(rule, "varchar(80)", "longtext", type_fit::widen, "longtext");
  check_fit(rule, "longtext", "varchar(80)", type_fit::same);
  check_fit(rule, "int", "longtext", type_fit::differs);
}

TEST_CASE("I11: what is widened keeps its collation, and its lack of a limit") {
  const type_rule rule = shipped("sqlserver").types.text;
  const std::string wanted = "nvarchar(255) COLLATE Latin1_General_100_BIN2";
  check_fit(rule, "nvarchar(80)", wanted.c_str(), type_fit::widen, wanted);
  check_fit(rule, "nvarchar(max)", wanted.c_str(), type_fit::same);
  check_fit(rule, "nvarchar(80)", rule.beyond.c_str(), type_fit::widen, rule.beyond);
}

}  // namespace
