// A reader that begins by Bulk and goes on by REST when the org does not offer the object there.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// Lists of what Bulk refuses age (salesforce-api.md 2.8): it is learned by asking. The fall-back
/// leaves a notice.
std::unique_ptr<reader> make_adaptive_reader(session_ptr session, const read_order& order);

}  // namespace millrace::salesforce
