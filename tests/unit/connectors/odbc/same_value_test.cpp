// What drivers were seen to write, and what they must not.
#include "connectors/odbc/same_value.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using odbc::same_value;

TEST_CASE("floats are compared as numbers") {
  for (const char* got : {"0.5", ".5", "0.50", "5.0E-001", "5e-1", "+0.5", "0.500000000000000000"})
    CHECK_MESSAGE(same_value(value_type::floating, "0.5", got), got);
  for (const char* got : {"0.51", "0,5", "-0.5", "5", "", "0.5x", "0.5 ", "NaN"})
    CHECK_MESSAGE(!same_value(value_type::floating, "0.5", got), got);
  CHECK(same_value(value_type::floating, "-1200", "-1.2000000000000000E+003"));
  CHECK(same_value(value_type::floating, "0.1", "0.10000000000000001"));
  CHECK(same_value(value_type::floating, "0", "-0.0"));
}

TEST_CASE("exact numbers keep every digit") {
  for (const char* got : {"9999999999999999.99", "+9999999999999999.990", "9.99999999999999999E15",
                          "999999999999999999e-2", "009999999999999999.99"})
    CHECK_MESSAGE(same_value(value_type::decimal, "9999999999999999.99", got), got);
  // The same double, and another number.
  for (const char* got : {"10000000000000000", "9999999999999999.98", "1.0E16", "9999999999999999"})
    CHECK_MESSAGE(!same_value(value_type::decimal, "9999999999999999.99", got), got);
  CHECK(same_value(value_type::decimal, "-0.01", "-.01"));
  CHECK(same_value(value_type::decimal, "-0.01", "-1.00E-002"));
  CHECK(!same_value(value_type::decimal, "-0.01", "0.01"));
  CHECK(same_value(value_type::decimal, "0", "0.00"));
  CHECK(same_value(value_type::decimal, "0", "-0E+5"));
  CHECK(same_value(value_type::decimal, "100", "1E2"));
  CHECK(!same_value(value_type::decimal, "100", "1"));
  CHECK(same_value(value_type::integer, "9007199254740993", "9007199254740993.0"));
  CHECK(!same_value(value_type::integer, "9007199254740993", "9007199254740992"));
  for (const char* got : {"", "-", ".", "1E", "E5", "1.2.3", "1 ", "0x1", "one"})
    CHECK_MESSAGE(!same_value(value_type::decimal, "1", got), got);
}

TEST_CASE("what drivers write of other types") {
  CHECK(same_value(value_type::boolean, "1", "t"));
  CHECK(same_value(value_type::boolean, "0", "FALSE"));
  CHECK(!same_value(value_type::boolean, "1", "0"));
  CHECK(same_value(value_type::date, "1700-01-01", "1700-01-01 00:00:00"));
  CHECK(!same_value(value_type::date, "1700-01-01", "1700-01-01 01:00:00"));
  CHECK(same_value(value_type::time, "00:00:00.000", "00:00:00"));
  CHECK(same_value(value_type::timestamp, "2024-02-29 00:00:00.100", "2024-02-29 00:00:00.1+00"));
  CHECK(
      !same_value(value_type::timestamp, "2024-02-29 00:00:00.100", "2024-02-29 00:00:00.1+05:30"));
  // A text is never another one.
  CHECK(!same_value(value_type::text, "1.0", "1"));
  CHECK(!same_value(value_type::text, "NA ", "NA"));
}

}  // namespace
