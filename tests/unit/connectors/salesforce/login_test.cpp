// Dialogues of the login: a token by each flow, and the newest version that both sides know.
#include "connectors/salesforce/login.hpp"

#include "connectors/salesforce/token_request.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"
#include "tests/unit/connectors/salesforce/rsa_key.hpp"
#include "tests/unit/connectors/salesforce/stored_text.hpp"

#include <chrono>

namespace millrace {
namespace {

using namespace dialogues;

salesforce::settings some_settings() {
  salesforce::settings how;
  how.login_url = host;
  how.client_id = "id";
  how.client_secret = "s,e(c)r+t";
  how.refresh_token = "5Aep==";
  how.api_version = "62.0";
  return how;
}

/// A login at the first run of a source.
std::unique_ptr<login_conversation> login_of(const salesforce::settings& how) {
  const bool keeps = how.flow == salesforce::settings::login_flow::refresh_token;
  auto of = salesforce::account::make(how, keeps ? std::make_shared<stored_text>() : nullptr);
  REQUIRE(of);
  return salesforce::make_login(*of, nullptr);
}

std::string token_text(const std::string& identity) {
  return fmt::format(
      R"({{"access_token":"00D!AQ","instance_url":"https://na1.my.salesforce.com/","id":"{}"}})",
      identity);
}

const salesforce::org_session& org_of(const session_ptr& session) {
  REQUIRE(session != nullptr);
  return static_cast<const salesforce::org_session&>(*session);
}

/// Who the session is of after a login with this identity url.
std::string identity_after(const std::string& url) {
  const auto talk = login_of(some_settings());
  CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer(token_text(url)), noon)));
  CHECK(is_finished(*talk));
  REQUIRE(talk->result_session() != nullptr);
  return talk->result_session()->identity();
}

TEST_CASE("a refresh token, with a version that is given") {
  const auto talk = login_of(some_settings());
  const ask token = next_ask(*talk);
  CHECK(token.request.method == http_method::post);
  CHECK(token.request.url == std::string(host) + "/services/oauth2/token");
  CHECK(token.request.body ==
        "grant_type=refresh_token&refresh_token=5Aep%3D%3D&client_id=id&client_secret="
        "s%2Ce%28c%29r%2Bt");
  CHECK(waits(*talk));
  CHECK(proceeds(talk->answered(token.id, json_answer(token_text("x")), noon)));
  CHECK(is_finished(*talk));
  const auto& org = org_of(talk->result_session());
  CHECK(org.access_token == "00D!AQ");
  CHECK(org.instance_url == "https://na1.my.salesforce.com");
  CHECK(org.api_version == "62.0");
}

TEST_CASE("client credentials, and the newest version that both know") {
  salesforce::settings how = some_settings();
  how.flow = salesforce::settings::login_flow::client_credentials;
  how.api_version.clear();
  const auto newest_of = [&](const std::string& versions) {
    const auto talk = login_of(how);
    const ask token = next_ask(*talk);
    CHECK(token.request.body.starts_with("grant_type=client_credentials&client_id=id"));
    CHECK(proceeds(talk->answered(token.id, json_answer(token_text("x")), noon)));
    const ask list = next_ask(*talk);
    CHECK(list.request.url == "https://na1.my.salesforce.com/services/data/");
    const verdict v = talk->answered(list.id, json_answer(versions), noon);
    if (const auto* end = std::get_if<give_up>(&v)) {
      CHECK(end->why.code == errc::version_unsupported);
      return std::string("none");
    }
    return org_of(talk->result_session()).api_version;
  };
  CHECK(newest_of(R"([{"version":"31.0"},{"version":"62.0"},{"version":"61.0"}])") == "62.0");
  CHECK(newest_of(R"([{"version":"62.0"},{"version":"99.0"}])") == "62.0");
  CHECK(newest_of(R"([{"version":"49.0"}])") == "none");
  CHECK(newest_of(R"([{"version":7},{},5])") == "none");
  CHECK(newest_of("{}") == "none");
}

