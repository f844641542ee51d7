// From the configuration's pipelines to runs: connectors and warehouses are put together here.
#pragma once

#include "actors/host.hpp"
#include "cli/command_line.hpp"
#include "engine/config/configuration.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// The pipelines that the command names (all, when it names none), to be run once. An unknown
/// pipeline is errc::usage.
result<host_plan> make_runs(const configuration& config, const command& asked, run_purpose purpose);
/// All pipelines, to be kept on their cadence.
result<host_plan> make_plan(const std::shared_ptr<const configuration>& config);
warehouse_target make_target(const configuration& config, const pipeline_settings& pipeline);
host_settings make_host(const configuration& config);
/// The pipeline of this name, or errc::usage with the names that there are.
result<const pipeline_settings*> find_pipeline(const configuration& config,
                                               const std::string& name);

}  // namespace millrace
