// The table of Salesforce's error codes and statuses. Codes decide, texts only where two meanings
// share a code; an unknown code falls back to its status.
#include "connectors/salesforce/answers.hpp"

#include "connectors/salesforce/json_members.hpp"
#include "engine/model/utf8.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr std::size_t message_bytes_max = 300;
constexpr std::size_t error_body_bytes_max = std::size_t{64} << 10U;

struct fault_rule {
  std::string_view code;
  errc meaning;
  retry again;
  std::string_view advice;
};

constexpr std::string_view advice_limit =
    "Wait until the org's rolling 24 hours free some calls, or raise the org's API allocation";
constexpr std::string_view advice_object =
    "Check the object's name and that the integration user may see it";
constexpr std::string_view advice_rights =
    "Give the integration user the missing right (View All Data covers most), then run again";
constexpr std::string_view advice_api =
    "Enable 'API Enabled' for the integration user's profile, or ask Salesforce about the edition";

constexpr std::string_view advice_passing =
    "This usually passes: run again later, and look at status.salesforce.com";
constexpr std::string_view advice_query =
    "Try the other way to read it, api = \"rest\" or api = \"bulk\"; `exclude` leaves the "
    "collection out and lets the others go on";
constexpr std::string_view advice_session =
    "A new login did not help: look at the session settings of the org and of the connected app, "
    "and at the user's Login History";
constexpr std::string_view advice_login =
    "Check auth in the configuration and the org's Login History";
constexpr std::string_view advice_bulk = "Set api = \"auto\" or api = \"rest\"";
constexpr std::string_view advice_report = "Run again; if it stays, report it with this message";

constexpr std::array rules{
    fault_rule{"API_DISABLED_FOR_ORG", errc::api_disabled, retry::never, advice_api},
    fault_rule{"API_DISABLED", errc::api_disabled, retry::never, advice_api},
    fault_rule{"API_CURRENTLY_DISABLED", errc::api_unavailable, retry::later,
               "Salesforce has switched the API off for the moment: run again later, and look at "
               "status.salesforce.com"},
    fault_rule{"SERVER_UNAVAILABLE", errc::api_unavailable, retry::later, advice_passing},
    fault_rule{"FUNCTIONALITY_NOT_ENABLED", errc::permission, retry::never, advice_rights},
    fault_rule{"INSUFFICIENT_ACCESS", errc::permission, retry::never, advice_rights},
    fault_rule{"INSUFFICIENT_ACCESS_OR_READONLY", errc::permission, retry::never, advice_rights},
    fault_rule{"OAUTH_APP_ACCESS_DENIED", errc::permission, retry::never,
               "An admin must approve the connected app for this user"},
    fault_rule{"INVALID_TYPE", errc::object_missing, retry::never, advice_object},
    fault_rule{"NOT_FOUND", errc::object_missing, retry::never, advice_object},
    fault_rule{"INVALID_FIELD", errc::field_missing, retry::never,
               "A field was removed or hidden after it was described: the next run reads the "
               "catalog anew and goes on without it"},
    fault_rule{
        "INVALID_QUERY_LOCATOR", errc::locator_lost, retry::never,
        "Run again: it goes on from what is committed; api = \"bulk\" has no such positions"},
    fault_rule{
        "QUERY_TIMEOUT", errc::query_timeout, retry::later,
        "millrace has asked for less at a time as far as it can. Leave out fields that are slow "
        "to compute (`exclude_fields`), have what `where` compares indexed, or set the "
        "source's api = \"bulk\""},
    fault_rule{"OPERATION_TOO_LARGE", errc::query_too_large, retry::never, advice_rights},
    fault_rule{"INVALIDENTITY", errc::bulk_refused, retry::never, advice_bulk},
    fault_rule{"UNSUPPORTED_API_VERSION", errc::version_unsupported, retry::never,
               "Set api_version = \"auto\""},
    fault_rule{"INVALID_AUTH_HEADER", errc::login_refused, retry::never,
               "A proxy on the way may change the header Authorization: let it through"},
    fault_rule{"TXN_SECURITY_METERING_ERROR", errc::query_refused, retry::later,
               "Exempt the integration user from transaction security"},
    fault_rule{"UNABLE_TO_LOCK_ROW", errc::http_status, retry::later,
               "Other work in the org holds the records: run again later"},
    fault_rule{"UNKNOWN_EXCEPTION", errc::http_status, retry::later,
               "The org met a fault of its own: run again later; if it stays, give this message to "
               "Salesforce support"},
};

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

