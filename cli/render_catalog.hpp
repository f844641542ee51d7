// The catalog of a source as text: for people, and for the configuration.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/model/run_report.hpp"

#include <string>

namespace millrace {

/// The catalog: its collections, or the fields of each.
std::string render_catalog(const run_plan& plan, bool fields, bool color);

/// The pipeline's table of the configuration, with the collections of the plan in place of groups
/// and patterns; all that it says otherwise is kept. Valid TOML, whatever the labels are.
std::string catalog_toml(const run_plan& plan, const pipeline_settings& pipeline, bool fields);

}  // namespace millrace
