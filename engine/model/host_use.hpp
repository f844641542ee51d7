// How much of a host's places and memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

struct run_places {
  std::uint64_t running = 0;
  std::uint64_t waiting = 0;  ///< runs that are due and have no place yet
};

/// Of the pool that bounds bytes in flight (I12).
struct pool_use {
  std::uint64_t bytes = 0;
  std::uint64_t bound = 0;
  std::uint64_t waiting = 0;  ///< requests for some that are not granted yet
};

struct host_use {
  run_places runs;
  std::size_t runs_at_once = 0;
  pool_use memory;
};

}  // namespace millrace
