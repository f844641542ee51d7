// `millrace run`: the host that keeps pipelines on their cadence until it is told to end.
#pragma once

#include "cli/command_line.hpp"
#include "engine/config/configuration.hpp"

#include <functional>
#include <memory>

namespace millrace {

/// Reads the configuration anew, as it did the first time; null: it has faults, which were printed.
using configuration_source = std::function<std::shared_ptr<const configuration>()>;

/// Returns the exit code when the host has ended: 128 and the signal that ended it, 8 when another
/// host runs with the same state, or that of what kept it from beginning.
result<int> run_daemon(const std::shared_ptr<const configuration>& config, const command& asked,
                       const configuration_source& read_again);

/// `status`, `pause` and `resume`: asks the host that runs with this configuration.
result<int> ask_daemon(const configuration& config, const command& asked);

/// `sync --wait`: the host that runs does it; returns the runs' exit code when the last has ended.
result<int> sync_by_daemon(const configuration& config, const command& asked);

}  // namespace millrace
