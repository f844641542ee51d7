// Members of a JSON object that may be absent or of another type than expected.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace millrace::salesforce {

/// Empty when there is no such text.
inline std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// `fallback` when there is no such truth value.
inline bool flag_of(const boost::json::object& object, std::string_view key,
                    bool fallback = false) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

/// Whether a body is JSON at all: one that was cut on its way, where no length was told, is not.
inline bool is_json(std::string_view body) {
  boost::json::error_code failed;
  boost::json::parse(boost::json::string_view(body.data(), body.size()), failed);
  return !failed;
}

}  // namespace millrace::salesforce
