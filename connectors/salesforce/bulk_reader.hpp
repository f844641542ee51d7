// Reading a collection by a Bulk API 2.0 query job (salesforce-api.md 3).
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// Creates the job, polls it, reads its result pages, deletes it. When the org does not offer the
/// object through Bulk, reading fails with errc::bulk_refused and REST can be used instead.
std::unique_ptr<reader> make_bulk_reader(session_ptr session, const read_order& order);

}  // namespace millrace::salesforce
