// HTTP: owns the process's libcurl loop. In: requests, and decisions about bodies, from fetchers.
// Out: to the fetcher of an exchange its head, pieces and end, sent by the loop's own thread. When
// a fetcher dies its exchanges are cancelled. Stopped last, by whoever spawned it.
#pragma once

#include "actors/protocol.hpp"
#include "connectors/http/http_loop.hpp"

namespace millrace {

/// Fails when the loop cannot be opened (a CA file that cannot be read).
result<http_actor> spawn_http(caf::actor_system& system, const http_limits& limits);

}  // namespace millrace
