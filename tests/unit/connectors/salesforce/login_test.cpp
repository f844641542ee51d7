// Dialogues of the login: a token, and the newest version that both sides know.
#include "connectors/salesforce/login.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

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
  const auto talk = salesforce::make_login(some_settings());
  CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer(token_text(url)), noon)));
  CHECK(is_finished(*talk));
  REQUIRE(talk->result_session() != nullptr);
  return talk->result_session()->identity();
}

TEST_CASE("a refresh token, with a version that is given") {
  const auto talk = salesforce::make_login(some_settings());
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
    const auto talk = salesforce::make_login(how);
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
  const auto talk = salesforce::make_login(how);
  CHECK(proceeds(talk->answered(
      next_ask(*talk).id, json_answer(token_text("https://x/id/00D5g000000MADeEAO/1")), noon)));
  CHECK(proceeds(talk->answered(next_ask(*talk).id, json_answer(R"([{"version":"62.0"}])"), noon)));
  CHECK(talk->result_session()->identity() == "00D5g000000MADeEAO");
}

TEST_CASE("answers that are no login") {
  const auto talk_after = [](const http_response& answer) {
    const auto talk = salesforce::make_login(some_settings());
    verdict v = talk->answered(next_ask(*talk).id, answer, noon);
    CHECK(talk->result_session() == nullptr);
    CHECK_FALSE(proceeds(v));
    return v;
  };
  CHECK(gives_up(talk_after(json_answer(R"({"error":"invalid_grant"})", 400))).code ==
        errc::login_refused);
  CHECK(gives_up(talk_after(json_answer("{}"))).code == errc::http_content);
  CHECK(gives_up(talk_after(json_answer("[]"))).code == errc::http_content);
  CHECK(again(talk_after({head_of(503, "text/plain"), ""})).again == retry::later);
  CHECK(again(talk_after({head_of(200, "text/html"), "<html>"})).code == errc::http_content);
}

TEST_CASE("I16 no error of a login holds a secret") {
  for (const int status : {200, 400, 401, 500}) {
    const auto talk = salesforce::make_login(some_settings());
    const verdict v = talk->answered(next_ask(*talk).id,
                                     json_answer(R"({"error":"invalid_client"})", status), noon);
    const error why = std::holds_alternative<give_up>(v) ? std::get<give_up>(v).why : again(v);
    CHECK(to_string(why).find("5Aep") == std::string::npos);
    CHECK(to_string(why).find("s,e(c)") == std::string::npos);
  }
}

}  // namespace
}  // namespace millrace
