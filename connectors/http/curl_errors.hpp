// What a failed transfer means, in the project's error codes.
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <string>

namespace millrace::http {

/// `code` is curl's number, `detail` curl's own words. Names the host, nothing else of the URL.
error curl_failure(int code, const std::string& host, const std::string& detail);

error stalled(const std::string& host, std::chrono::milliseconds silence);
error interrupted(const std::string& host, std::string how);
error too_large(const std::string& host, std::string_view what, std::size_t bytes_max);
error cancelled(const std::string& host);

}  // namespace millrace::http
