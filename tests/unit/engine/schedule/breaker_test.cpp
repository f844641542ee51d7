// What has failed is tried by one, after a while that grows.
#include "engine/schedule/breaker.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using state = breaker::state_kind;

const time_point start{1000h};

TEST_CASE("a failure opens it, and one probe is let through when its time has come") {
  breaker b({30s, 30min});
  CHECK(b.state(start) == state::closed);
  b.failed(start, start, 0.5);
  CHECK(b.until() == start + 22'500ms);
  CHECK(b.state(start + 22'499ms) == state::open);
  CHECK(b.state(start + 22'500ms) == state::probing);
  CHECK(b.succeeded());
  CHECK_FALSE(b.succeeded());
  CHECK(b.state(start) == state::closed);
}

TEST_CASE("the wait doubles from probe to probe, up to its bound") {
  breaker b({30s, 30min});
  time_point now = start;
  std::vector<milliseconds> waits;
  for (int i = 0; i < 40; ++i) {
    b.failed(now, now, 1.0);
    waits.push_back(*b.until() - now);
    now = *b.until();
  }
  CHECK(waits[0] == 30s);
  CHECK(waits[1] == 60s);
  CHECK(waits[5] == 16min);
  CHECK(waits[6] == 30min);
  CHECK(waits.back() == 30min);
  b.succeeded();
  b.failed(now, now, 1.0);
  CHECK(*b.until() - now == 30s);
}

TEST_CASE("runs that were under way when it opened do not make the wait longer") {
  breaker b({30s, 30min});
  b.failed(start, start + 10s, 1.0);
  for (int i = 0; i < 100; ++i)
    b.failed(start + 1s, start + 11s, 1.0);
  CHECK(b.failures() == 1);
  CHECK(b.until() == start + 40s);
  b.failed(start + 40s, start + 41s, 1.0);
  CHECK(b.failures() == 2);
}

TEST_CASE("a host that is down for ten hours is probed few times") {
  breaker b({30s, 30min});
  time_point now = start;
  int probes = 0;
  while (now < start + 10h) {
    ++probes;
    b.failed(now, now, 0.5);
    now = *b.until();
  }
  CHECK(probes < 35);
}

}  // namespace
}  // namespace millrace
