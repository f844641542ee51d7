// Waiting and sharing, without a clock.
#include "engine/schedule/credit_pool.hpp"
#include "engine/schedule/retry.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

error passing() {
  return {errc::http_status, "503", "", retry::later, {}, {}};
}

TEST_CASE("waits grow, with full jitter, and end") {
  const retry_policy policy;
  CHECK(wait_before_retry(policy, 1, 0ms, passing(), 0.999) == 499ms);
  CHECK(wait_before_retry(policy, 2, 0ms, passing(), 0.999) == 999ms);
  CHECK(wait_before_retry(policy, 4, 0ms, passing(), 0.0) == 0ms);
  CHECK(!wait_before_retry(policy, 5, 0ms, passing(), 0.5));
}

TEST_CASE("what the source asked for is honoured, and too long a wait is giving up") {
  error e = passing();
  e.retry_after = 7s;
  CHECK(wait_before_retry({}, 1, 0ms, e, 0.1) == 7000ms);
  e.retry_after = 3600s;
  CHECK(!wait_before_retry({}, 1, 0ms, e, 0.1));
  CHECK(!wait_before_retry({}, 1, 299'999ms, passing(), 0.9));
}

TEST_CASE("what cannot help is not tried again") {
  error e = passing();
  e.again = retry::never;
  CHECK(!wait_before_retry({}, 1, 0ms, e, 0.5));
}

TEST_CASE("I12: the pool is never exceeded, and nobody waits for ever") {
  credit_pool pool(100, 0);
  const auto a = pool.request("x", 60);
  const auto b = pool.request("x", 60);
  CHECK(pool.take_granted() == std::vector{a});
  CHECK(pool.in_use() == 60);
  pool.release("x", 60);
  CHECK(pool.take_granted() == std::vector{b});
  pool.release("x", 60);
  const auto huge = pool.request("x", 1000);  // alone in the pool even this may run
  CHECK(pool.take_granted() == std::vector{huge});
  pool.release("x", 1000);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("tenants take turns, and one alone keeps within its share") {
  credit_pool pool(100, 50);
  const auto a1 = pool.request("a", 30);
  const auto a2 = pool.request("a", 30);
  const auto b1 = pool.request("b", 30);
  CHECK(pool.take_granted() == std::vector{a1, b1});
  CHECK(pool.take_granted().empty());
  pool.release("a", 30);
  CHECK(pool.take_granted() == std::vector{a2});
}

TEST_CASE("who is gone no longer waits") {
  credit_pool pool(10, 0);
  const auto a = pool.request("a", 10);
  const auto b = pool.request("a", 10);
  CHECK(pool.take_granted() == std::vector{a});
  pool.withdraw(b);
  pool.release("a", 10);
  CHECK(pool.take_granted().empty());
}

}  // namespace
