// Reading the catalog of an org: its objects, the description of each that is wanted, record
// counts.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// Costs one call for the list of objects, one per wanted object, and one for all counts.
std::unique_ptr<catalog_conversation> make_catalog(session_ptr session, selection what);

}  // namespace millrace::salesforce
