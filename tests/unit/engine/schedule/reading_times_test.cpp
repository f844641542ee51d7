// Which collections are due in a run that serves a tick.
#include "engine/schedule/reading_times.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr time_point midnight{milliseconds{1'700'006'400'000}};

reading_times at(time_point now, std::map<std::string, time_point> read_at) {
  return {"acme", cadence{hours{3}, {}}, now, std::move(read_at)};
}

TEST_CASE("what was never read to its end is due") {
  CHECK(at(midnight, {}).is_due("leads", hours{24}));
}

TEST_CASE("a collection is due at the ticks of its own cadence, however late a run was") {
  // Days of ticks of a quarter of an hour: leads by it, cases once a day, the others each 3 hours.
  const cadence ticks{minutes{15}, {}};
  std::map<std::string, time_point> read_at;
  std::map<std::string, int> reads;
  time_point now = midnight;
  const time_point end = midnight + hours{10 * 24};
  int number = 0;
  while (now < end) {
    now = *next_tick(ticks, "acme", now);
    // Some runs have to wait for a place.
    const time_point begins = now + minutes{number++ % 3};
    const auto read = [&](const std::string& name, std::optional<milliseconds> every) {
      if (!at(begins, read_at).is_due(name, every)) return;
      ++reads[name];
      read_at[name] = begins + minutes{1};
    };
    read("leads", minutes{15});
    read("cases", hours{24});
    read("accounts", {});
  }
  CHECK(reads["leads"] == number);
  CHECK(reads["cases"] >= 10);
  CHECK(reads["cases"] <= 11);
  CHECK(reads["accounts"] >= 80);
  CHECK(reads["accounts"] <= 81);
}

TEST_CASE("a clock that was ahead keeps nothing waiting") {
  CHECK(at(midnight, {{"leads", midnight + hours{50}}}).is_due("leads", {}));
}

TEST_CASE("what was read since its last tick waits") {
  const cadence daily{hours{24}, {}};
  const time_point tick = *next_tick(daily, "acme", midnight);
  CHECK(!at(tick + hours{5}, {{"leads", tick + minutes{1}}}).is_due("leads", hours{24}));
  CHECK(at(tick + hours{24}, {{"leads", tick + minutes{1}}}).is_due("leads", hours{24}));
}

}  // namespace
}  // namespace millrace
