// The forms that configured values have: durations, sizes, names, addresses. Text in, value out.
#pragma once

#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// "90s", "15m", "3h", "1d", "250ms".
std::optional<milliseconds> parse_duration(std::string_view text);
/// "512MiB", "64KiB", "1GiB", "1000" (bytes).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Names of sources, warehouses and pipelines: letters, digits, `_` and `-`, 64 at most.
bool is_config_name(std::string_view text);
/// Schemas: letters, digits and `_`, no digit first, 63 at most: what every warehouse takes.
/// "127.0.0.1:9470", "[::1]:9470" or "localhost:9470".
bool is_loopback_address(std::string_view text);
bool is_schema_name(std::string_view text);
/// "62.0": from "50.0" on.
bool is_api_version(std::string_view text);

/// Why a login cannot go to this address; empty: it can. https, or http to this machine alone; a
/// path is allowed; no user, query or fragment.
std::string login_url_fault(std::string_view text);

}  // namespace millrace
