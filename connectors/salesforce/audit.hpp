// What this user of the org may not see whole: asked of the org's own tables of rights, in a few
// queries.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

std::unique_ptr<audit_conversation> make_audit(session_ptr session, const catalog& what);

}  // namespace millrace::salesforce
