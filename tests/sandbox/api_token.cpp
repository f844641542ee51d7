// The token endpoint: one function for each grant type (salesforce-api.md 1.2 to 1.6).
#include "api.hpp"
#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

using token_form = std::map<std::string, std::string>;

/// The allowance of the real one's clock, and of the second that a request takes.
constexpr std::int64_t assertion_seconds_max = 180 + 1;
constexpr std::int64_t code_ms_max = 120'000;

response expired_token() {
  return token_error("invalid_grant", "expired access/refresh token");
}

/// `refresh`: the token to answer with, if there is one.
response session_of(const api& all, org& o, const std::string& session,
                    const std::string& refresh) {
  json_object out;
  out.text("access_token", session);
  if (!refresh.empty()) out.text("refresh_token", refresh);
  return json_response(out.text("signature", "c2FuZGJveA==")
                           .text("scope", "refresh_token api")
                           .text("instance_url", all.instance_url(o))
                           .text("id", all.identity_url(o))
                           .text("token_type", "Bearer")
                           .text("issued_at", std::to_string(o.now()))
                           .done());
}

response by_refresh_token(const api& all, org& o, const token_form& f) {
  const auto token = f.find("refresh_token");
  if (token == f.end()) return token_error("invalid_request", "missing refresh_token");
  const refresh_end end = o.auth.refresh(token->second);
  o.end_sessions(end.dead);
  if (!end.good) return expired_token();
  const std::string session = o.open_session();
  o.auth.note_session(end.rotated.empty() ? token->second : end.rotated, session);
  return session_of(all, o, session, end.rotated);
}

response by_code(const api& all, org& o, token_form f) {
  authorization_code* code = o.auth.find_code(f["code"]);
  if (code == nullptr) return token_error("invalid_grant", "invalid authorization code");
  if (code->used || o.now() - code->made > code_ms_max)
    return token_error("invalid_grant", "expired authorization code");
  if (code->redirect_uri != f["redirect_uri"])
    return token_error("redirect_uri_mismatch", "redirect_uri must match configuration");
  const std::string& verifier = f["code_verifier"];
  if (!code->challenge.empty() && verifier.empty())
    return token_error("invalid_grant", "code verifier is missing");
  if (!code->challenge.empty() && challenge_of(verifier) != code->challenge)
    return token_error("invalid_request", "invalid code verifier");
  code->used = true;
  const std::string token = o.auth.open_grant();
  const std::string session = o.open_session();
  o.auth.note_session(token, session);
  return session_of(all, o, session, token);
}

response by_assertion(const api& all, org& o, token_form f) {
  const auto claims = read_assertion(f["assertion"], o.auth.public_key);
  if (!claims) return token_error("invalid_grant", "invalid assertion");
  if (claims->issuer != client_id)
    return token_error("invalid_client_id", "client identifier invalid");
  const std::string& audience = claims->audience;
  if (audience != "https://login.salesforce.com" && audience != "https://test.salesforce.com" &&
      audience != all.login_url(o))
    return token_error("invalid_grant", "Audience validation failed");
  const std::int64_t now = o.now() / 1000;
  if (claims->expires <= now || claims->expires > now + assertion_seconds_max)
    return token_error("invalid_grant", "expired authorization code");
  if (claims->subject != user_name(o) || !o.auth.approved)
    return token_error("invalid_grant", "user hasn't approved this consumer");
  // The members that may be absent are.
  return json_response(json_object()
                           .text("access_token", o.open_session())
                           .text("scope", "api")
                           .text("instance_url", all.instance_url(o))
                           .text("id", all.identity_url(o))
                           .text("token_type", "Bearer")
                           .done());
}

response by_credentials(const api& all, org& o) {
  if (o.auth.login_host)
    return token_error("invalid_grant", "request not supported on this domain");
  return session_of(all, o, o.open_session(), "");
}

/// The security token follows the password; who comes from a trusted address needs none.
response by_password(const api& all, org& o, token_form f) {
  const std::string plain(password);
  if (f["username"] != user_name(o) ||
      (f["password"] != plain && f["password"] != plain + std::string(security_token)))
    return token_error("invalid_grant", "authentication failure");
  return session_of(all, o, o.open_session(), "");
}

void take_basic(token_form& f, const std::string& header) {
  if (!header.starts_with("Basic ")) return;
  const std::string pair = decoded_base64(std::string_view(header).substr(6));
  f["client_id"] = url_decoded(pair.substr(0, pair.find(':')), false);
  f["client_secret"] = url_decoded(pair.substr(std::min(pair.find(':') + 1, pair.size())), false);
}

}  // namespace

response serve_token(const api& all, org& o, const request& r) {
  if (r.method != "POST") return token_error("invalid_request", "must use HTTP POST");
  token_form f = parse_form(r.body);
  take_basic(f, r.header("authorization"));
  const std::string grant = f["grant_type"];
  if (grant.empty()) return token_error("invalid_request", "missing required grant type");
  // The signature says who asks.
  if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer") return by_assertion(all, o, f);
  if (grant != "refresh_token" && grant != "client_credentials" && grant != "password" &&
      grant != "authorization_code")
    return token_error("unsupported_grant_type", "grant type not supported");
  if (f["client_id"] != client_id)
    return token_error("invalid_client_id", "client identifier invalid");
  if (f["client_secret"] != client_secret)
    return token_error("invalid_client", "invalid client credentials");
  if (grant == "refresh_token") return by_refresh_token(all, o, f);
  if (grant == "authorization_code") return by_code(all, o, f);
  return grant == "password" ? by_password(all, o, f) : by_credentials(all, o);
}

}  // namespace sandbox
