// Tokens, the SOAP login of older clients, and who somebody is.
#include "api.hpp"
#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

response token_error(const std::string& error, const std::string& description) {
  return json_response(
      json_object().text("error", error).text("error_description", description).done(), 400);
}

std::string decoded_base64(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : text) {
    const std::size_t at = letters.find(c);
    if (at == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(at);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>((bits >> have) & 0xFFU);
  }
  return out;
}

std::string identity_url(const api& all, const org& o) {
  return all.login_url(o) + "/id/" + o.org_id() + "/" + o.user_id();
}

std::string user_name(const org& o) {
  return "user@" + o.name() + ".sandbox";
}

std::string element_of(const std::string& xml, const std::string& name) {
  const std::size_t open = xml.find(name + ">");
  if (open == std::string::npos) return {};
  const std::size_t begin = open + name.size() + 1;
  return xml.substr(begin, xml.find('<', begin) - begin);
}

}  // namespace

response serve_token(const api& all, org& o, const request& r) {
  if (r.method != "POST") return token_error("invalid_request", "must use HTTP POST");
  auto form = parse_form(r.body);
  const std::string basic = r.header("authorization");
  if (basic.starts_with("Basic ")) {
    const std::string pair = decoded_base64(std::string_view(basic).substr(6));
    form["client_id"] = url_decoded(pair.substr(0, pair.find(':')), false);
    form["client_secret"] =
        url_decoded(pair.substr(std::min(pair.find(':') + 1, pair.size())), false);
  }
  const std::string grant = form["grant_type"];
  if (grant.empty()) return token_error("invalid_request", "missing required grant type");
  if (grant != "refresh_token" && grant != "client_credentials" && grant != "password")
    return token_error("unsupported_grant_type", "grant type not supported");
  if (form["client_id"] != client_id)
    return token_error("invalid_client_id", "client identifier invalid");
  if (form["client_secret"] != client_secret)
    return token_error("invalid_client", "invalid client credentials");
  if (grant == "refresh_token" && form["refresh_token"] != o.refresh_token())
    return token_error("invalid_grant", "expired access/refresh token");
  if (grant == "password" && (form["username"] != user_name(o) || form["password"] != password))
    return token_error("invalid_grant", "authentication failure");
  return json_response(json_object()
                           .text("access_token", o.open_session())
                           .text("signature", "c2FuZGJveA==")
                           .text("scope", "refresh_token api")
                           .text("instance_url", all.login_url(o))
                           .text("id", identity_url(all, o))
                           .text("token_type", "Bearer")
                           .text("issued_at", std::to_string(o.now()))
                           .done());
}

response serve_soap_login(const api& all, org& o, const request& r) {
  response out;
  out.type = "text/xml; charset=utf-8";
  const std::string head =
      R"(<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" )"
      R"(xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns="urn:partner.soap.sforce.com" )"
      R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>)";
  const std::string tail = "</soapenv:Body></soapenv:Envelope>";
  if (element_of(r.body, "username") != user_name(o) ||
      !element_of(r.body, "password").starts_with(password)) {
    out.status = 500;
    out.body =
        head +
        "<soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: Invalid "
        "username, password, security token; or user locked out.</faultstring></soapenv:Fault>" +
        tail;
    return out;
  }
  const std::string version = r.path.substr(r.path.rfind('/') + 1);
  const std::string server = all.login_url(o) + "/services/Soap/u/" + version + "/" + o.org_id();
  out.body = head + "<loginResponse><result><metadataServerUrl>" + server +
             "</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>true</"
             "sandbox><serverUrl>" +
             server + "</serverUrl><sessionId>" + o.open_session() + "</sessionId><userId>" +
             o.user_id() + "</userId><userInfo><organizationId>" + o.org_id() +
             "</organizationId><userId>" + o.user_id() + "</userId><userName>" + user_name(o) +
             "</userName></userInfo></result></loginResponse>" + tail;
  return out;
}

response serve_identity(const api& all, org& o) {
  const std::string data = all.login_url(o) + "/services/data/v{version}/";
  const std::string urls = json_object()
                               .text("rest", data)
                               .text("sobjects", data + "sobjects/")
                               .text("query", data + "query/")
                               .done();
  return json_response(json_object()
                           .text("id", identity_url(all, o))
                           .flag("asserted_user", true)
                           .text("user_id", o.user_id())
                           .text("organization_id", o.org_id())
                           .text("username", user_name(o))
                           .text("display_name", "Sandbox User")
                           .raw("urls", urls)
                           .flag("active", true)
                           .done());
}

}  // namespace sandbox
