// I12: what pages side by side may bring never exceeds what was granted.
#include "actors/page_credit.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

struct granted_credit {
  page_credit credit{{40, 10}};
};

TEST_CASE_FIXTURE(granted_credit, "I12: a page is asked for with a slice at least") {
  CHECK_FALSE(credit.has_slice());
  credit.granted(10);
  CHECK(credit.has_slice());
  credit.open(1);
  CHECK_FALSE(credit.has_slice());
  CHECK(credit.begin(1) == 10);
  CHECK(credit.all() == 10);
}

TEST_CASE_FIXTURE(granted_credit, "what is spare goes to the page that has least") {
  credit.granted(10);
  credit.open(1);
  credit.granted(10);
  credit.open(2);
  credit.begin(1);
  credit.begin(2);
  CHECK_FALSE(credit.a_page_needs());
  credit.arrived(1, 6);
  credit.arrived(2, 8);
  CHECK(credit.a_page_needs());
  CHECK_FALSE(credit.feed());  // nothing is spare
  credit.granted(10);
  const auto meal = credit.feed();
  REQUIRE(meal);
  CHECK(meal->page == 2);
  CHECK(meal->bytes == 10);
  CHECK_FALSE(credit.feed());
}

TEST_CASE_FIXTURE(granted_credit,
                  "what a page did not use is spare when it ends, overshoot is not") {
  credit.granted(10);
  credit.open(1);
  credit.begin(1);
  credit.arrived(1, 4);
  credit.close(1);
  CHECK(credit.take_spare() == 6);
  CHECK(credit.take_spare() == 0);
  CHECK(credit.all() == 4);  // in batches
  credit.freed(4);
  CHECK(credit.all() == 0);
  credit.granted(10);
  credit.open(2);
  credit.begin(2);
  credit.arrived(2, 13);
  credit.close(2);
  CHECK(credit.take_spare() == 0);
  credit.granted(10);
  CHECK_FALSE(credit.has_slice());
}

TEST_CASE_FIXTURE(granted_credit, "I12: the window bounds all pages together") {
  for (std::uint64_t page = 1; page <= 3; ++page) {
    credit.granted(10);
    credit.open(page);
    credit.begin(page);
    CHECK(credit.window_has_room());
  }
  credit.arrived(1, 10);
  credit.granted(10);
  CHECK_FALSE(credit.window_has_room());
  CHECK_FALSE(credit.no_page());
  credit.freed(10);
  CHECK(credit.window_has_room());
}

}  // namespace
