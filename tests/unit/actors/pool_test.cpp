// The pool under virtual time: who waits is told, who is gone waits no more.
#include "actors/pool.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"

namespace {

using namespace millrace;

struct customer_log {
  std::uint64_t granted = 0;
  int told_to_spare = 0;
};

/// Reserves once; counts what it is told.
caf::behavior customer(caf::event_based_actor* self, const pool_actor& pool,
                       const std::string& tenant, std::uint64_t bytes, customer_log* log) {
  self->request(pool, caf::infinite, atom::reserve_v, tenant, bytes)
      .then([log](std::uint64_t granted) { log->granted += granted; });
  return {[log](atom::flush) { ++log->told_to_spare; },
          [self, pool, tenant](atom::release, std::uint64_t back) {
            self->send(pool, atom::release_v, tenant, back);
          }};
}

struct pool_world : deterministic {
  customer_log first;
  customer_log second;
  pool_actor pool = spawn_pool(system(), {100, 60});
  ~pool_world() { end(pool); }

  caf::actor spawn_customer(const char* tenant, std::uint64_t bytes, customer_log* log) {
    auto made = system().spawn(customer, pool, std::string{tenant}, bytes, log);
    settle();
    return made;
  }
};

TEST_CASE_FIXTURE(pool_world, "I12: who cannot have its bytes at once is told to spare some") {
  const caf::actor one = spawn_customer("a", 40, &first);
  const caf::actor two = spawn_customer("a", 40, &second);
  CHECK(first.granted == 40);
  CHECK(first.told_to_spare == 0);
  CHECK(second.granted == 0);
  CHECK(second.told_to_spare == 1);
  caf::anon_send(one, atom::release_v, std::uint64_t{20});
  settle();
  CHECK(second.granted == 40);
  end(one);
  end(two);
}

TEST_CASE_FIXTURE(pool_world, "I12: what a dead fetcher held comes back") {
  const caf::actor one = spawn_customer("a", 60, &first);
  const caf::actor two = spawn_customer("a", 60, &second);
  CHECK(second.granted == 0);
  end(one);
  CHECK(second.granted == 60);
  end(two);
}

TEST_CASE_FIXTURE(pool_world, "I12: what a dead fetcher waited for goes to the next one") {
  const caf::actor holder = spawn_customer("a", 60, &first);
  customer_log gone;
  end(spawn_customer("a", 60, &gone));
  const caf::actor two = spawn_customer("a", 50, &second);
  end(holder);
  CHECK(gone.granted == 0);
  CHECK(second.granted == 50);
  end(two);
}

TEST_CASE_FIXTURE(pool_world, "I12: a tenant that has its share leaves the rest to others") {
  const caf::actor one = spawn_customer("a", 60, &first);
  const caf::actor two = spawn_customer("b", 40, &second);
  CHECK(first.granted == 60);
  CHECK(second.granted == 40);
  end(one);
  end(two);
}

}  // namespace
