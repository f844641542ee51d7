// The page where a user lets an app in, and the end of that. This user answers at once.
#include "api.hpp"
#include "json_out.hpp"

namespace sandbox {
namespace {

std::string encoded(const std::string& text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
  return out;
}

response page(int status, const std::string& text) {
  response out;
  out.status = status;
  out.type = "text/html;charset=UTF-8";
  out.body = "<html><body>" + text + "</body></html>";
  return out;
}

response back_to(const std::string& redirect, const std::string& answer, const std::string& state) {
  response out = page(302, "");
  out.headers.emplace_back(
      "Location", redirect + "?" + answer + (state.empty() ? "" : "&state=" + encoded(state)));
  return out;
}

}  // namespace

response serve_authorize(org& o, const request& r) {
  const std::string redirect = r.parameter("redirect_uri");
  // An app's callback addresses are registered; here: any on this machine.
  if (!redirect.starts_with("http://localhost:") && !redirect.starts_with("http://127.0.0.1:"))
    return page(400, "error=redirect_uri_mismatch");
  if (r.parameter("client_id") != client_id) return page(400, "error=invalid_client_id");
  const std::string state = r.parameter("state");
  if (r.parameter("response_type") != "code")
    return back_to(redirect, "error=unsupported_response_type", state);
  const std::string challenge = r.parameter("code_challenge");
  if (!challenge.empty() && r.parameter("code_challenge_method") != "S256")
    return back_to(redirect, "error=invalid_request", state);
  if (o.auth.user_refuses)
    return back_to(redirect, "error=access_denied&error_description=end-user+denied+authorization",
                   state);
  const std::string code = o.auth.open_code({redirect, challenge, o.now(), false});
  return back_to(redirect, "code=" + encoded(code), state);
}

response serve_revoke(org& o, const request& r) {
  auto form = parse_form(r.body);
  const std::string token = form["token"].empty() ? r.parameter("token") : form["token"];
  const auto dead = token.empty() ? std::nullopt : o.auth.revoke(token);
  if (!dead) return token_error("invalid_token", "invalid token");
  o.end_sessions(*dead);
  return json_response("{}");
}

}  // namespace sandbox
