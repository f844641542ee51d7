// The forms of values: what is taken, what is not, and where the edges are.
#include "engine/config/values.hpp"

#include <doctest/doctest.h>

#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST_CASE("durations") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("3h") == 3h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("1000000d") == 24h * 1'000'000);
  for (const std::string wrong : {"", "3", "h", "3 h", " 3h", "3h ", "-3h", "+3h", "3.5h", "3H",
                                  "3hours", "1h30m", "1000001s", "99999999999999999999s"})
    CHECK_MESSAGE(!parse_duration(wrong), wrong);
}

TEST_CASE("sizes") {
  CHECK(parse_size("1000") == 1000U);
  CHECK(parse_size("64KiB") == 65'536U);
  CHECK(parse_size("512MiB") == std::uint64_t{512} << 20U);
  CHECK(parse_size("1GiB") == std::uint64_t{1} << 30U);
  CHECK(parse_size("1048576GiB") == std::uint64_t{1} << 50U);
  for (const std::string wrong : {"", "MiB", "512MB", "512M", "512 MiB", "-1", "1.5GiB", "512mib",
                                  "1048577GiB", "99999999999999999999", "18014398509481984MiB"})
    CHECK_MESSAGE(!parse_size(wrong), wrong);
}

TEST_CASE("names") {
  for (const std::string good : {"a", "acme", "Acme-EU_2", "0", "-", "_"})
    CHECK_MESSAGE(is_config_name(good), good);
  CHECK(is_config_name(std::string(64, 'x')));
  CHECK_FALSE(is_config_name(std::string(65, 'x')));
  for (const std::string wrong : {"", "a b", "a.b", "a/b", "ä", "a\n"})
    CHECK_MESSAGE(!is_config_name(wrong), wrong);
}

TEST_CASE("schemas") {
  for (const std::string good : {"sfdc_prod", "_x", "A1"})
    CHECK_MESSAGE(is_schema_name(good), good);
  CHECK(is_schema_name(std::string(63, 'x')));
  CHECK_FALSE(is_schema_name(std::string(64, 'x')));
  for (const std::string wrong : {"", "1a", "a-b", "a b", "a.b", "a\"b", "a;b", "ä"})
    CHECK_MESSAGE(!is_schema_name(wrong), wrong);
}

TEST_CASE("API versions") {
  for (const std::string good : {"50.0", "62.0", "99.0"})
    CHECK_MESSAGE(is_api_version(good), good);
  for (const std::string wrong :
       {"", "62", "v62.0", "49.0", "62.1", "062.0", "62.00", "100.0", "-2.0"})
    CHECK_MESSAGE(!is_api_version(wrong), wrong);
}

}  // namespace
}  // namespace millrace
