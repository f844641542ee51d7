// The control endpoints' parts that change an org.
#pragma once

#include "api.hpp"
#include <string>

namespace sandbox {

/// A JSON object of a control request; numbers and texts by name, with what holds if they are
/// absent.
class control_body {
 public:
  explicit control_body(const std::string& text);
  explicit control_body(boost::json::object members) : members_(std::move(members)) {}
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] bool has(std::string_view name) const { return members_.contains(name); }
  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] const boost::json::object* object(std::string_view name) const;

 private:
  boost::json::object members_;
  bool valid_ = true;
};

response control_error(int status, const std::string& message);

response change_records(org& o, const control_body& body);
response change_clock(org& o, const control_body& body);
response add_fault(org& o, const control_body& body);
response change_settings(org& o, const control_body& body);
response change_schema(org& o, const control_body& body);
response auth_of(const org& o);
response change_auth(org& o, const control_body& body);

}  // namespace sandbox
