// Requests and answers as plain values: what a connector asks for and what it is given.
// No socket and no curl here; `connectors/http` carries them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

enum class http_method : std::uint8_t { get, post, patch, del };
std::string_view name_of(http_method method);

struct http_header {
  std::string name;
  std::string value;
};

/// One request. `url` is absolute. Headers may hold a bearer token: never log them (I16).
struct http_request {
  http_method method = http_method::get;
  std::string url;
  std::vector<http_header> headers;
  std::string body;
  /// Hosts (`host` or `host:port`) that a redirect may lead to; none: a redirect is an answer like
  /// any other. A bearer token never leaves these hosts.
  std::vector<std::string> redirect_hosts;
};

/// Status and headers of an answer.
struct http_head {
  int status = 0;
  std::vector<http_header> headers;
  /// First value of a header, name compared without case; none when absent.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

struct http_response {
  http_head head;
  std::string body;  ///< decompressed
};

}  // namespace millrace
