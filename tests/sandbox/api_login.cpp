// Logging in: the OAuth token endpoint and the old SOAP door that some clients knock at.
#include <boost/json.hpp>

#include "api.hpp"

namespace sandbox {
namespace {

namespace json = boost::json;

response refused(const std::string& code, const std::string& text) {
  response r;
  r.status = 400;
  r.body = json::serialize(json::object{{"error", code}, {"error_description", text}});
  return r;
}

std::string between(const std::string& text, const std::string& tag) {
  const std::size_t open = text.find(tag + ">");
  if (open == std::string::npos) return {};
  const std::size_t begin = open + tag.size() + 1;
  return text.substr(begin, text.find('<', begin) - begin);
}

std::string base64_decoded(const std::string& text) {
  static const std::string letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const std::size_t at = letters.find(c);
    if (at == std::string::npos) break;
    bits = bits << 6U | static_cast<unsigned>(at);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 255U);
    }
  }
  return out;
}

}  // namespace

response handle_token(org& o, const request& r, const std::string& login_url) {
  if (r.method != "POST") return refused("invalid_request", "must use HTTP POST");
  std::map<std::string, std::string> form = parse_form(r.body);
  const std::string basic = r.header("authorization");
  if (basic.starts_with("Basic ")) {
    const std::string pair = base64_decoded(basic.substr(6));
    form.emplace("client_id", pair.substr(0, pair.find(':')));
    form.emplace("client_secret", pair.substr(pair.find(':') + 1));
  }
  if (form["client_id"] != "sandbox-client")
    return refused("invalid_client_id", "client identifier invalid");
  const std::string grant = form["grant_type"];
  const bool right_secret = form["client_secret"] == "sandbox-secret";
  if (grant == "refresh_token") {
    if (!form["client_secret"].empty() && !right_secret)
      return refused("invalid_client", "invalid client credentials");
    if (form["refresh_token"] != "sandbox-refresh-" + o.options().name)
      return refused("invalid_grant", "expired access/refresh token");
  } else if (grant == "client_credentials") {
    if (!right_secret) return refused("invalid_client", "invalid client credentials");
    if (r.path.find("/org/") != 0)
      return refused("invalid_grant", "request not supported on this domain");
  } else if (grant == "password") {
    if (!right_secret || form["username"] != "user@" + o.options().name + ".sandbox" ||
        form["password"] != "sandbox-password")
      return refused("invalid_grant", "authentication failure");
  } else {
    return refused("unsupported_grant_type", "grant type not supported");
  }
  response out;
  out.headers.emplace_back("Cache-Control", "no-cache, no-store");
  out.body =
      json::serialize(json::object{{"access_token", o.open_session()},
                                   {"signature", "c2FuZGJveA=="},
                                   {"scope", "refresh_token api"},
                                   {"instance_url", login_url},
                                   {"id", login_url + "/id/" + o.org_id() + "/0055g000000000AAAA"},
                                   {"token_type", "Bearer"},
                                   {"issued_at", std::to_string(o.now())}});
  return out;
}

response handle_soap_login(org& o, const request& r, const std::string& login_url) {
  response out;
  out.type = "text/xml;charset=UTF-8";
  std::string user = between(r.body, "username");
  const std::string password = between(r.body, "password");
  if (user != "user@" + o.options().name + ".sandbox" ||
      !password.starts_with("sandbox-password")) {
    out.status = 500;
    out.body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope "
        "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
        "xmlns:sf=\"urn:fault.partner.soap.sforce.com\"><soapenv:Body><soapenv:Fault><faultcode>sf:"
        "INVALID_LOGIN</faultcode>"
        "<faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked "
        "out.</faultstring>"
        "<detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN</"
        "sf:exceptionCode><sf:exceptionMessage>Invalid username, "
        "password, security token; or user locked "
        "out.</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
        "</soapenv:Body></soapenv:Envelope>";
    return out;
  }
  const std::string version = r.path.substr(r.path.rfind('/') + 1);
  out.body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope "
      "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns=\"urn:partner.soap.sforce.com\"><soapenv:Body><loginResponse><result><"
      "metadataServerUrl>" +
      login_url + "/services/Soap/m/" + version + "/" + o.org_id() +
      "</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>false</"
      "sandbox><serverUrl>" +
      login_url + "/services/Soap/u/" + version + "/" + o.org_id() + "</serverUrl><sessionId>" +
      o.open_session() +
      "</sessionId><userId>0055g000000000AAAA</userId><userInfo><organizationId>" + o.org_id() +
      "</organizationId><userId>0055g000000000AAAA</userId></userInfo></result></loginResponse></"
      "soapenv:Body></soapenv:Envelope>";
  return out;
}

}  // namespace sandbox
