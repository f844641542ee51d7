// From a source's configuration to its connector.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"
#include "connectors/storage.hpp"
#include "engine/config/configuration.hpp"
#include "engine/error.hpp"

#include <memory>

namespace millrace {

salesforce::settings make_settings(const source_settings& source);
/// Null for flows that keep no token.
std::shared_ptr<kept_text> make_token_store(const source_settings& source);
/// errc::config_invalid, with its place, when the private key cannot be used.
result<std::shared_ptr<const connector>> make_source(const source_settings& source);

}  // namespace millrace
