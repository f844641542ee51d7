// What answers mean, and that every fault comes with something to do.
#include "connectors/salesforce/answers.hpp"

#include "connectors/salesforce/bulk_job.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;
using salesforce::fault_of;
using salesforce::login_fault_of;

error fault(const http_response& answer) {
  const auto found = fault_of(answer);
  REQUIRE(found);
  CHECK_FALSE(found->message.empty());
  CHECK_MESSAGE(!found->advice.empty(), found->message);
  return *found;
}

TEST_CASE("every code that Salesforce is known for has a meaning and an advice") {
  struct meaning {
    int status;
    const char* code;
    errc is;
    retry again;
  };
  for (const meaning& m : std::vector<meaning>{
           {403, "API_DISABLED_FOR_ORG", errc::api_disabled, retry::never},
           {403, "API_DISABLED", errc::api_disabled, retry::never},
           {503, "API_CURRENTLY_DISABLED", errc::api_unavailable, retry::later},
           {503, "SERVER_UNAVAILABLE", errc::api_unavailable, retry::later},
           {403, "FUNCTIONALITY_NOT_ENABLED", errc::permission, retry::never},
           {403, "INSUFFICIENT_ACCESS", errc::permission, retry::never},
           {400, "INSUFFICIENT_ACCESS_OR_READONLY", errc::permission, retry::never},
           {403, "OAUTH_APP_ACCESS_DENIED", errc::permission, retry::never},
           {400, "INVALID_TYPE", errc::object_missing, retry::never},
           {404, "NOT_FOUND", errc::object_missing, retry::never},
           {400, "INVALID_FIELD", errc::field_missing, retry::never},
           {400, "INVALID_QUERY_LOCATOR", errc::locator_lost, retry::never},
           {400, "QUERY_TIMEOUT", errc::query_timeout, retry::later},
           {400, "OPERATION_TOO_LARGE", errc::query_too_large, retry::never},
           {400, "INVALIDENTITY", errc::bulk_refused, retry::never},
           {404, "UNSUPPORTED_API_VERSION", errc::version_unsupported, retry::never},
           {401, "INVALID_AUTH_HEADER", errc::login_refused, retry::never},
           {400, "TXN_SECURITY_METERING_ERROR", errc::query_refused, retry::later},
           {400, "UNABLE_TO_LOCK_ROW", errc::http_status, retry::later},
           {500, "UNKNOWN_EXCEPTION", errc::http_status, retry::later},
           {401, "INVALID_SESSION_ID", errc::session_expired, retry::after_login},
           {403, "REQUEST_LIMIT_EXCEEDED", errc::request_limit, retry::never},
           {400, "MALFORMED_QUERY", errc::query_refused, retry::never},
           {400, "SOMETHING_NEW", errc::query_refused, retry::never},
           {500, "SOMETHING_NEW", errc::http_status, retry::later},
           {409, "SOMETHING_NEW", errc::http_status, retry::never}}) {
    CAPTURE(m.code);
    const error e = fault(refusal(m.status, m.code));
    CHECK(e.code == m.is);
    CHECK(e.again == m.again);
  }
}

TEST_CASE("every status has an advice, with a body and without") {
  for (int status = 300; status < 600; ++status) {
    fault({{status, {}}, ""});
    fault(json_answer("[]", status));
    fault(json_answer("{}", status));
    fault({head_of(status, "text/html"), "<html>"});
  }
  for (const int passing : {406, 420, 429, 500, 502, 503, 504})
    CHECK(fault({{passing, {}}, ""}).again == retry::later);
  CHECK(fault({{401, {}}, ""}).again == retry::after_login);
  CHECK(fault({head_of(414, "text/html"), "<h1>Bad Message 414</h1>"}).code == errc::query_refused);
  CHECK_FALSE(fault_of(json_answer("{}")));
  CHECK_FALSE(fault_of({{204, {}}, ""}));
}

TEST_CASE("an org that moved is found by a login, and the redirect is not believed") {
  for (const int status : {301, 302, 303, 307, 308}) {
    http_response moved{
        {status, {{"Location", "https://acme--new.my.salesforce.com/x?sid=s3cret"}}},
        "<html>moved</html>"};
    const error e = fault(moved);
    CHECK(e.again == retry::after_login);
    CHECK(e.message.find("leads to https://acme--new.my.salesforce.com") != std::string::npos);
    CHECK_MESSAGE(e.message.find("s3cret") == std::string::npos, "I16");
    salesforce::settings how;
    const auto login = login_fault_of(moved, how);
    REQUIRE(login);
    CHECK(login->again == retry::never);
    CHECK(login->advice.find("login_url") != std::string::npos);
  }
}

