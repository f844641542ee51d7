// API versions that an org offers (salesforce-api.md 2.1).
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// "62" of each "62.0" in the answer to /services/data, lowest first; none: it is no such answer.
std::vector<int> offered_versions(std::string_view body);

/// The version of the configuration is not among those that the org offers. `offered`: not empty.
error not_offered(const std::string& version, const std::vector<int>& offered);

}  // namespace millrace::salesforce
