// Parsing and writing heads.
#include "http_head.hpp"

#include "times.hpp"
#include <algorithm>
#include <charconv>
#include <chrono>

namespace sandbox {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Other";
  }
}

void set_target(request& r, std::string_view target) {
  r.target_bytes = target.size();
  if (const std::size_t scheme = target.find("://"); scheme < 8)
    target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
  const std::size_t mark = std::min(target.find('?'), target.size());
  r.path = url_decoded(target.substr(0, mark), false);
  if (mark < target.size()) r.query = parse_form(target.substr(mark + 1));
}

}  // namespace

std::optional<request> parse_head(std::string_view head) {
  request r;
  r.head_bytes = head.size();
  const std::string_view first = head.substr(0, head.find("\r\n"));
  const std::size_t method_end = first.find(' ');
  const std::size_t target_end = first.rfind(' ');
  if (method_end == std::string_view::npos || target_end <= method_end ||
      !first.substr(target_end + 1).starts_with("HTTP/1."))
    return {};
  r.method = first.substr(0, method_end);
  set_target(r, first.substr(method_end + 1, target_end - method_end - 1));
  head.remove_prefix(std::min(first.size() + 2, head.size()));
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name{line.substr(0, colon)};
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    r.headers[name] = trimmed(line.substr(colon + 1));
  }
  return r;
}

std::string write_head(const response& r, const framing& how) {
  std::string out = "HTTP/1.1 " + std::to_string(r.status) + " ";
  out += reason_of(r.status);
  const auto add = [&](std::string_view name, std::string_view text) {
    out += "\r\n";
    out += name;
    out += ": ";
    out += text;
  };
  bool dated = false;
  for (const auto& [name, text] : r.headers) {
    add(name, text);
    dated = dated || name == "Date";
  }
  if (!dated) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    add("Date", http_date(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
  }
  if (!r.type.empty()) add("Content-Type", r.type);
  if (how.gzip) add("Content-Encoding", "gzip");
  if (how.framed && !how.length) {
    add("Transfer-Encoding", "chunked");
  } else if (how.framed && r.status != 204 && r.status != 304) {
    add("Content-Length", std::to_string(*how.length));
  }
  if (how.close) add("Connection", "close");
  return out + "\r\n\r\n";
}

bool take_chunked(std::string& in, std::string& body) {
  std::string plain;
  std::size_t at = 0;
  while (true) {
    const std::size_t line = in.find("\r\n", at);
    if (line == std::string::npos) return false;
    std::size_t size = 0;
    std::from_chars(in.data() + at, in.data() + line, size, 16);
    if (line + 2 + size + 2 > in.size()) return false;
    plain.append(in, line + 2, size);
    at = line + 2 + size + 2;
    if (size == 0) break;
  }
  in.erase(0, at);
  body = std::move(plain);
  return true;
}

}  // namespace sandbox