TEST_CASE("the session says which org it is of, the same for both forms of its Id") {
  // 00D5g000000MADe: the letters D; g and none; M, A and D are upper case.
  CHECK(identity_after("https://login.salesforce.com/id/00D5g000000MADeEAO/0055g000001AAAAAA4") ==
        "00D5g000000MADeEAO");
  CHECK(identity_after("https://login.salesforce.com/id/00D5g000000MADe/0055g000001AAAA") ==
        "00D5g000000MADeEAO");
  for (const char* nobody :
       {"", "https://login.salesforce.com", "https://x/id/", "https://x/id/00D",
        "https://x/id/0055g000001AAAAAA4/1", "https://x/id/00D5g000000MA-eEAO/1",
        "https://x/id/00D5g000000MADeEAO0/1"}) {
    CAPTURE(nobody);
    CHECK(identity_after(nobody).empty());
  }
}

TEST_CASE("the identity stays when the version is asked for") {
  salesforce::settings how = some_settings();
  how.api_version.clear();
  const auto talk = login_of(how);
  CHECK(proceeds(talk->answered(
      next_ask(*talk).id, json_answer(token_text("https://x/id/00D5g000000MADeEAO/1")), noon)));
  CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer(R"([{"version":"62.0"}])"), noon)));
  CHECK(talk->result_session()->identity() == "00D5g000000MADeEAO");
}

