// How fast the sandbox serves query results over loopback.
#pragma once

#include "api.hpp"
#include "server.hpp"

namespace sandbox {

/// Prints MB/s of REST pages and of Bulk results; the program's exit code.
int run_self_bench(api& all, server_options options);

}  // namespace sandbox
