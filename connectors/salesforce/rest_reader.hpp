// Reading a collection by REST: one query, then its pages.
#pragma once

#include "connectors/connector.hpp"

#include <memory>

namespace millrace::salesforce {

/// Pages of `queryAll`, ordered by cursor field and Id where there is a cursor field. A lost
/// locator restarts the window at the progress reached, a few times (salesforce-api.md 2.4).
std::unique_ptr<reader> make_rest_reader(session_ptr session, const read_order& order);

/// The path of the query that such a reader begins with.
std::string first_page_path(const read_order& order);

}  // namespace millrace::salesforce
