// Forms are written by hand: their few values are encoded strictly, secrets by nobody else.
#include "connectors/salesforce/token_request.hpp"

#include "connectors/salesforce/request_book.hpp"

#include <boost/json.hpp>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// "https://HOST/PATH" -> "HOST"; empty when it is not https.
std::string_view secure_host_of(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme)) return {};
  url.remove_prefix(scheme.size());
  return url.substr(0, url.find_first_of("/:"));
}

std::string app_of(const settings& how) {
  std::string form = "&client_id=" + form_encoded(how.client_id);
  if (!how.client_secret.empty()) form += "&client_secret=" + form_encoded(how.client_secret);
  return form;
}

}  // namespace

std::string form_encoded(std::string_view text) {
  const std::string out = url_encoded(text);
  // In a form body the characters that a query may carry raw are encoded as well.
  std::string strict;
  for (const char c : out) {
    if (c == ',')
      strict += "%2C";
    else if (c == '(')
      strict += "%28";
    else if (c == ')')
      strict += "%29";
    else
      strict.push_back(c);
  }
  return strict;
}

std::string audience_of(const settings& how) {
  if (!how.audience.empty()) return how.audience;
  // A My Domain is served by the login host of its kind; other hosts, such as a site's, by none but
  // themselves.
  const std::string_view host = secure_host_of(how.login_url);
  if (host.ends_with(".sandbox.my.salesforce.com")) return "https://test.salesforce.com";
  if (host.ends_with(".my.salesforce.com")) return "https://login.salesforce.com";
  return how.login_url;
}

result<std::string> make_assertion(const settings& how, const signing_key& key, time_point now) {
  const auto expires = std::chrono::floor<std::chrono::seconds>(now) + assertion_life;
  const std::string claims =
      json::serialize(json::object{{"iss", how.client_id},
                                   {"sub", how.username},
                                   {"aud", audience_of(how)},
                                   {"exp", expires.time_since_epoch().count()}});
  const std::string text = base64url(R"({"alg":"RS256"})") + '.' + base64url(claims);
  MILLRACE_TRY(const std::string signature, key.sign(text));
  return text + '.' + base64url(signature);
}

http_request token_request(const settings& how, const std::string& form) {
  http_request request;
  request.method = http_method::post;
  request.url = how.login_url + "/services/oauth2/token";
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  request.headers.push_back({"Accept", "application/json"});
  request.body = form;
  return request;
}

http_request refresh_request(const settings& how, const std::string& token) {
  return token_request(
      how, "grant_type=refresh_token&refresh_token=" + form_encoded(token) + app_of(how));
}

http_request credentials_request(const settings& how) {
  if (how.flow != settings::login_flow::password)
    return token_request(how, "grant_type=client_credentials" + app_of(how));
  return token_request(how, "grant_type=password&username=" + form_encoded(how.username) +
                                "&password=" + form_encoded(how.password + how.security_token) +
                                app_of(how));
}

result<http_request> assertion_request(const settings& how, const signing_key& key,
                                       time_point now) {
  MILLRACE_TRY(const std::string assertion, make_assertion(how, key, now));
  return token_request(how,
                       "grant_type=" + form_encoded("urn:ietf:params:oauth:grant-type:jwt-bearer") +
                           "&assertion=" + form_encoded(assertion));
}

http_request code_request(const settings& how, const std::string& code, const std::string& verifier,
                          const std::string& redirect_uri) {
  return token_request(how, "grant_type=authorization_code&code=" + form_encoded(code) +
                                "&code_verifier=" + form_encoded(verifier) +
                                "&redirect_uri=" + form_encoded(redirect_uri) + app_of(how));
}

}  // namespace millrace::salesforce
