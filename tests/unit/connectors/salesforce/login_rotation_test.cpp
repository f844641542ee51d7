// A refresh token that changes with each use: what is stored when, and what follows from an answer
// that never came (salesforce-api.md 1.3).
#include "connectors/salesforce/login.hpp"
#include "connectors/salesforce/token_record.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"
#include "tests/unit/connectors/salesforce/stored_text.hpp"

#include <chrono>

namespace millrace {
namespace {

using namespace dialogues;
using namespace std::chrono_literals;
using salesforce::account;
using salesforce::token_record;

constexpr const char* org_url = "https://login.salesforce.com/id/00D5g000000MADeEAO/005";
constexpr const char* other_org_url = "https://login.salesforce.com/id/00D5g000000OTHeEAO/005";

salesforce::settings some_settings(std::string seed = "seed-1") {
  salesforce::settings how;
  how.source = "acme";
  how.login_url = host;
  how.client_id = "id";
  how.refresh_token = std::move(seed);
  how.api_version = "62.0";
  return how;
}

std::shared_ptr<account> account_of(const std::shared_ptr<stored_text>& store,
                                    const salesforce::settings& how = some_settings()) {
  return account::make(how, store).value();
}

http_response session_answer(const std::string& rotated, const std::string& session = "00D!AQ",
                             const std::string& id = org_url) {
  std::string body = fmt::format(
      R"({{"access_token":"{}","instance_url":"https://na1.my.salesforce.com","id":"{}")", session,
      id);
  if (!rotated.empty()) body += fmt::format(R"(,"refresh_token":"{}")", rotated);
  return json_answer(body + "}");
}

http_response grant_refusal(const std::string& text = "expired access/refresh token") {
  return json_answer(fmt::format(R"({{"error":"invalid_grant","error_description":"{}"}})", text),
                     400);
}

std::string sent_token(const ask& a) {
  const std::string mark = "&refresh_token=";
  const std::size_t begin = a.request.body.find(mark) + mark.size();
  return a.request.body.substr(begin, a.request.body.find('&', begin) - begin);
}

token_record kept_in(const stored_text& store) {
  REQUIRE(store.text);
  return salesforce::parse_token_record(*store.text, "the-place").value();
}

error fails(conversation& talk, time_point now = noon) {
  const next_step step = talk.next(now);
  REQUIRE(std::holds_alternative<give_up>(step));
  CHECK_FALSE(std::get<give_up>(step).why.advice.empty());
  return std::get<give_up>(step).why;
}

bool polls(conversation& talk, time_point now = noon) {
  return std::holds_alternative<wait_until>(talk.next(now));
}

/// A whole login that yields `rotated`.
session_ptr log_in(const std::shared_ptr<account>& of, const std::string& rotated,
                   const session_ptr& ended = nullptr, const std::string& session = "00D!AQ") {
  const auto talk = salesforce::make_login(of, ended);
  CHECK(proceeds(talk->answered(next_ask(*talk).id, session_answer(rotated, session), noon)));
  CHECK(is_finished(*talk));
  return talk->result_session();
}

TEST_CASE("the new token is stored before the session can be used") {
  const auto store = std::make_shared<stored_text>();
  const auto of = account_of(store);
  const auto talk = salesforce::make_login(of, nullptr);
  const ask token = next_ask(*talk);
  CHECK(sent_token(token) == "seed-1");
  CHECK(kept_in(*store).asked);
  CHECK(proceeds(talk->answered(token.id, session_answer("second"), noon)));
  CHECK(talk->result_session() == nullptr);
  CHECK(is_finished(*talk));
  REQUIRE(talk->result_session() != nullptr);
  CHECK(kept_in(*store).refresh_token == "second");
  CHECK_FALSE(kept_in(*store).asked);
  CHECK(kept_in(*store).org_id == "00D5g000000MADeEAO");
  CHECK_FALSE(store->held);

  // The next one sends the new one, whatever the configuration still says.
  const auto again = salesforce::make_login(of, talk->result_session());
  CHECK(sent_token(next_ask(*again)) == "second");
}

TEST_CASE("without rotation the token stays") {
  const auto store = std::make_shared<stored_text>();
  const auto of = account_of(store);
  const session_ptr first = log_in(of, "");
  CHECK(kept_in(*store).refresh_token == "seed-1");
  CHECK_FALSE(kept_in(*store).asked);
  CHECK(log_in(of, "", first) != first);
}

TEST_CASE("a token that cannot be stored is tried again, and then told of") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  const ask token = next_ask(*talk);
  store->full = true;
  CHECK(proceeds(talk->answered(token.id, session_answer("second"), noon)));
  CHECK(polls(*talk));
  CHECK(polls(*talk));
  SUBCASE("room again") {
    store->full = false;
    CHECK(is_finished(*talk));
    CHECK(kept_in(*store).refresh_token == "second");
  }
  SUBCASE("no room") {
    for (int i = 0; i < 7; ++i)
      CHECK(polls(*talk));
    const error why = fails(*talk);
    CHECK(why.code == errc::storage);
    CHECK(why.advice.find("millrace connect acme") != std::string::npos);
    CHECK(talk->result_session() == nullptr);
    CHECK_FALSE(store->held);
  }
}

TEST_CASE("nothing is sent when the place cannot be written") {
  const auto store = std::make_shared<stored_text>();
  store->full = true;
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  CHECK(fails(*talk).code == errc::storage);
  CHECK_FALSE(store->held);
}

TEST_CASE(
    "after a lost answer a refusal means: connect again, and the token is not sent any more") {
  const auto store = std::make_shared<stored_text>();
  {
    const auto talk = salesforce::make_login(account_of(store), nullptr);
    next_ask(*talk);  // and the process dies
  }
  CHECK(kept_in(*store).asked);
  for (const char* text : {"expired access/refresh token", "something else"}) {
    CAPTURE(text);
    const auto talk = salesforce::make_login(account_of(store), nullptr);
    const error why = gives_up(talk->answered(next_ask(*talk).id, grant_refusal(text), noon));
    CHECK(why.code == errc::reconnect);
    CHECK(why.message.find("was lost") != std::string::npos);
    CHECK(why.advice == "Run `millrace connect acme`");
    CHECK(kept_in(*store).spent);
    const auto next = salesforce::make_login(account_of(store), nullptr);
    CHECK(fails(*next).code == errc::reconnect);
    // For the second round: as after the crash.
    token_record record = kept_in(*store);
    record.spent = false;
    store->text = salesforce::to_text(record);
  }
}

TEST_CASE("after a lost answer the token may still be good") {
  const auto store = std::make_shared<stored_text>();
  { next_ask(*salesforce::make_login(account_of(store), nullptr)); }
  log_in(account_of(store), "second");
  CHECK(kept_in(*store).refresh_token == "second");
  CHECK_FALSE(kept_in(*store).asked);
}

TEST_CASE("an answer that was lost within the login counts as well") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  const ask token = next_ask(*talk);
  SUBCASE("by the transport") {
    CHECK(talk->renewed(token).body == token.request.body);
  }
  SUBCASE("by the site") {
    CHECK(again(talk->answered(token.id, {head_of(503, "text/html"), "<html>"}, noon)).again ==
          retry::later);
  }
  const error why = gives_up(talk->answered(token.id, grant_refusal("other"), noon));
  CHECK(why.code == errc::reconnect);
}

