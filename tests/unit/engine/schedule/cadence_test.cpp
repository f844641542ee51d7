// When pipelines are due: their places within an interval, and times of a calendar.
#include "engine/schedule/cadence.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

time_point at(std::string_view text) {
  const auto t = parse_timestamp(text);
  REQUIRE(t);
  return *t;
}

calendar_times times(std::string_view fields, const std::string& zone = "UTC") {
  auto parsed = calendar_times::parse(fields, zone);
  REQUIRE_MESSAGE(parsed, fields);
  return *parsed;
}

std::string next_of(const calendar_times& times, std::string_view after) {
  const auto found = times.next(at(after));
  return found ? to_canonical(*found).substr(0, 16) : std::string("never");
}

TEST_CASE("a thousand pipelines are spread evenly over the interval, and keep their places") {
  const cadence three_hours{3h, {}};
  const time_point now = at("2026-11-30T10:00:00Z");
  std::array<int, 18> of_ten_minutes{};
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "tenant_" + std::to_string(i);
    const auto tick = next_tick(three_hours, name, now);
    REQUIRE(tick);
    CHECK(*tick > now);
    CHECK(*tick <= now + 3h);
    CHECK(next_tick(three_hours, name, *tick) == *tick + 3h);
    CHECK(next_tick(three_hours, name, *tick - 1ms) == tick);
    ++of_ten_minutes.at(static_cast<std::size_t>((*tick - now - 1ms) / 10min));
  }
  // 56 each in the mean; a throw of dice stays within these nearly always, and this one does.
  for (const int pipelines : of_ten_minutes) {
    CHECK(pipelines > 30);
    CHECK(pipelines < 85);
  }
}

TEST_CASE("ticks are counted after one instant and up to another") {
  const cadence hourly{1h, {}};
  const auto first = next_tick(hourly, "acme", at("2026-11-30T10:00:00Z"));
  REQUIRE(first);
  CHECK(ticks_between(hourly, "acme", *first, *first) == 0);
  CHECK(ticks_between(hourly, "acme", *first - 1ms, *first) == 1);
  CHECK(ticks_between(hourly, "acme", *first, *first + 5h) == 5);
  CHECK(ticks_between(hourly, "acme", *first + 5h, *first) == 0);
  // Before the epoch as well: a host whose clock was never set.
  CHECK(ticks_between(hourly, "acme", time_point{-7h}, time_point{-3h}) == 4);
  for (const milliseconds early :
       std::vector<milliseconds>{-1ms, -59min, -61min, -1000h, 0ms, 59min}) {
    const auto tick = next_tick(hourly, "acme", time_point{early});
    CHECK(*tick > time_point{early});
    CHECK(*tick <= time_point{early} + 1h);
  }
  CHECK(ticks_between({1ms, {}}, "acme", time_point{}, time_point{240h}) == ticks_counted_max);
  const cadence mornings{0ms, times("0 6 * * *")};
  CHECK(ticks_between(mornings, "acme", at("2026-11-28T06:00:00Z"), at("2026-11-30T06:00:00Z")) ==
        2);
}

TEST_CASE("times of a calendar") {
  CHECK(next_of(times("30 6 * * *"), "2026-11-30T06:29:59.999Z") == "2026-11-30 06:30");
  CHECK(next_of(times("30 6 * * *"), "2026-11-30T06:30:00Z") == "2026-12-01 06:30");
  CHECK(next_of(times("*/20 8-9 * * *"), "2026-11-30T08:40:00Z") == "2026-11-30 09:00");
  CHECK(next_of(times("*/20 8-9 * * *"), "2026-11-30T09:40:00Z") == "2026-12-01 08:00");
  CHECK(next_of(times("5/25 0 1 1 *"), "2026-11-30T00:00:00Z") == "2027-01-01 00:05");
  CHECK(next_of(times("0 0 * * Mon-Fri"), "2026-12-04T00:00:00Z") == "2026-12-07 00:00");
  CHECK(next_of(times("0 0 * * 7"), "2026-11-30T00:00:00Z") == "2026-12-06 00:00");
  CHECK(next_of(times("0 12 1,15 feb,Mar *"), "2026-11-30T00:00:00Z") == "2027-02-01 12:00");
  CHECK(next_of(times("0 0 29 2 *"), "2026-11-30T00:00:00Z") == "2028-02-29 00:00");
  CHECK(next_of(times("0 0 31 6 *"), "2026-11-30T00:00:00Z") == "never");
  // Both days restricted: one of them is enough.
  CHECK(next_of(times("0 0 13 * fri"), "2026-11-30T00:00:00Z") == "2026-12-04 00:00");
  CHECK(next_of(times("0 0 13 * fri"), "2026-12-11T00:00:00Z") == "2026-12-13 00:00");
}

TEST_CASE("the clocks of a time zone change twice a year") {
  const calendar_times nightly = times("30 2 * * *", "Europe/Berlin");
  CHECK(next_of(nightly, "2026-11-29T12:00:00Z") == "2026-11-30 01:30");
  CHECK(next_of(nightly, "2026-07-01T12:00:00Z") == "2026-07-02 00:30");
  // Left out on 2026-03-29: met when the clocks have changed, at one in UTC.
  CHECK(next_of(nightly, "2026-03-28T12:00:00Z") == "2026-03-29 01:00");
  CHECK(next_of(nightly, "2026-03-29T01:00:00Z") == "2026-03-30 00:30");
  // Twice on 2026-10-25: the first time.
  CHECK(next_of(nightly, "2026-10-24T12:00:00Z") == "2026-10-25 00:30");
  CHECK(next_of(nightly, "2026-10-25T00:30:00Z") == "2026-10-26 01:30");
}

TEST_CASE("what is no time says why") {
  for (const char* text :
       {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
        "* * * 13 *", "* * * * 8", "a * * * *", "5-1 * * * *", "*/0 * * * *", "1,, * * * *",
        "1- * * * *", "-1 * * * *", "1/2/3 * * * *", "99999999999 * * * *", "* * * xyz *"}) {
    const auto parsed = calendar_times::parse(text, "UTC");
    REQUIRE_MESSAGE(!parsed, text);
    CHECK(parsed.error().code == errc::config_invalid);
    CHECK(!parsed.error().advice.empty());
  }
  const auto nowhere = calendar_times::parse("0 6 * * *", "Europe/Atlantis");
  REQUIRE(!nowhere);
  CHECK(nowhere.error().message.find("Europe/Atlantis") != std::string::npos);
}

}  // namespace
}  // namespace millrace
