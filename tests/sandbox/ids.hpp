// Record Ids: three characters of the object, twelve of the record, three check characters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

using id_text = std::array<char, 18>;

/// The 18-character Id of record `number` of an object. Ids sort as their numbers do.
id_text id_of(std::string_view prefix, std::uint64_t number);
std::string make_id(std::string_view prefix, std::uint64_t number);
/// The three check characters of a 15-character Id.
std::string check_characters(std::string_view id15);
/// The number in an Id of 15 or 18 characters with this prefix.
std::optional<std::uint64_t> number_of(std::string_view prefix, std::string_view id);

}  // namespace sandbox
