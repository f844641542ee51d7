// Reading the catalog of an org: its objects, the description of each that is wanted, record
// counts.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/composite_manners.hpp"

#include <memory>

namespace millrace::salesforce {

/// Costs one call for the list of objects, one for each composite request of descriptions (of each
/// object, where the org takes none or counts what is in it), and one for all counts. `manners`:
/// the source's, and what is learned goes there.
std::unique_ptr<catalog_conversation> make_catalog(session_ptr session, selection what,
                                                   std::shared_ptr<composite_manners> manners);

}  // namespace millrace::salesforce
