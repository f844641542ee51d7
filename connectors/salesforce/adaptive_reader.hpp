// A reader that goes on in another way when the org cannot serve the one that was chosen.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// By Bulk, then by REST: lists of what Bulk refuses age (salesforce-api.md 2.8), and its jobs
/// fail. By REST, then in slices by REST: a query that takes the org too long, or asks for too much
/// (4), is asked for in smaller ones. Each way once; every change of it leaves a notice.
std::unique_ptr<reader> make_adaptive_reader(session_ptr session, const read_order& order);

}  // namespace millrace::salesforce
