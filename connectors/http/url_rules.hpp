// Which addresses millrace talks to: https anywhere, plain http to this machine only (I16), and
// redirects to hosts that the request names.
#pragma once

#include "engine/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// An address that passed the rules.
struct target {
  std::string url;
  std::string host;  ///< lower case, for messages and comparisons; IPv6 in brackets
  std::string port;
  bool secure = true;
  bool loopback = false;
  bool default_port = true;
};

/// Fails with `http_refused_url`; the message never shows the query.
result<target> read_target(const std::string& url);

/// Where a redirect leads, if the rules allow to follow it: to a host of `allowed` (`host`, or
/// `host:port` when the port is not the scheme's own), and never from https to http.
std::optional<target> redirect_target(const target& from, std::string_view location,
                                      const std::vector<std::string>& allowed);

}  // namespace millrace::http
