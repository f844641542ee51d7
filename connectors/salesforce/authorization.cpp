// Addresses of the authorization, made and read.
#include "connectors/salesforce/authorization.hpp"

#include "connectors/salesforce/digests.hpp"
#include "connectors/salesforce/token_request.hpp"

#include <fmt/format.h>

#include <map>

namespace millrace::salesforce {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// Decodes once: codes hold percent-encoded signs.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 &&
                      digit_of(text[i + 2]) >= 0;
    if (pair) {
      out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parameters_of(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const std::size_t mark = one.find('=');
    if (mark != std::string_view::npos)
      out.emplace(decoded(one.substr(0, mark)), decoded(one.substr(mark + 1)));
  }
  return out;
}

/// "http://localhost:1717/path" -> "/path".
std::string_view path_of(std::string_view address) {
  const std::size_t scheme = address.find("://");
  if (scheme != std::string_view::npos) address.remove_prefix(scheme + 3);
  const std::size_t slash = address.find('/');
  return slash == std::string_view::npos ? std::string_view("/") : address.substr(slash);
}

}  // namespace

authorization make_authorization(std::string_view random_for_verifier,
                                 std::string_view random_for_state, std::string redirect_uri) {
  return {base64url(random_for_verifier), base64url(random_for_state), std::move(redirect_uri)};
}

std::string authorize_url(const settings& how, const authorization& begun) {
  return fmt::format(
      "{}/services/oauth2/authorize?response_type=code&client_id={}&redirect_uri={}&scope={}"
      "&state={}&code_challenge={}&code_challenge_method=S256",
      how.login_url, form_encoded(how.client_id), form_encoded(begun.redirect_uri),
      "api%20refresh_token", begun.state, base64url(sha256(begun.verifier)));
}

result<std::optional<std::string>> read_callback(std::string_view target,
                                                 const authorization& begun) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return std::nullopt;
  if (path_of(target.substr(0, mark)) != path_of(begun.redirect_uri)) return std::nullopt;
  auto given = parameters_of(target.substr(mark + 1, target.find('#') - mark - 1));
  if (given["state"] != begun.state) return std::nullopt;
  if (!given["code"].empty()) return given["code"];
  std::string text = given["error"];
  if (text.empty()) return std::nullopt;
  const bool denied = text == "access_denied";
  if (!given["error_description"].empty()) text += ", " + given["error_description"];
  return failure(errc::login_refused, fmt::format("the authorization was not given: {}", text),
                 denied ? "Connect again and allow the access"
                        : "Check that the app has this callback address and the scopes api and "
                          "refresh_token");
}

}  // namespace millrace::salesforce
