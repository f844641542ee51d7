// Reads records whose Ids are known: those that a census found missing.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// One REST query for each 200 of `order.keys`. A record that is gone meanwhile is not there, which
/// is no fault.
std::unique_ptr<reader> make_keyed_reader(session_ptr session, const read_order& order);

}  // namespace millrace::salesforce
