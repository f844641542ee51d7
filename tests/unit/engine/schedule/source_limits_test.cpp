// The limits of a source, which all that ask it share. Time is passed in.
#include "engine/schedule/source_limits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

/// Asks until it may, as a fetcher does; returns when that was.
time_point admitted(source_limits& limits, time_point now, bool is_login = false) {
  for (;;) {
    const auto got = limits.ask(now, is_login);
    if (got.wait == milliseconds{0}) return now;
    now += got.wait;
  }
}

TEST_CASE("requests at once: one more has to wait until one has ended") {
  source_limits limits({2, 0, 600});
  const time_point now{1h};
  auto one = limits.ask(now, false);
  const auto two = limits.ask(now, false);
  CHECK(one.place != nullptr);
  CHECK(two.place != nullptr);
  CHECK(limits.ask(now + 1h, false).wait > milliseconds{0});
  one.place.reset();
  CHECK(limits.ask(now, false).wait == milliseconds{0});
}

TEST_CASE("requests in a second: never more, evenly, whoever asks") {
  source_limits limits({100, 3, 600});
  std::vector<time_point> sent;
  sent.reserve(30);
  time_point now{1h};
  for (int i = 0; i < 30; ++i)
    sent.push_back(now = admitted(limits, now));
  for (const time_point& from : sent)
    CHECK(std::count_if(sent.begin(), sent.end(),
                        [&](const time_point& at) { return at >= from && at < from + 1s; }) <= 3);
  CHECK(sent.back() - sent.front() < 10s);
  // A pause saves nothing up.
  now += 1h;
  CHECK(admitted(limits, now) == now);
  CHECK(admitted(limits, now) > now);
}

TEST_CASE(
    "logins in an hour: those of a minute may come together, and other requests do not wait") {
  source_limits limits({100, 0, 120});
  const time_point now{1h};
  CHECK(admitted(limits, now, true) == now);
  CHECK(admitted(limits, now, true) == now);
  CHECK(limits.ask(now, true).wait > milliseconds{0});
  CHECK(limits.ask(now, false).wait == milliseconds{0});
  int logins = 0;
  for (time_point at = now; at < now + 1h; ++logins)
    at = admitted(limits, at, true);
  CHECK(logins <= 121);
  CHECK(logins >= 118);
}

TEST_CASE("a login that has to wait for its turn as a request is counted once") {
  source_limits limits({100, 1, 60});
  const time_point now{1h};
  CHECK(limits.ask(now, false).wait == milliseconds{0});
  CHECK(limits.ask(now, true).wait > milliseconds{0});
  CHECK(limits.ask(now + 1s, true).wait == milliseconds{0});
}

}  // namespace
