// Ids and times.
#include "tests/sandbox/ids.hpp"

#include "tests/sandbox/times.hpp"

#include <doctest/doctest.h>

using namespace sandbox;

TEST_CASE("check characters tell upper case from lower case") {
  CHECK(check_characters("01254000001upcK") == "AAQ");
  CHECK(check_characters("701U0000000rz7Y") == "IAQ");
}

TEST_CASE("an Id leads back to its number and sorts as the number does") {
  const std::string id = make_id("001", 123'456'789);
  CHECK(id.size() == 18);
  CHECK(number_of("001", id) == 123'456'789);
  CHECK(number_of("001", id.substr(0, 15)) == 123'456'789);
  CHECK_FALSE(number_of("003", id));
  CHECK_FALSE(number_of("001", id.substr(0, 17) + "?"));
  for (std::uint64_t n = 1; n < 5000; n += 7)
    CHECK(make_id("001", n - 1) < make_id("001", n));
}

TEST_CASE("datetimes in all forms that clients send") {
  const auto at = parse_datetime("2024-01-02T03:04:05.000Z");
  REQUIRE(at);
  CHECK(canonical_time(*at) == "2024-01-02 03:04:05.000");
  CHECK(rest_time(*at) == "2024-01-02T03:04:05.000+0000");
  CHECK(parse_datetime("2024-01-02T03:04:05Z") == at);
  CHECK(parse_datetime("2024-01-02T04:04:05+01:00") == at);
  CHECK(parse_datetime("2024-01-02T04:04:05.0+0100") == at);
  CHECK(parse_datetime("2024-01-01T19:04:05-08:00") == at);
  CHECK(canonical_time(parse_datetime("1700-01-01T00:00:00.007Z").value_or(0)) ==
        "1700-01-01 00:00:00.007");
  for (const char* wrong : {"2024-01-02", "2024-13-02T03:04:05Z", "2024-01-02T25:04:05Z",
                            "2024-01-02T03:04:05", "2024-01-02 03:04:05Z", "x024-01-02T03:04:05Z"})
    CHECK_FALSE(parse_datetime(wrong));
  CHECK(is_date("2024-02-29"));
  CHECK_FALSE(is_date("2023-02-29"));
  CHECK(parse_http_date(http_date(*at)) == at);
}
