// Requests to an org: host and token of the session, the headers that every request carries.
#include "connectors/salesforce/request_book.hpp"

#include "connectors/salesforce/composite.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace millrace::salesforce {
namespace {

constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> out{};
  for (unsigned byte = 0; byte < out.size(); ++byte)
    out[byte] = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                (byte >= '0' && byte <= '9') ||
                std::string_view("-_.~,()").find(static_cast<char>(byte)) != std::string_view::npos;
  return out;
}();

bool stands_for_itself(char c) {
  return plain_bytes[static_cast<unsigned char>(c)];
}

}  // namespace

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

std::size_t url_encoded_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text)
    size += stands_for_itself(c) || c == ' ' ? 1 : 3;
  return size;
}

std::string url_encoded(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out(url_encoded_size(text), '\0');
  char* to = out.data();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (stands_for_itself(c)) {
      *to++ = c;
    } else if (c == ' ') {
      *to++ = '+';
    } else {
      *to++ = '%';
      *to++ = hex[byte >> 4U];
      *to++ = hex[byte & 15U];
    }
  }
  return out;
}

}  // namespace millrace::salesforce
