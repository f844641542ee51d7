// POOL: grants bytes in flight. Owns the rule of engine/schedule/credit_pool.hpp and the promises
// of those who wait. What a dead actor held comes back by itself.
#pragma once

#include "actors/protocol.hpp"

namespace millrace {

struct pool_config {
  std::uint64_t capacity_bytes = std::uint64_t{512} << 20U;
  std::uint64_t tenant_bytes = 0;  ///< share of one tenant; 0: no limit of its own
};

struct pool_state;
pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, pool_config config);
/// Spawns it.
pool_actor spawn_pool(caf::actor_system& system, pool_config config);

}  // namespace millrace
