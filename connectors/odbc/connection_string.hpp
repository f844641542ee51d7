// Connection strings: taken apart, completed and put together again. Never shown whole (I16).
#pragma once

#include "engine/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::odbc {

class connection_string {
 public:
  /// `Key=value;Key={value with ;};`. Fails on text without a key.
  static result<connection_string> parse(std::string_view text);
  /// Keys are compared without case.
  [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
  /// Adds a key that is not there yet.
  void set_default(std::string_view key, std::string_view value);
  void set(std::string_view key, std::string_view value);
  /// For the driver only.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> parts_;
};

/// Puts the schema where `{schema}` stands. Fails when the name could lead out of its folder or
/// into another key.
result<std::string> with_schema(std::string_view text, std::string_view schema);

}  // namespace millrace::odbc
