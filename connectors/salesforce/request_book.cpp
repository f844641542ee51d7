// Requests to an org: host and token of the session, the headers that every request carries.
#include "connectors/salesforce/request_book.hpp"

#include <fmt/format.h>

namespace millrace::salesforce {

request_book::request_book(session_ptr session) {
  use(std::move(session));
}

void request_book::use(session_ptr session) {
  session_ = std::static_pointer_cast<const org_session>(std::move(session));
}

ask request_book::make(recipe what, body_use use, std::string purpose) {
  const std::uint64_t id = next_id_++;
  http_request request = build(what);
  open_.emplace(id, std::move(what));
  return {id, std::move(request), use, std::move(purpose)};
}

http_request request_book::renewed(std::uint64_t id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? http_request{} : build(found->second);
}

http_request request_book::build(const recipe& what) const {
  http_request request;
  request.method = what.method;
  request.url = session_->instance_url;
  if (what.path.starts_with('~')) {
    request.url += fmt::format("/services/data/v{}{}", session_->api_version, what.path.substr(1));
  } else {
    request.url += what.path;
  }
  request.headers.push_back({"Authorization", "Bearer " + session_->access_token});
  request.headers.push_back({"Accept", what.csv ? "text/csv" : "application/json"});
  request.headers.push_back({"Sforce-Call-Options", "client=millrace"});
  if (!what.body.empty()) {
    request.body = what.body;
    request.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
  }
  return request;
}

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || c == ',' || c == '(' ||
                       c == ')';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      out.push_back('%');
      out.push_back(hex[byte >> 4U]);
      out.push_back(hex[byte & 15U]);
    }
  }
  return out;
}

}  // namespace millrace::salesforce
