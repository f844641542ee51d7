// Connecting: the address that the user is sent to, what comes back, and what is kept of it.
#include "connectors/salesforce/authorization.hpp"

#include "connectors/salesforce/token_record.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"
#include "tests/unit/connectors/salesforce/stored_text.hpp"

#include <chrono>

namespace millrace {
namespace {

using namespace dialogues;
using namespace std::chrono_literals;
using salesforce::read_callback;

constexpr const char* org_id = "00D5g000000MADeEAO";

salesforce::settings some_settings() {
  salesforce::settings how;
  how.source = "acme";
  how.login_url = host;
  how.client_id = "3MVG9 &";
  how.client_secret = "s";
  return how;
}

const salesforce::authorization begun{"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "st",
                                      "http://localhost:1717/OauthRedirect"};

TEST_CASE("random bytes make a verifier that is long enough, and a state") {
  const auto made =
      salesforce::make_authorization(std::string(32, '\xFF'), std::string(32, 'a'), "r");
  CHECK(made.verifier.size() == 43);
  CHECK(made.verifier.starts_with("____"));
  CHECK(made.state.size() == 43);
}

TEST_CASE("the address of the authorization") {
  CHECK(
      salesforce::authorize_url(some_settings(), begun) ==
      std::string(host) +
          "/services/oauth2/authorize?response_type=code&client_id=3MVG9+%26&redirect_uri="
          "http%3A%2F%2Flocalhost%3A1717%2FOauthRedirect&scope=api%20refresh_token&state=st&"
          "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
}

TEST_CASE("what comes back") {
  CHECK(read_callback("/OauthRedirect?code=aPrx%3D%3D&state=st", begun).value() == "aPrx==");
  CHECK(read_callback("http://localhost:1717/OauthRedirect?state=st&code=c#x", begun).value() ==
        "c");
  for (const char* nothing :
       {"", "/", "/favicon.ico", "/OauthRedirect", "/OauthRedirect?code=c",
        "/OauthRedirect?code=c&state=other", "/other?code=c&state=st", "/OauthRedirect?state=st",
        "/OauthRedirect?code=&state=st", "what?", "/OauthRedirect?error=x", "%", "?%"}) {
    CAPTURE(nothing);
    CHECK(read_callback(nothing, begun).value() == std::nullopt);
  }
  const auto refused = read_callback(
      "/OauthRedirect?error=access_denied&error_description=end-user+denied&state=st", begun);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::login_refused);
  CHECK(refused.error().message.ends_with("access_denied, end-user denied"));
}

http_response tokens(const std::string& refresh, const std::string& org = org_id) {
  return json_answer(fmt::format(R"({{"access_token":"00D!AQ","refresh_token":"{}","instance_url":)"
                                 R"("https://na1.my.salesforce.com","id":"https://x/id/{}/005A"}})",
                                 refresh, org));
}

std::unique_ptr<salesforce::connect_conversation> connect(const std::shared_ptr<stored_text>& store,
                                                          bool force = false) {
  return salesforce::make_connect(some_settings(), store, begun, "aPrx==", force);
}

/// Until the token is to be kept.
void introduce(conversation& talk, const std::string& refresh, const std::string& org = org_id) {
  CHECK(proceeds(talk.answered(next_ask(talk).id, tokens(refresh, org), noon)));
  const ask who = next_ask(talk);
  CHECK(who.request.url == fmt::format("{}/id/{}/005A", host, org));
  CHECK(proceeds(talk.answered(who.id, json_answer(R"({"username":"a@b"})"), noon)));
}

salesforce::token_record kept_in(const stored_text& store) {
  return salesforce::parse_token_record(store.text.value(), "p").value();
}

error refused_after_revoking(conversation& talk, const std::string& token) {
  const ask revoke = next_ask(talk);
  CHECK(revoke.request.url == std::string(host) + "/services/oauth2/revoke");
  CHECK(revoke.request.body == "token=" + token);
  CHECK(proceeds(talk.answered(revoke.id, json_answer("{}"), noon)));
  const next_step step = talk.next(noon);
  REQUIRE(std::holds_alternative<give_up>(step));
  return std::get<give_up>(step).why;
}

TEST_CASE("a code becomes a kept token, and the org says whose") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = connect(store);
  CHECK(next_ask(*talk).request.body ==
        "grant_type=authorization_code&code=aPrx%3D%3D&code_verifier="
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&redirect_uri=http%3A%2F%2Flocalhost%3A1717"
        "%2FOauthRedirect&client_id=3MVG9+%26&client_secret=s");
  const auto whole = connect(store);
  introduce(*whole, "first");
  CHECK(is_finished(*whole));
  CHECK(whole->result_connection().username == "a@b");
  CHECK(whole->result_connection().org_id == org_id);
  CHECK(kept_in(*store).refresh_token == "first");
  CHECK(kept_in(*store).org_id == org_id);
  CHECK_FALSE(kept_in(*store).asked);
}

TEST_CASE("a name that the org does not say is no fault") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = connect(store);
  CHECK(proceeds(talk->answered(next_ask(*talk).id, tokens("first"), noon)));
  CHECK(proceeds(talk->answered(next_ask(*talk).id, refusal(403, "X"), noon)));
  CHECK(is_finished(*talk));
  CHECK(talk->result_connection().username.empty());
}

