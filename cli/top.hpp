// `millrace top`: a host that runs, live in a terminal.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/error.hpp"

namespace millrace {

/// Shows the host of this configuration until the user ends it; returns 0. errc::usage: stdout is
/// no terminal. A host that ends while it is looked at is told, and looked for again.
result<int> watch_daemon(const configuration& config);

}  // namespace millrace