constexpr bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What looks like an access token, an org's Id and '!' and more (salesforce-api.md 1.1), is not
/// repeated: a proxy, or the org, may quote the request that it refuses (I16).
std::string without_tokens(std::string_view text) {
  constexpr std::string_view org_id = "00D";
  constexpr std::string_view of_a_token = "._-!";
  std::string out;
  for (std::size_t mark = text.find('!'); mark != std::string_view::npos; mark = text.find('!')) {
    std::size_t begin = mark;
    while (begin > 0 && is_letter_or_digit(text[begin - 1]))
      --begin;
    std::size_t end = mark + 1;
    while (end < text.size() &&
           (is_letter_or_digit(text[end]) || of_a_token.find(text[end]) != std::string_view::npos))
      ++end;
    // What stands before the Id may end with a '!' of its own.
    const std::string_view word = text.substr(begin, end - begin);
    const std::size_t id = word.find(org_id);
    const bool is_token =
        id != std::string_view::npos && word.find('!', id) != std::string_view::npos;
    out += text.substr(0, is_token ? begin : end);
    if (is_token) out += "(a token)";
    text.remove_prefix(end);
  }
  out += text;
  return out;
}

std::optional<std::chrono::seconds> retry_after_of(const http_head& head) {
  const auto value = head.find("Retry-After");
  if (!value) return {};
  long seconds = 0;
  const auto end = value->data() + value->size();
  if (std::from_chars(value->data(), end, seconds).ptr != end || seconds < 0) return {};
  return std::chrono::seconds{seconds};
}

error by_status(const http_response& response, std::string_view detail) {
  const int status = response.head.status;
  error e;
  e.code = errc::http_status;
  e.message = fmt::format("Salesforce answered with status {}", status);
  if (!detail.empty()) e.message += fmt::format(": {}", detail);
  // 406 and 420 come without a body and pass (salesforce-api.md 4); so do overload and gateways.
  constexpr std::array passing{406, 420, 429, 500, 502, 503, 504};
  if (std::find(passing.begin(), passing.end(), status) != passing.end()) e.again = retry::later;
  e.advice = e.again == retry::later ? advice_passing : advice_report;
  if (status == 401) {
    e.again = retry::after_login;
    e.advice = advice_session;
  }
  if (status == 403) e.advice = advice_rights;
  return e;
}

/// Two texts look like an ended session and are none: refreshing would go round for ever
/// (salesforce-api.md 1.7).
bool is_wrong_session(std::string_view text) {
  return holds(text, "not valid for use with the REST API") || holds(text, "not attached to Agent");
}

error session_fault(std::string_view text) {
  error e;
  e.message = quotation(text);
  if (is_wrong_session(text)) {
    e.code = errc::login_refused;
    e.advice =
        "A new login would not help: give the connected app the scope 'api', and the user access "
        "to the API";
    return e;
  }
  e.code = errc::session_expired;
  e.again = retry::after_login;
  e.advice = advice_session;
  return e;
}

error limit_fault(std::string_view text) {
  error e;
  e.code = errc::request_limit;
  e.message = quotation(text);
  e.advice = advice_limit;
  if (holds(text, "ConcurrentRequests")) {
    e.code = errc::http_status;
    e.again = retry::later;
    e.advice = "Too many long requests at once in this org: lower `concurrency`";
  }
  return e;
}

error by_code(const http_response& response, const std::string& code, const std::string& text) {
  if (code == "INVALID_SESSION_ID" || (response.head.status == 401 && is_wrong_session(text)))
    return session_fault(text);
  if (code == "REQUEST_LIMIT_EXCEEDED") return limit_fault(text);
  for (const fault_rule& rule : rules) {
    if (rule.code != code) continue;
    return {rule.meaning,
            fmt::format("{} ({})", quotation(text), code),
            std::string(rule.advice),
            rule.again,
            {},
            {}};
  }
  if (holds(text, "not supported by the Bulk API") || holds(text, "not supported in Bulk Query"))
    return {errc::bulk_refused, quotation(text), std::string(advice_bulk), retry::never, {}, {}};
  if (response.head.status == 400)
    return {errc::query_refused,
            fmt::format("{} ({})", quotation(text), code),
            std::string(advice_query),
            retry::never,
            {},
            {}};
  return by_status(response, fmt::format("{} ({})", quotation(text), code));
}