TEST_CASE("a token of the same org is replaced, one of another org by force only") {
  const auto store = std::make_shared<stored_text>();
  const auto first = connect(store);
  introduce(*first, "first");
  CHECK(is_finished(*first));
  const auto second = connect(store);
  introduce(*second, "second");
  CHECK(is_finished(*second));
  CHECK(kept_in(*store).refresh_token == "second");

  const auto other = connect(store);
  introduce(*other, "other", "00D5g000000OTHeEAO");
  const error why = refused_after_revoking(*other, "other");
  CHECK(why.code == errc::login_refused);
  CHECK(why.advice.find("--force") != std::string::npos);
  CHECK(kept_in(*store).refresh_token == "second");

  const auto forced = connect(store, true);
  introduce(*forced, "other", "00D5g000000OTHeEAO");
  CHECK(is_finished(*forced));
  CHECK(kept_in(*store).org_id == "00D5g000000OTHeEAO");
}

TEST_CASE("a token that cannot be kept is given back") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = connect(store);
  introduce(*talk, "first");
  SUBCASE("no room") {
    store->full = true;
    CHECK(refused_after_revoking(*talk, "first").code == errc::storage);
  }
  SUBCASE("held by another") {
    const auto theirs = store->try_hold().value();
    CHECK(std::holds_alternative<wait_until>(talk->next(noon)));
    CHECK(std::holds_alternative<ask>(talk->next(noon + 3min)));
    CHECK(proceeds(talk->answered(3, json_answer("{}"), noon)));
    const next_step step = talk->next(noon);
    REQUIRE(std::holds_alternative<give_up>(step));
    CHECK(std::get<give_up>(step).why.code == errc::held);
  }
  CHECK_FALSE(store->text);
}

TEST_CASE("answers that connect nothing") {
  const auto store = std::make_shared<stored_text>();
  const auto outcome = [&](const http_response& answer) {
    const auto talk = connect(store);
    return gives_up(talk->answered(next_ask(*talk).id, answer, noon)).code;
  };
  CHECK(outcome(json_answer(R"({"error":"invalid_grant"})", 400)) == errc::login_refused);
  CHECK(outcome({head_of(503, "text/html"), "<html>"}) == errc::http_content);
  CHECK(outcome(json_answer("{}")) == errc::http_content);
  CHECK(outcome(json_answer(R"({"access_token":"a","instance_url":"https://x"})")) ==
        errc::login_refused);
  CHECK_FALSE(store->text);
}

}  // namespace
}  // namespace millrace
