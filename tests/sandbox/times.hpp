// Times as the org keeps and writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

/// Milliseconds since the epoch, by the org's clock.
using stamp = std::int64_t;

/// Writes "2024-01-02 03:04:05.678": always 23 characters.
void write_time(char* to, stamp t);
std::string canonical_time(stamp t);
/// "2024-01-02T03:04:05.678+0000"
std::string rest_time(stamp t);
/// "2024-01-02T03:04:05.000Z", or with an offset; none: it is no datetime literal.
std::optional<stamp> parse_datetime(std::string_view literal);
/// "2024-01-02"
bool is_date(std::string_view literal);
/// "Wed, 03 Jan 2024 00:00:00 GMT"
std::string http_date(stamp t);
std::optional<stamp> parse_http_date(const std::string& text);

}  // namespace sandbox
