// HTTP/1.1 heads: reading a request's, writing a response's.
#pragma once

#include "message.hpp"
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

/// A request without its body; none: this is no HTTP.
std::optional<request> parse_head(std::string_view head);

/// How the length of a body is told.
struct framing {
  std::optional<std::size_t> length;  ///< none: chunked
  bool gzip = false;
  bool close = false;
  bool framed = true;  ///< else the end of the connection is that of the body
};

std::string write_head(const response& r, const framing& how);

/// Undoes chunks at the front of `in`. True: all of it was there; `in` then begins behind it.
bool take_chunked(std::string& in, std::string& body);

}  // namespace sandbox
