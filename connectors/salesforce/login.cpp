// The login dialogue: wait for the turn, ask for a token, keep what has to be kept, ask for
// versions. Two requests at most.
#include "connectors/salesforce/login.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/api_versions.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/token_custody.hpp"
#include "connectors/salesforce/token_request.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Letters, digits and signs of ASCII, at least one: what may stand in a header or an address.
bool is_visible(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// A lock tells nobody when it is free again: it is asked this often, for this long.
constexpr milliseconds turn_poll{100};
constexpr milliseconds turn_longest{5 * 60'000};
/// A token that cannot be stored is the only one there is: a full disk gets some time to recover.
constexpr milliseconds store_poll{1'000};
constexpr unsigned stores_max = 10;
/// Tokens of others that are tried when ours is refused.
constexpr unsigned other_tokens_max = 2;

/// "https://host/path" without what follows the last useful character.
std::string without_slash(std::string url) {
  while (!url.empty() && url.back() == '/')
    url.pop_back();
  return url;
}

/// An Id of 15 characters, where case matters, with the three that say which are upper case.
std::string long_id(std::string_view id) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  std::string out(id);
  for (std::size_t chunk = 0; chunk < 3; ++chunk) {
    std::size_t upper = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const char c = id[chunk * 5 + i];
      if (c >= 'A' && c <= 'Z') upper |= std::size_t{1} << i;
    }
    out += letters[upper];
  }
  return out;
}

/// ".../id/00D.../005..." -> the org's Id in its long form, so that both forms are one org; empty
/// when it is no Id.
std::string org_of_identity(std::string_view identity) {
  const auto mark = identity.rfind("/id/");
  if (mark == std::string_view::npos) return {};
  std::string_view id = identity.substr(mark + 4);
  id = id.substr(0, id.find('/'));
  if (!is_plain_id(id) || !id.starts_with("00D")) return {};
  if (id.size() == 15) return long_id(id);
  return id.size() == 18 ? std::string(id) : std::string();
}

class token_login final : public login_conversation {
 public:
  token_login(std::shared_ptr<account> of, session_ptr ended)
      : of_(std::move(of)), ended_(std::move(ended)) {}

  next_step next(time_point now) override {
    now_ = now;
    switch (state_) {
      case state::queue:
        return wait_for_turn(now);
      case state::token:
        if (under_way_) return wait_for_answer{};
        return ask_for_token();
      case state::storing:
        return store(now);
      case state::versions:
        if (under_way_) return wait_for_answer{};
        under_way_ = true;
        return ask{versions_ask, versions_request(), body_use::whole, "versions"};
      case state::done:
        break;
    }
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    now_ = now;
    under_way_ = false;
    const bool token = id == token_ask;
    const auto fault = token ? login_fault_of(response, of_->how()) : fault_of(response);
    if (!fault) return token ? take_token(response) : take_versions(response);
    if (fault->again != retry::never) {
      if (token && custody_) custody_->lost_answer();
      return again(*fault);
    }
    return token ? refused(*fault, oauth_word_of(response)) : fail(*fault);
  }

  verdict gave_up(std::uint64_t, const error& why, time_point) override {
    under_way_ = false;
    return fail(why);
  }

  /// A token that is on its way from the org would be lost with its answer.
  next_step wind_up(time_point now) override {
    if (state_ == state::token && under_way_ && custody_) return wait_for_answer{};
    if (state_ == state::storing) static_cast<void>(store(now));
    release();
    return finished{};
  }

  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override {
    if (custody_) custody_->lost_answer();
    if (old.id != token_ask || of_->how().flow != settings::login_flow::jwt) return old.request;
    // An assertion is good for minutes only.
    return assertion_request(of_->how(), of_->key(), now_).value_or(old.request);
  }
  session_ptr result_session() const override { return state_ == state::done ? session_ : nullptr; }

 private:
  enum class state : std::uint8_t { queue, token, storing, versions, done };
  static constexpr std::uint64_t token_ask = 1;
  static constexpr std::uint64_t versions_ask = 2;

  // -- whose turn it is

  next_step wait_for_turn(time_point now) {
    if (auto other = of_->session_other_than(ended_)) {
      session_ = std::move(other);
      state_ = state::done;
      return finished{};
    }
    if (auto why = of_->refusal(now)) return give_up{std::move(*why)};
    auto turn = of_->try_turn();
    if (!turn) return give_up{std::move(turn.error())};
    if (*turn) return begin(std::move(*turn));
    if (!waiting_since_) waiting_since_ = now;
    if (now - *waiting_since_ < turn_longest) return wait_until{now + turn_poll};
    return give_up{{errc::held,
                    fmt::format("another process has been logging in to the source {} for {} "
                                "minutes and does not end",
                                of_->how().source, turn_longest.count() / 60'000),
                    fmt::format("End the process that holds {}.lock", of_->place()),
                    retry::never,
                    {},
                    {}}};
  }

  next_step begin(std::unique_ptr<account::turn> turn) {
    turn_ = std::move(turn);
    // Whoever had the turn before may have left a session.
    if (auto other = of_->session_other_than(ended_)) {
      release();
      session_ = std::move(other);
      state_ = state::done;
      return finished{};
    }
    if (auto hold = turn_->take_hold())
      custody_ = std::make_unique<token_custody>(std::move(hold), of_->place());
    state_ = state::token;
    return ask_for_token();
  }

  /// What was held for the login is free; the conversation may live on for a while.
  void release() {
    custody_.reset();
    turn_.reset();
  }

  verdict fail(error why) {
    release();
    return give_up{std::move(why)};
  }

  verdict again(error why) {
    under_way_ = true;
    return ask_again{std::move(why)};
  }

  // -- the token

  next_step ask_for_token() {
    auto request = token_request_now();
    if (!request) {
      turn_->refused(request.error(), now_);
      release();
      return give_up{std::move(request.error())};
    }
    under_way_ = true;
    asked_at_ = now_;
    return ask{token_ask, std::move(*request), body_use::whole, "login"};
  }

  result<http_request> token_request_now() {
    const settings& how = of_->how();
    if (custody_) {
      MILLRACE_CHECK(custody_->begin(how));
      return refresh_request(how, custody_->token());
    }
    if (how.flow == settings::login_flow::jwt) return assertion_request(how, of_->key(), now_);
    return credentials_request(how);
  }

  verdict refused(error why, const std::string& word) {
    // The answer to an assertion that was held up on its way is not about the login.
    if (of_->how().flow == settings::login_flow::jwt && now_ - asked_at_ >= assertion_life) {
      asked_at_ = now_;
      why.again = retry::later;
      return again(std::move(why));
    }
    if (custody_) {
      auto told = custody_->refused(std::move(why), word, of_->how());
      if (!told && ++other_tokens_ <= other_tokens_max) return proceed{};
      why = told ? std::move(*told)
                 : error{errc::login_refused,
                         fmt::format("the refresh token in {} changes faster than it can be used",
                                     of_->place()),
                         "Let one process at a time log in to this source",
                         retry::never,
                         {},
                         {}};
    }
    turn_->refused(why, now_);
    return fail(std::move(why));
  }

  verdict take_token(const http_response& response) {
    auto answer = read_token_answer(response.body, of_->how().login_url);
    if (!answer) {
      if (custody_) custody_->lost_answer();
      if (is_json(response.body)) return fail(std::move(answer.error()));
      // It was cut on its way.
      answer.error().again = retry::later;
      return again(std::move(answer.error()));
    }
    session_ = std::move(answer->session);
    rotated_ = std::move(answer->refresh_token);
    state_ = state::storing;
    return proceed{};
  }

  /// The new token outlives a crash before anything is asked with the new session.
  next_step store(time_point now) {
    if (custody_) {
      const auto kept = custody_->accept(rotated_, session_->org_id);
      // The token that was sent is kept already.
      if (!kept && !rotated_.empty()) {
        if (++stores_ < stores_max) return wait_until{now + store_poll};
        error why = kept.error();
        why.message += "; the org has replaced the refresh token, and the new one is lost";
        why.advice += fmt::format("; then run `millrace connect {}`", of_->how().source);
        release();
        return give_up{std::move(why)};
      }
    }
    if (auto why = other_org()) {
      turn_->refused(*why, now);
      release();
      return give_up{std::move(*why)};
    }
    if (!of_->how().api_version.empty()) return end(of_->how().api_version);
    state_ = state::versions;
    return next(now);
  }

  /// Rows of two orgs must never meet in one table.
  [[nodiscard]] std::optional<error> other_org() const {
    std::string before = ended_ ? ended_->identity() : std::string();
    if (before.empty() && custody_) before = custody_->org_id();
    if (before.empty() || session_->org_id.empty() || before == session_->org_id) return {};
    return error{errc::login_refused,
                 fmt::format("the login of the source {} leads to the org {} now, and led to {} "
                             "before",
                             of_->how().source, session_->org_id, before),
                 "Give each org a source of its own; if this is meant, run `millrace connect` with "
                 "--force, or give token_store another path",
                 retry::never,
                 {},
                 {}};
  }

  next_step end(const std::string& version) {
    auto made = std::make_shared<org_session>();
    made->access_token = session_->access_token;
    made->instance_url = session_->instance_url;
    made->org_id = session_->org_id;
    made->user_id = session_->user_id;
    made->api_version = version;
    session_ = made;
    state_ = state::done;
    turn_->succeeded(session_);
    release();
    return finished{};
  }

  // -- the version

  http_request versions_request() const {
    http_request request;
    request.url = session_->instance_url + "/services/data/";
    request.headers.push_back({"Authorization", "Bearer " + session_->access_token});
    request.headers.push_back({"Accept", "application/json"});
    return request;
  }

  verdict take_versions(const http_response& response) {
    int best = 0;
    for (const int number : offered_versions(response.body))
      if (number <= api_version_newest) best = number;
    if (best < api_version_oldest)
      return fail({errc::version_unsupported,
                   fmt::format("the org offers no API version from {}.0 to {}.0",
                               api_version_oldest, api_version_newest),
                   "Check that login_url leads to the org",
                   retry::never,
                   {},
                   {}});
    end(fmt::format("{}.0", best));
    return proceed{};
  }

  const std::shared_ptr<account> of_;
  const session_ptr ended_;
  state state_ = state::queue;
  bool under_way_ = false;
  time_point now_{};  ///< of the last call that told it
  std::optional<time_point> waiting_since_;
  std::unique_ptr<account::turn> turn_;
  std::unique_ptr<token_custody> custody_;  ///< of a refresh token, from the turn to the end
  time_point asked_at_{};
  std::string rotated_;
  unsigned stores_ = 0;
  unsigned other_tokens_ = 0;
  std::shared_ptr<const org_session> session_;
};

}  // namespace

result<token_answer> read_token_answer(const std::string& body, const std::string& login_url) {
  json::error_code failed;
  const json::value parsed = json::parse(body, failed);
  const json::object* object = failed ? nullptr : parsed.if_object();
  const auto text = [&](std::string_view key) {
    const json::value* v = object != nullptr ? object->if_contains(key) : nullptr;
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
  };
  token_answer answer{std::make_shared<org_session>(), text("refresh_token")};
  answer.session->access_token = text("access_token");
  answer.session->instance_url = without_slash(text("instance_url"));
  const std::string identity = text("id");
  answer.session->org_id = org_of_identity(identity);
  if (!answer.session->org_id.empty())
    answer.session->user_id = identity.substr(identity.rfind('/') + 1);
  if (!is_visible(answer.session->access_token) || !is_visible(answer.session->instance_url) ||
      !(answer.session->instance_url.starts_with("https://") ||
        answer.session->instance_url.starts_with("http://")))
    return failure(errc::http_content,
                   fmt::format("{} answered the login without a token or an instance", login_url),
                   "Check that login_url is a Salesforce host");
  return answer;
}

std::unique_ptr<login_conversation> make_login(std::shared_ptr<account> of, session_ptr ended) {
  return std::make_unique<token_login>(std::move(of), std::move(ended));
}

}  // namespace millrace::salesforce
