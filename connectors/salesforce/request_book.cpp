// Requests to an org: host and token of the session, the headers that every request carries.
#include "connectors/salesforce/request_book.hpp"

#include "connectors/salesforce/composite.hpp"

#include <fmt/format.h>

#include <utility>

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

ask request_book::make_composite(std::vector<std::string> paths, std::string purpose) {
  recipe what{http_method::post, "~/composite", {}, false, std::move(paths)};
  const std::size_t requests = what.bundle.size();
  ask made = make(std::move(what), body_use::whole, std::move(purpose));
  made.requests = requests;
  return made;
}

http_request request_book::renewed(std::uint64_t id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? http_request{} : build(found->second);
}

/// '~' stands for the version that the session speaks.
std::string request_book::below_version(const std::string& path) const {
  if (!path.starts_with('~')) return path;
  return fmt::format("/services/data/v{}{}", session_->api_version, path.substr(1));
}

std::string request_book::url_of(const std::string& path) const {
  return session_->instance_url + below_version(path);
}

http_request request_book::build(const recipe& what) const {
  http_request request;
  request.method = what.method;
  request.url = url_of(what.path);
  request.headers.push_back({"Authorization", "Bearer " + session_->access_token});
  request.headers.push_back({"Accept", what.csv ? "text/csv" : "application/json"});
  request.headers.push_back({"Sforce-Call-Options", "client=millrace"});
  request.body = what.body;
  if (!what.bundle.empty()) {
    std::vector<std::string> paths;
    paths.reserve(what.bundle.size());
    for (const std::string& path : what.bundle)
      paths.push_back(below_version(path));
    request.body = composite_body(paths);
  }
  if (!request.body.empty())
    request.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
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
