// Time as the engine sees it: milliseconds of UTC, always passed in, never read from a clock here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using milliseconds = std::chrono::milliseconds;
/// Milliseconds since the Unix epoch, UTC. Salesforce's range is 1700 to 4000.
using time_point = std::chrono::sys_time<milliseconds>;

/// "2024-01-02 03:04:05.678": the canonical text of a timestamp in a batch and in a warehouse.
std::string to_canonical(time_point t);
/// "2024-01-02T03:04:05.678Z": as a SOQL literal and in JSON.
std::string to_iso(time_point t);
/// Takes `2024-01-02T03:04:05[.f...][Z|+0000|+00:00]` and the canonical form; offsets are applied.
std::optional<time_point> parse_timestamp(std::string_view text);
/// Takes an HTTP `Date` header: "Tue, 24 Nov 2026 12:55:47 GMT".
std::optional<time_point> parse_http_date(std::string_view text);

}  // namespace millrace
