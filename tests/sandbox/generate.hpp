// Made-up values: deterministic by seed, object, field and variant; among them all that is nasty.
#pragma once

#include "schema.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

/// A value in canonical text: booleans 1/0, numbers plain, dates and times as in a warehouse.
using value = std::optional<std::string>;

value make_value(std::uint64_t seed, const object_def& object, const field_def& field,
                 std::uint64_t variant, const schema& all);

std::uint64_t mixed(std::uint64_t a, std::uint64_t b);
std::uint64_t hashed(std::string_view text);

}  // namespace sandbox
