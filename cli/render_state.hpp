// Checkpoints and configurations, for people and for machines.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/config/load.hpp"
#include "engine/error.hpp"
#include "engine/model/window.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// The collections that words of a command name, without case: by a checkpoint's collection or
/// object; also those of the 48 and of the pipeline's `collections`, which need have none yet. Each
/// once; all checkpoints' when there are no words. A word that names nothing is errc::usage.
result<std::vector<std::string>> named_collections(const std::vector<std::string>& words,
                                                   const std::vector<checkpoint>& checkpoints,
                                                   const pipeline_settings& pipeline);

std::string render_checkpoints(const std::vector<checkpoint>& checkpoints, bool color);
std::string checkpoints_json(const std::string& pipeline,
                             const std::vector<checkpoint>& checkpoints);

std::string render_forgotten(const std::string& pipeline, std::uint64_t count);
std::string forgotten_json(const std::string& pipeline, std::uint64_t count);

/// A configuration without faults, in a line.
std::string render_configuration(const configuration& config);
/// {"valid": false, "faults": [...], ...}.
std::string configuration_json(const loaded_configuration& loaded);

}  // namespace millrace
