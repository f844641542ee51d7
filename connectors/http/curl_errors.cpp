// curl's error numbers as the project's errors.
#include "connectors/http/curl_errors.hpp"

#include <curl/curl.h>

namespace millrace::http {

namespace {

error make(errc code, std::string message, std::string advice, retry again) {
  return error{code, std::move(message), std::move(advice), again, {}, {}};
}

/// Why no connection came about; none for other faults.
const char* connect_reason(int code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its name cannot be resolved";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "the proxy's name cannot be resolved";
    case CURLE_COULDNT_CONNECT:
      return "the connection was refused or there is no route";
    case CURLE_OPERATION_TIMEDOUT:
      return "connecting took too long";
    case CURLE_PROXY:
      return "the proxy did not connect";
    default:
      return nullptr;
  }
}

bool is_certificate_fault(int code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CERTPROBLEM ||
         code == CURLE_SSL_INVALIDCERTSTATUS;
}

bool is_break(int code) {
  return code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
         code == CURLE_RECV_ERROR || code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

}  // namespace

error curl_failure(int code, const std::string& host, const std::string& detail) {
  if (const char* reason = connect_reason(code))
    return make(errc::http_connect, host + " cannot be reached: " + reason,
                "Check the address, the network and the proxy settings.", retry::later);
  if (is_certificate_fault(code))
    return make(errc::http_tls, host + " could not prove who it is: " + detail,
                "Check the address; behind a proxy that inspects TLS, name its CA file.",
                retry::never);
  if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CIPHER)
    return make(errc::http_tls, "no secure connection to " + host + ": " + detail,
                "Check that the address and the port speak https.", retry::later);
  const std::string words = curl_easy_strerror(static_cast<CURLcode>(code));
  if (is_break(code)) return interrupted(host, words);
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
    return make(errc::http_content, host + " answered with something other than HTTP",
                "Check the address and the port.", retry::later);
  if (code == CURLE_URL_MALFORMAT)
    return make(errc::http_refused_url, "the address of " + host + " is not a URL",
                "Use https://HOST/PATH.", retry::never);
  return make(errc::internal, "the request to " + host + " failed: " + words, "", retry::later);
}

error stalled(const std::string& host, std::chrono::milliseconds silence) {
  return make(errc::http_stalled,
              host + " was silent, or nearly so, for " + std::to_string(silence.count()) + " ms",
              "It is asked again; if this repeats, look at the network between.", retry::later);
}

error interrupted(const std::string& host, std::string how) {
  return make(errc::http_interrupted,
              "the answer of " + host + " is incomplete or damaged: " + std::move(how),
              "It is asked again; if this repeats, look at the network between.", retry::later);
}

error too_large(const std::string& host, std::string_view what, std::size_t bytes_max) {
  return make(errc::http_too_large,
              "the " + std::string(what) + " of an answer of " + host + " exceeds " +
                  std::to_string(bytes_max) + " bytes",
              "Check that the address is the source's API.", retry::never);
}

error cancelled(const std::string& host) {
  return make(errc::http_cancelled, "the request to " + host + " was cancelled", "", retry::never);
}

}  // namespace millrace::http