TEST_CASE("answers that are no login") {
  const auto talk_after = [](const http_response& answer) {
    const auto talk = login_of(some_settings());
    verdict v = talk->answered(next_ask(*talk).id, answer, noon);
    CHECK(talk->result_session() == nullptr);
    CHECK_FALSE(proceeds(v));
    return v;
  };
  CHECK(gives_up(talk_after(json_answer(R"({"error":"invalid_grant"})", 400))).code ==
        errc::login_refused);
  CHECK(gives_up(talk_after(json_answer("{}"))).code == errc::http_content);
  CHECK(gives_up(talk_after(json_answer("[]"))).code == errc::http_content);
  CHECK(again(talk_after(json_answer(R"({"access_token":"00D)"))).again == retry::later);
  CHECK(again(talk_after({head_of(503, "text/plain"), ""})).again == retry::later);
  CHECK(again(talk_after({head_of(200, "text/html"), "<html>"})).code == errc::http_content);
}

TEST_CASE("I16 no error of a login holds a secret") {
  for (const int status : {200, 400, 401, 500}) {
    const auto talk = login_of(some_settings());
    const verdict v = talk->answered(next_ask(*talk).id,
                                     json_answer(R"({"error":"invalid_client"})", status), noon);
    const error why = std::holds_alternative<give_up>(v) ? std::get<give_up>(v).why : again(v);
    CHECK(to_string(why).find("5Aep") == std::string::npos);
    CHECK(to_string(why).find("s,e(c)") == std::string::npos);
  }
}

TEST_CASE("a password, with the security token behind it") {
  salesforce::settings how = some_settings();
  how.flow = salesforce::settings::login_flow::password;
  how.username = "sync@acme.com";
  how.password = "p&w";
  how.security_token = "TOKEN";
  const ask token = next_ask(*login_of(how));
  CHECK(token.request.body ==
        "grant_type=password&username=sync%40acme.com&password=p%26wTOKEN&client_id=id&"
        "client_secret=s%2Ce%28c%29r%2Bt");
}

salesforce::settings jwt_settings() {
  salesforce::settings how = some_settings();
  how.flow = salesforce::settings::login_flow::jwt;
  how.username = "sync@acme.com";
  how.private_key = rsa_key_pem;
  return how;
}

/// The claims in the assertion of a token request.
std::string claims_of(const http_request& request) {
  const std::size_t head = request.body.find("assertion=") + 10;
  const std::size_t begin = request.body.find('.', head) + 1;
  const std::string part = request.body.substr(begin, request.body.find('.', begin) - begin);
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : part) {
    bits = (bits << 6U) | static_cast<unsigned>(letters.find(c));
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>((bits >> have) & 0xFFU);
  }
  return out;
}

TEST_CASE("an assertion says who, for whom and for three minutes") {
  const ask token = next_ask(*login_of(jwt_settings()));
  CHECK(token.request.body.starts_with(
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
      "eyJhbGciOiJSUzI1NiJ9."));
  CHECK(
      claims_of(token.request) ==
      R"({"iss":"id","sub":"sync@acme.com","aud":"https://login.salesforce.com","exp":1717243380})");
}

TEST_CASE("an assertion that is sent again is a new one") {
  using namespace std::chrono_literals;
  const auto talk = login_of(jwt_settings());
  const ask token = next_ask(*talk);
  again(talk->answered(token.id, {head_of(503, "text/plain"), ""}, noon + 100s));
  CHECK(claims_of(talk->renewed(token)).ends_with("\"exp\":1717243480}"));
}

TEST_CASE("a refused assertion that is older than its life is made anew") {
  using namespace std::chrono_literals;
  const auto refusal = json_answer(
      R"({"error":"invalid_grant","error_description":"expired authorization code"})", 400);
  const auto talk = login_of(jwt_settings());
  const ask token = next_ask(*talk);
  CHECK(again(talk->answered(token.id, refusal, noon + 200s)).again == retry::later);
  const error why = gives_up(talk->answered(token.id, refusal, noon + 210s));
  CHECK(why.code == errc::login_refused);
  CHECK(why.advice.find("clock") != std::string::npos);
}

TEST_CASE("the audience is the login host of the org's kind") {
  const auto audience_at = [](std::string url, std::string set = {}) {
    salesforce::settings how;
    how.login_url = std::move(url);
    how.audience = std::move(set);
    return salesforce::audience_of(how);
  };
  CHECK(audience_at("https://login.salesforce.com") == "https://login.salesforce.com");
  CHECK(audience_at("https://test.salesforce.com") == "https://test.salesforce.com");
  CHECK(audience_at("https://acme.my.salesforce.com") == "https://login.salesforce.com");
  CHECK(audience_at("https://acme--uat.sandbox.my.salesforce.com") ==
        "https://test.salesforce.com");
  CHECK(audience_at("https://partners.acme.com/site") == "https://partners.acme.com/site");
  CHECK(audience_at("https://my.salesforce.com.evil.com") == "https://my.salesforce.com.evil.com");
  CHECK(audience_at("https://acme.my.salesforce.com", "https://x") == "https://x");
}

TEST_CASE("keys that cannot sign an assertion are faults of the configuration") {
  for (const char* pem :
       {"", "swordfish", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        elliptic_key_pem, short_rsa_key_pem}) {
    salesforce::settings how = jwt_settings();
    how.private_key = pem;
    const auto of = salesforce::account::make(how, nullptr);
    REQUIRE_FALSE(of);
    CHECK(of.error().code == errc::config_invalid);
    CHECK_FALSE(of.error().advice.empty());
    CHECK(to_string(of.error()).find("swordfish") == std::string::npos);
  }
}

TEST_CASE("a new session may be at another address") {
  salesforce::settings how = some_settings();
  how.flow = salesforce::settings::login_flow::client_credentials;
  const auto of = salesforce::account::make(how, nullptr).value();
  const auto session_at = [&](const std::string& url, const session_ptr& ended) {
    const auto talk = salesforce::make_login(of, ended);
    CHECK(proceeds(talk->answered(
        next_ask(*talk).id,
        json_answer(fmt::format(R"({{"access_token":"t","instance_url":"{}"}})", url)), noon)));
    CHECK(is_finished(*talk));
    return talk->result_session();
  };
  const session_ptr first = session_at("https://na1.my.salesforce.com", nullptr);
  CHECK(org_of(session_at("https://na2.my.salesforce.com/", first)).instance_url ==
        "https://na2.my.salesforce.com");
}

}  // namespace
}  // namespace millrace
