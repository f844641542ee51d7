// The SOAP login of older clients, and who somebody is.
#include "api.hpp"
#include "json_out.hpp"

namespace sandbox {
namespace {

std::string element_of(const std::string& xml, const std::string& name) {
  const std::size_t open = xml.find(name + ">");
  if (open == std::string::npos) return {};
  const std::size_t begin = open + name.size() + 1;
  return xml.substr(begin, xml.find('<', begin) - begin);
}

}  // namespace

std::string user_name(const org& o) {
  return "user@" + o.name() + ".sandbox";
}

response token_error(const std::string& error, const std::string& description) {
  return json_response(
      json_object().text("error", error).text("error_description", description).done(), 400);
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
                           .text("id", all.identity_url(o))
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
