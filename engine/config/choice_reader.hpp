// Reads [pipeline.NAME.collection.NAME]. Included by the configuration's own sources only: it shows
// toml++.
#pragma once

#include "engine/config/section_reader.hpp"

namespace millrace {

/// The tables of `choices`, one for each collection, into `p`. `pipeline`: where `p` is read from.
void read_choices(const toml::table& choices, pipeline_settings& p, section_reader& pipeline,
                  reading_context& context);

}  // namespace millrace
