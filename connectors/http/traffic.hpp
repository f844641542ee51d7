// The loop's counters while they are being counted: written by its thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::http {

struct traffic {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> redirects{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> connections_opened{0};
  std::atomic<std::uint64_t> wire_bytes_in{0};
  std::atomic<std::uint64_t> body_bytes_in{0};
  std::atomic<std::uint64_t> transfers_open{0};
};

}  // namespace millrace::http
