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
  enum class kind : std::uint8_t { close, reset, stall, kill } how = kind::close;
  std::size_t after_bytes = 0;
  int pid = 0;  ///< kill: of the client
};

/// Appends some bytes of a body; false: that was all.
using producer = std::function<bool(std::string&)>;

struct response {
  int status = 200;
  std::string type = "application/json;charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  producer produce;  ///< large bodies come piece by piece, instead of `body`
  std::optional<cut> broken;
  bool corrupt_gzip = false;
  bool close = false;
  bool unframed = false;  ///< neither length nor chunks
  int delay_ms = 0;

  /// The whole body, however it is made.
  std::string text() {
    if (produce)
      while (produce(body)) {
      }
    produce = nullptr;
    return std::move(body);
  }
};

std::string url_decoded(std::string_view text, bool plus_is_blank);
std::map<std::string, std::string> parse_form(std::string_view text);
std::vector<std::string> split(std::string_view text, char at);

response json_response(std::string body, int status = 200);
/// `[{"message":..,"errorCode":..}]`
response api_error(int status, const std::string& code, const std::string& message);

}  // namespace sandbox
