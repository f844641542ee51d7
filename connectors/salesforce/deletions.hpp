// The org's own account of deleted records: getDeleted (salesforce-api.md 2.7).
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// One call where nothing was deleted. What is reported is looked for by Id before it is believed,
/// 200 in a call: a record in the recycle bin is still there, and some reports are of records that
/// were never deleted.
std::unique_ptr<deletions_conversation> make_deletions(session_ptr session, const collection& what,
                                                       const window& range);

/// Whether the window is one that the log can be asked about: it goes by whole minutes.
bool spans_a_minute(const window& range);

}  // namespace millrace::salesforce
