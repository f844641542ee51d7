// The Salesforce connector: what the actors drive, put together from its dialogues.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"

#include <memory>

namespace millrace::salesforce {

std::shared_ptr<const connector> make_connector(settings how);

}  // namespace millrace::salesforce
