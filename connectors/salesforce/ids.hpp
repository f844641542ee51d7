// Ids of jobs and records: what may go into paths and statements.
#pragma once

#include <algorithm>
#include <string_view>

namespace millrace::salesforce {

/// Letters and digits only, as an Id is (salesforce-api.md 5.9): nothing that could change a path
/// or a statement (I17).
inline bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

}  // namespace millrace::salesforce
