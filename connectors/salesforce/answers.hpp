// What an answer of Salesforce means: errors told apart by code and status (salesforce-api.md 4).
#pragma once

#include "connectors/exchange.hpp"
#include "engine/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::salesforce {

/// None: the answer is the JSON (or, with `wants_json` false, the data) that was asked for.
/// Otherwise what went wrong, with the advice for people and whether asking again can help.
std::optional<error> fault_of(const http_response& response);

/// The same for the token endpoint, whose errors are an object (salesforce-api.md 1.3).
std::optional<error> login_fault_of(const http_response& response, std::string_view login_url);

/// The `errorCode` of an answer that is an error; empty when it has none.
std::string error_code_of(const http_response& response);

/// Whether the head announces a body that can be data: status 200 and JSON or CSV.
bool is_data(const http_head& head);

/// `api-usage=1234/115000` of the Sforce-Limit-Info header: {used, allowed}; none when absent.
struct api_usage {
  std::uint64_t used = 0;
  std::uint64_t allowed = 0;
};
std::optional<api_usage> api_usage_of(const http_head& head);

}  // namespace millrace::salesforce
