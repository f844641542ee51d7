// Collections and further pages share one limit.
#include "engine/schedule/shared_slots.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

TEST_CASE("a further page takes only what no collection needs, and gives it back") {
  const auto slots = std::make_shared<shared_slots>(3);
  const auto one = slots->take();
  auto further = slots->try_take();
  REQUIRE(further);
  CHECK(slots->any_free());
  const auto other = slots->take();
  CHECK_FALSE(slots->any_free());
  CHECK(slots->try_take() == nullptr);
  further.reset();
  CHECK(slots->any_free());
  CHECK(slots->try_take() != nullptr);
}

TEST_CASE("a collection is never kept waiting by the limit") {
  const auto slots = std::make_shared<shared_slots>(1);
  const auto one = slots->take();
  const auto two = slots->take();
  CHECK(two != nullptr);
  CHECK(slots->try_take() == nullptr);
}

TEST_CASE("another limit counts what is taken; none lets everybody through") {
  const auto slots = std::make_shared<shared_slots>(2);
  const auto one = slots->try_take();
  slots->bound(1);
  CHECK(slots->try_take() == nullptr);
  slots->bound(0);
  CHECK(slots->try_take() != nullptr);
  CHECK(slots->any_free());
}

}  // namespace
