// Drives one conversation of a connector from a command, without a run around it.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/http/http_loop.hpp"
#include "engine/error.hpp"

namespace millrace {

/// Until the conversation has ended. One ask at a time, none repeated: somebody is there who can
/// begin again.
result<void> converse(conversation& talk, http_loop& http);

}  // namespace millrace
