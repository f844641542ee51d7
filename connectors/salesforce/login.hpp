// Logging in: one token request, then the choice of the API version.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"

#include <memory>

namespace millrace::salesforce {

/// Flows: refresh_token and client_credentials (salesforce-api.md 1.3, 1.5). With no version in the
/// settings asks `/services/data/` and takes the newest known to both (2.1).
std::unique_ptr<login_conversation> make_login(settings how);

}  // namespace millrace::salesforce
