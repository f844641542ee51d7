// Reading by REST an object whose statement does not fit a URL: in parts, joined by Id.
#pragma once

#include "connectors/connector.hpp"

#include <memory>
#include <span>
#include <string>

namespace millrace::salesforce {

/// Whether a REST query for all fields fits a URL.
bool fits_one_url(const collection& what, const window& range,
                  std::span<const std::string> keys = {});

/// How many queries REST needs for the fields of a record.
std::size_t parts_of(const read_order& order);

/// Slices of records by Id; of each slice the field list comes in several queries
/// (salesforce-api.md 2.4 b). A record that changed between two parts of its slice is asked for
/// again with the slice.
std::unique_ptr<reader> make_wide_reader(session_ptr session, const read_order& order);

/// The same for an org that takes too long for all records at once: slices of some hundred records,
/// fewer when the org takes too long for those.
std::unique_ptr<reader> make_sliced_reader(session_ptr session, const read_order& order);

/// The org says that it was asked for too much at once.
bool is_too_much(const error& why);

/// The REST reader that fits.
std::unique_ptr<reader> make_rest_or_wide_reader(session_ptr session, const read_order& order);

}  // namespace millrace::salesforce
