// Names as Segment's tables have them, so that queries written for those keep working (design 6).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

/// Words are runs of upper case and digits, then lower case and digits; other bytes vanish; words
/// are joined by `_` and lower case. `LastCURequestDate` -> `last_curequest_date`. May be empty.
std::string snake_case(std::string_view name);

/// Snake case as an identifier: a leading digit gets `_` in front; a name without any letter or
/// digit becomes `_` and a hash of it.
std::string identifier_of(std::string_view name);

/// The table of an object that is not one of the 48: `ns__MyThing__c` -> `ns_my_thing_c`.
std::string collection_name_of(std::string_view object);

/// `base`, cut so that a `_` and six digits of a hash of `original` fit within `bytes_max`. The
/// same for every run and machine.
std::string with_suffix(std::string_view base, std::string_view original, std::size_t bytes_max);

}  // namespace millrace
