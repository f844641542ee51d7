// Readings of one source share its limits: who has to wait does so by a timer of its own.
#include <doctest/doctest.h>

#include "fetcher_world.hpp"

namespace {

using namespace millrace;
using namespace std::chrono_literals;
using scripted::lines;
using scripted::page_reader;

struct pace_world : fetcher_world {
  pace_world() {
    net.serve = [](const http_request&) { return fake_answer{200, lines(10, 40), false, {}}; };
  }
  fetcher_actor read(const std::string& name, std::size_t pages) {
    return start(std::make_shared<page_reader>(name, pages), name);
  }
};

TEST_CASE_FIXTURE(pace_world, "requests in a second are those of all readings together") {
  pace = std::make_shared<source_limits>(source_limit_rules{100, 2, 600});
  read("a", 3);
  read("b", 3);
  settle();
  for (std::size_t sent = 1; sent <= 6; ++sent) {
    CHECK(net.asked.size() == sent);
    advance(499ms);
    CHECK(net.asked.size() == sent);
    advance(1ms);
  }
  CHECK(net.times_asked("a/") == 3);
  CHECK(net.times_asked("b/") == 3);
  REQUIRE(log.ends.size() == 2);
  CHECK_FALSE(ended(0).why);
  CHECK_FALSE(ended(1).why);
  CHECK(house.rows() == 60);
}

TEST_CASE_FIXTURE(pace_world,
                  "a request waits for a place until one of another reading has ended") {
  pace = std::make_shared<source_limits>(source_limit_rules{1, 0, 600});
  net.serve = [](const http_request& r) {
    const bool never = r.url.find("slow/") != std::string::npos;
    return fake_answer{200, lines(10, 40), never, {}};
  };
  const auto slow = read("slow", 1);
  settle();
  read("b", 2);
  settle();
  advance(1h);
  CHECK(net.asked.size() == 1);
  caf::anon_send(slow, atom::drain_v);
  settle();
  advance(1s);
  CHECK(net.times_asked("b/") == 2);
  REQUIRE(log.ends.size() == 2);
  CHECK_FALSE(ended(1).why);
}

TEST_CASE_FIXTURE(pace_world, "a request that is to be repeated later gives its place to others") {
  pace = std::make_shared<source_limits>(source_limit_rules{1, 0, 600});
  net.serve = [](const http_request& r) {
    const bool fails = r.url.find("fails/") != std::string::npos;
    return fails ? fake_answer{503, {}, false, {}} : fake_answer{200, lines(10, 40), false, {}};
  };
  read("fails", 1);
  settle();
  read("b", 1);
  settle();
  CHECK(net.asked.size() == 2);
  CHECK(net.times_asked("b/") == 1);
}

TEST_CASE_FIXTURE(pace_world, "a reading that is ended while it waits for its turn asks nothing") {
  pace = std::make_shared<source_limits>(source_limit_rules{100, 1, 600});
  read("a", 1);
  const auto late = read("b", 1);
  settle();
  REQUIRE(net.asked.size() == 1);
  caf::anon_send(late, atom::drain_v);
  settle();
  advance(1h);
  CHECK(net.asked.size() == 1);
  REQUIRE(log.ends.size() == 2);
}

}  // namespace
