// Several GETs in one request: POST composite, the chained form, of which the whole is said to
// cost one call (salesforce-api.md 2.9).
#pragma once

#include "connectors/exchange.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// Requests that one composite may hold, and how many of those may be queries (2.9; the latter is
/// not verified).
inline constexpr std::size_t composite_requests_max = 25;
inline constexpr std::size_t composite_queries_max = 5;

/// The body that asks for these paths, each from its beginning "/services/data/..". What one of
/// them meets does not touch the others.
std::string composite_body(std::span<const std::string> paths);

/// The answers to so many requests, in their order, as if each had come alone: bodies are the bytes
/// that the org sent, and the clock of the whole answer is in each head. errc::page_malformed,
/// `retry::later`: one is missing or there twice, or the whole is no answer to a composite.
result<std::vector<http_response>> composite_answers(const http_response& whole, std::size_t count);

}  // namespace millrace::salesforce
