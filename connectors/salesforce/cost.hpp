// What reading costs in calls, by the sizes that the readers go by (paging.hpp).
#pragma once

#include "connectors/connector.hpp"

#include <cstdint>
#include <optional>

namespace millrace::salesforce {

/// Of what `connector::read` makes of this order. `records`: that it will read; none: unknown.
/// A Bulk job is taken to last ten minutes at most.
call_estimate cost_of_reading(const read_order& order, std::optional<std::uint64_t> records);

/// Of asking the org what was deleted: one, and more when it tells of something.
call_estimate cost_of_deletions(const window& range);

/// Whether all records of a collection are cheaper to read by Bulk than by REST.
bool is_bulk_cheaper(std::uint64_t records);

}  // namespace millrace::salesforce