error page_fault(const http_response& response) {
  const int status = response.head.status;
  if (status == 414 || status == 431)
    return {errc::query_refused,
            "the query was too long for a URL",
            "Set api = \"bulk\"",
            retry::never,
            {},
            {}};
  error e{errc::http_content,
          fmt::format("Salesforce answered with a web page (status {}) where data was expected",
                      status),
          "This is a maintenance or login page, or login_url is not a Salesforce host: check "
          "login_url, then run again later",
          retry::later,
          {},
          {}};
  e.retry_after = retry_after_of(response.head);
  return e;
}

/// Where an answer sends its reader instead of data; none: nowhere. 304 has no such place.
std::optional<std::string> led_to(const http_response& response) {
  const int status = response.head.status;
  if (status < 300 || status >= 400) return {};
  const auto location = response.head.find("Location");
  if (!location) return {};
  // The host is what a person needs; what follows it may hold what is nobody's business (I16).
  std::string_view place = *location;
  const auto scheme = place.find("://");
  const auto path = place.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
  return quotation(scheme == std::string_view::npos ? "a path" : place.substr(0, path));
}

/// An org that moved has other hosts. A new login tells them; the redirect is not believed, for a
/// token goes only where a login has led (salesforce-api.md 1.7).
error redirect_fault(int status, const std::string& place) {
  return {errc::http_status,
          fmt::format("Salesforce answered with status {} and leads to {}", status, place),
          "The org may have moved: set login_url to its My Domain",
          retry::after_login,
          {},
          {}};
}

bool looks_like_a_page(const http_response& response) {
  const auto type = response.head.find("Content-Type");
  if (type && holds(*type, "text/html")) return true;
  const auto first = response.body.find_first_not_of(" \r\n\t");
  return first != std::string::npos && response.body[first] == '<';
}

std::optional<json::value> parse_small(std::string_view body) {
  if (body.size() > error_body_bytes_max) return {};
  json::error_code failed;
  json::value value = json::parse(body, failed);
  if (failed) return {};
  return value;
}

/// The object, or the first one of a list, by which an answer tells what is wrong. None for one
/// that gives tokens: nothing of that is repeated (I16).
std::optional<json::object> told_by(const http_response& response) {
  auto body = parse_small(response.body);
  if (!body) return {};
  json::value* first = &*body;
  if (first->is_array() && !first->get_array().empty()) first = &first->get_array().front();
  json::object* object = first->if_object();
  if (object == nullptr || object->contains("access_token") || object->contains("refresh_token"))
    return {};
  return std::move(*object);
}

using flow = settings::login_flow;

/// What a person can do about a refusal; the words of 1.3 decide, with the flow where two flows
/// share one.
std::string advice_on(const std::string& code, std::string_view text, const settings& how) {
  if (code == "invalid_client_id" || code == "invalid_client")
    return "Check client_id and client_secret (Consumer Key and Secret of the app)";
  if (holds(text, "not supported on this domain"))
    return "client_credentials works only with the org's My Domain as login_url";
  if (code == "rate_limit_exceeded" || holds(text, "login rate exceeded"))
    return "Too many logins within the hour: wait an hour before the next run";
  if (how.flow == flow::jwt && holds(text, "expired"))
    return "Check the clock of this host: the assertion is good for three minutes";
  if (how.flow == flow::jwt && holds(text, "hasn't approved"))
    return "Pre-authorize the app for this user: permitted users 'Admin approved', and a profile "
           "or "
           "permission set of the user in the app's policies";
  if (how.flow == flow::jwt && holds(text, "Audience"))
    return "Set auth.audience to https://login.salesforce.com, or https://test.salesforce.com for "
           "a "
           "sandbox";
  if (how.flow == flow::jwt && code == "invalid_grant")
    return "Check auth.username, that the app has the certificate of auth.private_key, and the "
           "org's Login History";
  if (how.flow == flow::password && code == "invalid_grant")
    return "Check username, password and security_token, and that the org allows this flow; the "
           "org's Login History says more";
  return std::string(advice_login);
}

