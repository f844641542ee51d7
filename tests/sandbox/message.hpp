// A request and a response as the simulation sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sandbox {

struct request {
  std::string method;
  std::string path;  ///< decoded, without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::size_t target_bytes = 0;  ///< of the URI as it was sent
  std::size_t head_bytes = 0;    ///< URI and headers

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::string parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

/// How a response breaks off.
struct cut {
  enum class kind : std::uint8_t { close, reset, stall } how = kind::close;
  std::size_t after_bytes = 0;
};

struct response {
  int status = 200;
  std::string type = "application/json;charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Large bodies come piece by piece: appends some bytes, false at the end.
  std::function<bool(std::string&)> produce;
  std::optional<cut> broken;
  bool corrupt_gzip = false;
  int delay_ms = 0;
};

std::string url_decoded(std::string_view text, bool plus_is_blank);
std::map<std::string, std::string> parse_form(std::string_view text);

/// `[{"message":..,"errorCode":..}]`
response api_error(int status, const std::string& code, const std::string& message);

}  // namespace sandbox
