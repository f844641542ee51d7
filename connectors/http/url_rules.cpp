// The rules on addresses. They are read with curl's own parser, so that what is checked here is
// what curl connects to.
#include "connectors/http/url_rules.hpp"

#include "engine/lower_case.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <memory>
#include <netinet/in.h>

namespace millrace::http {

namespace {

struct url_closer {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct text_closer {
  void operator()(char* text) const { curl_free(text); }
};
using url_handle = std::unique_ptr<CURLU, url_closer>;

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* raw = nullptr;
  const CURLUcode code = curl_url_get(url, which, &raw, flags);
  const std::unique_ptr<char, text_closer> owned(raw);
  if (code != CURLUE_OK || raw == nullptr) return {};
  return std::string(raw);
}

/// By the address itself, never by looking it up: a name may resolve to anything.
bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  return host == "[::1]";
}

result<target> judge(CURLU* url) {
  const auto host = part(url, CURLUPART_HOST);
  const auto scheme = part(url, CURLUPART_SCHEME);
  const auto port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  auto whole = part(url, CURLUPART_URL);
  if (!host || host->empty() || !scheme || !port || !whole)
    return failure(errc::http_refused_url, "the address has no host", "Use https://HOST/PATH.");
  target out;
  out.url = std::move(*whole);
  out.host = lowered(*host);
  out.port = *port;
  out.secure = *scheme == "https";
  out.loopback = is_loopback(out.host);
  out.default_port = *port == (out.secure ? "443" : "80");
  if (!out.secure && *scheme != "http")
    return failure(errc::http_refused_url, "only https is spoken, not " + *scheme,
                   "Use https://" + out.host + ".");
  if (!out.secure && !out.loopback)
    return failure(errc::http_refused_url,
                   "plain http to " + out.host + " would send secrets in the clear",
                   "Use https://" + out.host + "; plain http is for this machine only.");
  if (part(url, CURLUPART_USER) || part(url, CURLUPART_PASSWORD))
    return failure(errc::http_refused_url, "the address of " + out.host + " holds a user name",
                   "Give the login in the source's `auth`, not in its address.");
  return out;
}

bool is_allowed(const target& to, const std::vector<std::string>& allowed) {
  const std::string with_port = to.host + ":" + to.port;
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
    const std::string wanted = lowered(entry);
    return wanted == with_port || (to.default_port && wanted == to.host);
  });
}

}  // namespace

result<target> read_target(const std::string& url) {
  const url_handle parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return failure(errc::http_refused_url, "the address is not a URL", "Use https://HOST/PATH.");
  return judge(parsed.get());
}

std::optional<target> redirect_target(const target& from, std::string_view location,
                                      const std::vector<std::string>& allowed) {
  const url_handle parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, from.url.c_str(), 0) != CURLUE_OK)
    return {};
  // Setting a URL on top of another resolves a relative one.
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(location).c_str(), 0) != CURLUE_OK)
    return {};
  result<target> to = judge(parsed.get());
  if (!to || (from.secure && !to->secure) || !is_allowed(*to, allowed)) return {};
  return std::move(*to);
}

}  // namespace millrace::http
