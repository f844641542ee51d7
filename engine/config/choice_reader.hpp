// Reads [pipeline.NAME.collection.NAME]. Included by the configuration's own sources only: it shows
// toml++.
#pragma once

#include "engine/config/section_reader.hpp"

namespace millrace {

/// One of the words of `on_type_change`.
type_change_policy type_change_of(std::string_view word);
/// One of the words of `refused_values`.
value_policy value_policy_of(std::string_view word);

/// The tables of `choices`, one for each collection, into `p`. `pipeline`: where `p` is read from.
void read_choices(const toml::table& choices, pipeline_settings& p, section_reader& pipeline,
                  reading_context& context);

}  // namespace millrace
