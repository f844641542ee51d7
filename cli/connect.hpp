// The verb `connect`: a user lets millrace into an org, by way of a browser.
#pragma once

#include "cli/command_line.hpp"
#include "engine/config/configuration.hpp"
#include "engine/error.hpp"

namespace millrace {

/// Prints whom the source is connected to, and returns the exit code.
result<int> connect_source(const configuration& config, const command& asked);

}  // namespace millrace
