// What an answer of Salesforce means: errors told apart by code and status (salesforce-api.md 4).
#pragma once

#include "connectors/exchange.hpp"
#include "connectors/salesforce/session.hpp"
#include "engine/error.hpp"
#include "engine/schedule/call_budget.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::salesforce {

/// Foreign text as it may stand in a message and on a terminal: one bounded line of clean text, in
/// which nothing looks like an access token (I16).
std::string quotation(std::string_view text);

/// None: the answer is the JSON (or, with `wants_json` false, the data) that was asked for.
/// Otherwise what went wrong, with the advice for people and whether asking again can help.
std::optional<error> fault_of(const http_response& response);

/// The same for the token endpoint, whose errors are an object (salesforce-api.md 1.3).
/// errc::reconnect: the refresh token is over for good.
std::optional<error> login_fault_of(const http_response& response, const settings& how);
/// OAuth's word for a refusal, such as "invalid_grant"; empty when the body has none.
std::string oauth_word_of(const http_response& response);

/// What concerns the org or its user is the same for whatever is asked.
bool is_of_the_org(errc code);

/// The `errorCode` of an answer that is an error; empty when it has none.
std::string error_code_of(const http_response& response);

/// Whether the head announces a body that can be data: status 200 and JSON or CSV.
bool is_data(const http_head& head);

/// `api-usage=1234/115000` of the Sforce-Limit-Info header: {used, allowed}; none when absent.
std::optional<call_usage> api_usage_of(const http_head& head);

}  // namespace millrace::salesforce
