// From the options of collections to what a run knows of them.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/model/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The pipeline's choices with their fingerprints: equal for equal options and an equal salt.
std::vector<collection_choice> with_fingerprints(const pipeline_settings& p);

/// SHA-256 of the salt and then the value, in 64 hexadecimal digits.
std::string hash_of(const secret& salt, std::string_view value);

}  // namespace millrace
