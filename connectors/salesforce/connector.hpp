// The Salesforce connector: what the actors drive, put together from its dialogues.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"
#include "connectors/storage.hpp"

#include <memory>

namespace millrace::salesforce {

/// One for each source, so that its logins know of one another. `tokens`: where its refresh token
/// is kept; only for the flow refresh_token. errc::config_invalid: the private key cannot be used.
result<std::shared_ptr<const connector>> make_connector(settings how,
                                                        std::shared_ptr<kept_text> tokens);

}  // namespace millrace::salesforce