TEST_CASE("refusals that are not about the token leave it good") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  const error why = gives_up(
      talk->answered(next_ask(*talk).id, json_answer(R"({"error":"invalid_client"})", 400), noon));
  CHECK(why.code == errc::login_refused);
  CHECK_FALSE(kept_in(*store).spent);
  CHECK_FALSE(kept_in(*store).asked);
}

TEST_CASE("a refused token that somebody replaced meanwhile gives way to the new one") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  const ask token = next_ask(*talk);
  token_record theirs = kept_in(*store);
  theirs.refresh_token = "theirs";
  store->text = salesforce::to_text(theirs);
  CHECK(proceeds(talk->answered(token.id, grant_refusal(), noon)));
  const ask second = next_ask(*talk);
  CHECK(sent_token(second) == "theirs");
  CHECK(proceeds(talk->answered(second.id, session_answer("third"), noon)));
  CHECK(is_finished(*talk));
  CHECK(kept_in(*store).refresh_token == "third");
}

TEST_CASE("logins of one source wait for one another and share what one of them got") {
  const auto store = std::make_shared<stored_text>();
  const auto of = account_of(store);
  const auto first = salesforce::make_login(of, nullptr);
  const auto second = salesforce::make_login(of, nullptr);
  const ask token = next_ask(*first);
  CHECK(polls(*second));
  CHECK(proceeds(first->answered(token.id, session_answer("second"), noon)));
  CHECK(polls(*second));  // not before it is stored
  CHECK(is_finished(*first));
  CHECK(is_finished(*second));
  CHECK(second->result_session() == first->result_session());
  CHECK(store->holds == 1);

  // Both met the end of that session.
  const session_ptr ended = first->result_session();
  const session_ptr fresh = log_in(of, "third", ended, "00D!second");
  const auto behind = salesforce::make_login(of, ended);
  CHECK(is_finished(*behind));
  CHECK(behind->result_session() == fresh);
}

