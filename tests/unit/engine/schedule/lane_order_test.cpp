// Batches over several connections: a checkpoint never passes a batch that is not committed.
#include "engine/schedule/lane_order.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

checkpoint at(std::uint64_t rows) {
  checkpoint c;
  c.rows = rows;
  return c;
}

TEST_CASE("batches go to the connection with the fewest under way") {
  lane_order lane(2);
  const auto first = lane.next({});
  const auto second = lane.next({});
  CHECK(first.connection != second.connection);
  lane.committed(second.batch, second.connection);
  CHECK(lane.next({}).connection == second.connection);
}

TEST_CASE("I1: over two connections a checkpoint waits for every batch that it covers") {
  lane_order lane(2);
  const auto first = lane.next({});
  const auto second = lane.next(at(2));
  CHECK(!second.position);  // it covers itself and the first, which are under way
  CHECK(!lane.next({}).position);
  lane.committed(second.batch, second.connection);
  CHECK(!lane.next({}).position);  // the first still is
  lane.committed(first.batch, first.connection);
  const auto later = lane.next({});
  REQUIRE(later.position);
  CHECK(later.position->rows == 2);
  CHECK(!lane.next({}).position);  // told once
}

TEST_CASE("the latest of the checkpoints that are proven goes") {
  lane_order lane(2);
  const auto first = lane.next(at(1));
  const auto second = lane.next(at(2));
  const auto third = lane.next(at(3));
  lane.committed(first.batch, first.connection);
  lane.committed(second.batch, second.connection);
  const auto next = lane.next({});
  REQUIRE(next.position);
  CHECK(next.position->rows == 2);
  lane.committed(third.batch, third.connection);
  CHECK(lane.next({}).position->rows == 3);
}

TEST_CASE("one connection commits in order: a checkpoint goes with the batch that completes it") {
  lane_order lane(1);
  lane.next({});
  const auto second = lane.next(at(7));
  REQUIRE(second.position);
  CHECK(second.position->rows == 7);
}

TEST_CASE("a lane is quiet when nothing is under way") {
  lane_order lane(3);
  CHECK(lane.quiet());
  const auto only = lane.next({});
  CHECK(!lane.quiet());
  lane.committed(only.batch, only.connection);
  CHECK(lane.quiet());
}

}  // namespace