error refusal_of(const std::string& code, const std::string& text, const settings& how) {
  error e{errc::login_refused,
          fmt::format("{} refused the login: {}{}{}", how.login_url, code, text.empty() ? "" : ", ",
                      quotation(text)),
          advice_on(code, text, how),
          retry::never,
          {},
          {}};
  if (how.flow == flow::refresh_token && code == "invalid_grant" && holds(text, "expired")) {
    e.code = errc::reconnect;
    e.advice = "The refresh token is revoked, rotated out or expired: connect the org again";
  } else if (holds(text, "already being processed")) {
    e.again = retry::later;
    e.advice = "Another program logs in with the same token: give it one of its own";
  } else if (holds(text, "API is not enabled") || code == "API_DISABLED_FOR_ORG") {
    e.code = errc::api_disabled;
    e.advice = advice_api;
  }
  return e;
}

}  // namespace

bool is_data(const http_head& head) {
  if (head.status != 200) return false;
  const auto type = head.find("Content-Type");
  return type && (holds(*type, "json") || holds(*type, "csv"));
}

bool is_of_the_org(errc code) {
  return code == errc::api_disabled || code == errc::request_limit ||
         code == errc::session_expired || code == errc::login_refused;
}

/// Org texts may be long, hold line breaks, and be anybody's bytes.
std::string quotation(std::string_view whole) {
  const std::string text = without_tokens(whole.substr(0, 4 * message_bytes_max));
  std::string line;
  for (const char c : text) {
    const bool blank = (c >= 0 && c <= ' ') || c == '\x7f';
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line.push_back(blank ? ' ' : c);
  }
  line = mended_text(line);
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  if (line.size() <= message_bytes_max) return line;
  // Not within a character.
  std::size_t end = message_bytes_max;
  while ((static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
    --end;
  return line.substr(0, end) + "...";
}

std::string error_code_of(const http_response& response) {
  const auto told = told_by(response);
  return told ? quotation(text_of(*told, "errorCode")) : std::string();
}

std::optional<error> fault_of(const http_response& response) {
  if (const auto place = led_to(response)) return redirect_fault(response.head.status, *place);
  if (looks_like_a_page(response)) return page_fault(response);
  const int status = response.head.status;
  if (status >= 200 && status < 300) return {};
  error e = by_status(response, "");
  if (const auto told = told_by(response)) {
    const std::string code = quotation(text_of(*told, "errorCode"));
    if (!code.empty()) e = by_code(response, code, text_of(*told, "message"));
  }
  e.retry_after = retry_after_of(response.head);
  return e;
}

std::string oauth_word_of(const http_response& response) {
  const auto told = told_by(response);
  return told ? quotation(text_of(*told, "error")) : std::string();
}

std::optional<error> login_fault_of(const http_response& response, const settings& how) {
  if (const auto place = led_to(response)) {
    error e = redirect_fault(response.head.status, *place);
    e.again = retry::never;
    return e;
  }
  if (looks_like_a_page(response)) return page_fault(response);
  if (response.head.status == 200) return {};
  const auto told = told_by(response);
  const std::string code = told ? quotation(text_of(*told, "error")) : std::string();
  if (code.empty()) {
    // Not an answer of OAuth: the org's gates answer here as they do elsewhere.
    error e = fault_of(response).value_or(by_status(response, ""));
    if (e.again == retry::after_login) {
      e.again = retry::never;
      e.advice = advice_login;
    }
    return e;
  }
  return refusal_of(code, text_of(*told, "error_description"), how);
}

std::optional<call_usage> api_usage_of(const http_head& head) {
  auto value = head.find("Sforce-Limit-Info");
  if (!value) return {};
  constexpr std::string_view mark = "api-usage=";
  // The per-app part has the same ending: take the one at the beginning or after a separator.
  std::size_t at = value->find(mark);
  while (at != std::string_view::npos && at > 0 && (*value)[at - 1] == '-')
    at = value->find(mark, at + 1);
  if (at == std::string_view::npos) return {};
  call_usage usage;
  const char* end = value->data() + value->size();
  const auto used = std::from_chars(value->data() + at + mark.size(), end, usage.used);
  if (used.ec != std::errc{} || used.ptr == end || *used.ptr != '/') return {};
  if (std::from_chars(used.ptr + 1, end, usage.allowed).ec != std::errc{}) return {};
  return usage;
}

}  // namespace millrace::salesforce