TEST_CASE("a refusal answers for the logins behind it, for a minute") {
  const auto store = std::make_shared<stored_text>();
  const auto of = account_of(store);
  const auto talk = salesforce::make_login(of, nullptr);
  gives_up(
      talk->answered(next_ask(*talk).id, json_answer(R"({"error":"inactive_user"})", 400), noon));
  CHECK(fails(*salesforce::make_login(of, nullptr), noon + 59s).code == errc::login_refused);
  next_ask(*salesforce::make_login(of, nullptr), noon + 61s);
}

TEST_CASE("another process that holds the place is waited for, not for ever") {
  const auto store = std::make_shared<stored_text>();
  const auto theirs = store->try_hold().value();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  CHECK(polls(*talk, noon));
  CHECK(polls(*talk, noon + 4min));
  const error why = fails(*talk, noon + 5min);
  CHECK(why.code == errc::held);
  CHECK(why.advice.find("the-place.lock") != std::string::npos);
}

TEST_CASE("a login that is broken off waits for the answer and stores it") {
  const auto store = std::make_shared<stored_text>();
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  const ask token = next_ask(*talk);
  CHECK(std::holds_alternative<wait_for_answer>(talk->wind_up(noon)));
  talk->answered(token.id, session_answer("second"), noon);
  CHECK(std::holds_alternative<finished>(talk->wind_up(noon)));
  CHECK(kept_in(*store).refresh_token == "second");
  CHECK_FALSE(store->held);
}

TEST_CASE("a token of the configuration that was not seen before is a new beginning") {
  const auto store = std::make_shared<stored_text>();
  log_in(account_of(store), "second");
  const auto sent_with = [&](const char* seed, const std::string& rotated) {
    const auto talk = salesforce::make_login(account_of(store, some_settings(seed)), nullptr);
    const ask token = next_ask(*talk);
    CHECK(proceeds(talk->answered(token.id, session_answer(rotated), noon)));
    CHECK(is_finished(*talk));
    return sent_token(token);
  };
  CHECK(sent_with("seed-1", "third") == "second");
  CHECK(sent_with("seed-2", "fourth") == "seed-2");
  // The first one is spent by now: it is never sent again.
  CHECK(sent_with("seed-1", "fifth") == "fourth");
  CHECK(sent_with("", "sixth") == "fifth");
}

TEST_CASE("a new token of the configuration that is of no use leaves the kept one alone") {
  const auto store = std::make_shared<stored_text>();
  log_in(account_of(store), "second");
  const auto before = store->text;
  const auto talk = salesforce::make_login(account_of(store, some_settings("seed-2")), nullptr);
  const ask token = next_ask(*talk);
  CHECK(sent_token(token) == "seed-2");
  SUBCASE("the process dies") {}
  SUBCASE("it is refused") {
    CHECK(gives_up(talk->answered(token.id, grant_refusal(), noon)).code == errc::reconnect);
  }
  SUBCASE("it is another org's") {
    CHECK(proceeds(
        talk->answered(token.id, session_answer("theirs", "00D!AQ", other_org_url), noon)));
    CHECK(fails(*talk).code == errc::login_refused);
  }
  CHECK(store->text == before);
}

TEST_CASE("nothing kept and nothing configured: connect") {
  const auto store = std::make_shared<stored_text>();
  const error why = fails(*salesforce::make_login(account_of(store, some_settings("")), {}));
  CHECK(why.code == errc::reconnect);
  CHECK(why.advice.find("millrace connect acme") != std::string::npos);
  CHECK(store->written.empty());
}

TEST_CASE("what is kept for another login is left alone") {
  const auto store = std::make_shared<stored_text>();
  log_in(account_of(store), "second");
  const auto before = store->text;
  salesforce::settings how = some_settings();
  SUBCASE("another host") {
    how.login_url = "https://test.salesforce.com";
  }
  SUBCASE("another app") {
    how.client_id = "other";
  }
  const error why = fails(*salesforce::make_login(account_of(store, how), {}));
  CHECK(why.code == errc::config_invalid);
  CHECK(store->text == before);
  store->text = "no record";
  CHECK(fails(*salesforce::make_login(account_of(store), {})).code == errc::storage);
}

TEST_CASE("a login that leads to another org than before is refused, its token kept") {
  const auto store = std::make_shared<stored_text>();
  log_in(account_of(store), "second");
  const auto talk = salesforce::make_login(account_of(store), nullptr);
  CHECK(proceeds(
      talk->answered(next_ask(*talk).id, session_answer("third", "00D!AQ", other_org_url), noon)));
  CHECK(fails(*talk).code == errc::login_refused);
  CHECK(talk->result_session() == nullptr);
  CHECK(kept_in(*store).refresh_token == "third");
}

TEST_CASE("I16 no error of a rotation holds a token") {
  const auto store = std::make_shared<stored_text>();
  store->text = "swordfish";
  CHECK(to_string(fails(*salesforce::make_login(account_of(store), {}))).find("swordfish") ==
        std::string::npos);
}

}  // namespace
}  // namespace millrace