TEST_CASE("texts that share a code and mean something else") {
  for (const char* text : {"This session is not valid for use with the REST API",
                           "Connected app is not attached to Agent"}) {
    const error e = fault(refusal(401, "INVALID_SESSION_ID", text));
    CHECK(e.code == errc::login_refused);
    CHECK(e.again == retry::never);
  }
  CHECK(fault(refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API) Limit"))
            .again == retry::later);
  CHECK(fault(refusal(400, "API_ERROR", "Selecting compound data not supported in Bulk Query"))
            .code == errc::bulk_refused);
}

TEST_CASE("long texts are one bounded line; Retry-After is heard") {
  const error e =
      fault(refusal(400, "MALFORMED_QUERY", "\\n a \\t\\n b " + std::string(5000, 'x')));
  CHECK(e.message.starts_with("a b x"));
  CHECK(e.message.size() < 400);
  http_response busy = refusal(503, "SERVER_UNAVAILABLE");
  busy.head.headers.push_back({"retry-after", "17"});
  CHECK(fault(busy).retry_after == std::chrono::seconds{17});
  http_response maintenance{head_of(503, "text/html"), "<html>"};
  maintenance.head.headers.push_back({"Retry-After", "18"});
  CHECK(fault(maintenance).retry_after == std::chrono::seconds{18});
}

TEST_CASE("I16: a token that an answer repeats is in no message") {
  const std::string token = "00D5g00000MADEUP!AQEAQmade.up_and-down";
  for (const std::string& text :
       {"no: " + token, "Bearer " + token + " is over", token, "x" + token + "'", token + token,
        "Not now!" + token, "!!" + token}) {
    const error e = fault(refusal(400, "MALFORMED_QUERY", text));
    CHECK_MESSAGE(e.message.find("MADEUP") == std::string::npos, e.message);
    CHECK_MESSAGE(e.message.find("made.up") == std::string::npos, e.message);
    CHECK(e.message.find("(a token)") != std::string::npos);
    CHECK(fault(refusal(400, token, text)).message.find("made.up") == std::string::npos);
  }
  const auto job =
      salesforce::parse_job(R"({"id":"750A","errorMessage":"\n no: )" + token + R"("})");
  REQUIRE(job);
  CHECK(job->message == "no: (a token)");
  CHECK(fault(refusal(400, "MALFORMED_QUERY", "Sorry! Not now!"))
            .message.starts_with("Sorry! Not now!"));
  // An answer that gives tokens is no place to quote from, whatever they look like.
  const std::string body =
      R"({"access_token":"a!b c d e","error":"a!b c d e","errorCode":"a!b c d e","message":"no"})";
  CHECK(fault(json_answer(body, 400)).message.find("a!b") == std::string::npos);
  CHECK(salesforce::oauth_word_of(json_answer(body, 400)).empty());
  CHECK(salesforce::error_code_of(json_answer(body, 400)).empty());
}

TEST_CASE("logins that are refused") {
  salesforce::settings how;
  how.login_url = host;
  const auto login = [&](int status, const std::string& body) {
    const auto found = login_fault_of(json_answer(body, status), how);
    REQUIRE(found);
    CHECK_FALSE(found->advice.empty());
    CHECK(found->again != retry::after_login);  // there is no session that could have ended
    return *found;
  };
  for (const char* code : {"invalid_grant", "invalid_client_id", "invalid_client",
                           "rate_limit_exceeded", "inactive_user", "something_new"})
    CHECK(login(400, fmt::format(R"({{"error":"{}"}})", code)).code == errc::login_refused);
  CHECK(
      login(400, R"({"error":"invalid_grant","error_description":"expired access/refresh token"})")
          .advice.find("connect the org again") != std::string::npos);
  CHECK(login(401, "").again == retry::never);
  CHECK(login(503, "").again == retry::later);
  CHECK_FALSE(login_fault_of(json_answer("{}"), how));
}

TEST_CASE("the use of the API as the header tells it") {
  const auto used = [](std::string text) {
    const auto usage = salesforce::api_usage_of({200, {{"Sforce-Limit-Info", std::move(text)}}});
    return usage ? fmt::format("{}/{}", usage->used, usage->allowed) : std::string("none");
  };
  CHECK(used("api-usage=1234/115000") == "1234/115000");
  CHECK(used("per-app-api-usage=17/250(appName=x), api-usage=1/2") == "1/2");
  CHECK(used("api-usage=1/2, per-app-api-usage=17/250(appName=x)") == "1/2");
  for (const char* text : {"", "api-usage=", "api-usage=1", "api-usage=x/2", "api-usage=1/",
                           "per-app-api-usage=17/250"})
    CHECK(used(text) == "none");
  CHECK_FALSE(salesforce::api_usage_of({200, {}}));
}

}  // namespace
}  // namespace millrace
