// The dialogue of connecting: code for tokens, who is it, then the token is kept. A token that is
// not kept is given back to the org, where each user has room for few.
#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/authorization.hpp"
#include "connectors/salesforce/login.hpp"
#include "connectors/salesforce/token_record.hpp"
#include "connectors/salesforce/token_request.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr milliseconds hold_poll{100};
constexpr milliseconds hold_longest{2 * 60'000};

class connecting final : public connect_conversation {
 public:
  connecting(settings how, std::shared_ptr<kept_text> tokens, authorization begun, std::string code,
             bool force)
      : how_(std::move(how)),
        tokens_(std::move(tokens)),
        begun_(std::move(begun)),
        code_(std::move(code)),
        force_(force) {}

  next_step next(time_point now) override {
    if (under_way_) return wait_for_answer{};
    switch (state_) {
      case state::exchange:
        under_way_ = true;
        return ask{1, code_request(how_, code_, begun_.verifier, begun_.redirect_uri),
                   body_use::whole, "login"};
      case state::identity:
        under_way_ = true;
        return ask{2, identity_request(), body_use::whole, "identity"};
      case state::keeping:
        return keep(now);
      case state::revoking:
        under_way_ = true;
        return ask{3, revoke_request(), body_use::whole, "revoke"};
      case state::done:
        break;
    }
    if (why_) return give_up{*why_};
    return finished{};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    under_way_ = false;
    if (id == 1) return take_tokens(response);
    if (id == 2) {
      take_name(response);
      return proceed{};
    }
    state_ = state::done;  // a courtesy: whatever the org says to it
    return proceed{};
  }

  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    under_way_ = false;
    if (id == 1) return give_up{why};
    state_ = id == 2 ? state::keeping : state::done;
    return proceed{};
  }

  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }
  const connection& result_connection() const override { return connection_; }

 private:
  enum class state : std::uint8_t { exchange, identity, keeping, revoking, done };

  verdict take_tokens(const http_response& response) {
    if (auto fault = login_fault_of(response, how_)) {
      // A code is good once: there is nothing to repeat.
      fault->again = retry::never;
      return give_up{std::move(*fault)};
    }
    auto answer = read_token_answer(response.body, how_.login_url);
    if (!answer) return give_up{std::move(answer.error())};
    if (answer->refresh_token.empty())
      return give_up{{errc::login_refused,
                      "the org let millrace in and gave no refresh token",
                      "Give the app the scope refresh_token, and a refresh token policy that is "
                      "not 'expire immediately'",
                      retry::never,
                      {},
                      {}}};
    session_ = std::move(answer->session);
    token_ = std::move(answer->refresh_token);
    connection_.org_id = session_->org_id;
    connection_.user_id = session_->user_id;
    state_ = connection_.user_id.empty() ? state::keeping : state::identity;
    return proceed{};
  }

  /// At the login host, not where the answer says: the session must not travel to a host that is
  /// not configured.
  http_request identity_request() const {
    http_request request;
    request.url =
        fmt::format("{}/id/{}/{}", how_.login_url, connection_.org_id, connection_.user_id);
    request.headers.push_back({"Authorization", "Bearer " + session_->access_token});
    request.headers.push_back({"Accept", "application/json"});
    return request;
  }

  void take_name(const http_response& response) {
    state_ = state::keeping;
    json::error_code failed;
    const json::value body = json::parse(response.body, failed);
    if (failed || !body.is_object()) return;
    const json::value* name = body.get_object().if_contains("username");
    if (name != nullptr && name->is_string())
      connection_.username = std::string(name->get_string());
  }

  http_request revoke_request() const {
    http_request request = token_request(how_, "token=" + form_encoded(token_));
    request.url = how_.login_url + "/services/oauth2/revoke";
    return request;
  }

  next_step keep(time_point now) {
    auto hold = tokens_->try_hold();
    if (!hold) return give_back(std::move(hold.error()));
    if (!*hold) {
      if (!waiting_since_) waiting_since_ = now;
      if (now - *waiting_since_ < hold_longest) return wait_until{now + hold_poll};
      return give_back({errc::held,
                        fmt::format("another process holds {}", tokens_->place()),
                        "Connect again when its login is over",
                        retry::never,
                        {},
                        {}});
    }
    auto done = replace(**hold);
    if (!done) return give_back(std::move(done.error()));
    state_ = state::done;
    return finished{};
  }

  [[nodiscard]] result<void> replace(kept_text::hold& hold) const {
    token_record record = record_for(how_, token_);
    record.org_id = connection_.org_id;
    MILLRACE_TRY(const std::optional<std::string> before, hold.read());
    if (before && !before->empty() && !force_) {
      MILLRACE_TRY(const token_record kept, parse_token_record(*before, tokens_->place()));
      MILLRACE_CHECK(may_replace(kept, record));
    }
    return hold.replace(to_text(record));
  }

  [[nodiscard]] result<void> may_replace(const token_record& kept,
                                         const token_record& record) const {
    const bool same_org = !kept.org_id.empty() && kept.org_id == record.org_id;
    const bool same_login = kept.login_url == record.login_url && kept.client == record.client;
    if (same_org || (kept.org_id.empty() && same_login)) return {};
    return failure(
        errc::login_refused,
        kept.org_id.empty()
            ? fmt::format("{} keeps the token of another login ({})", tokens_->place(),
                          kept.login_url)
            : fmt::format("this is the org {}, and {} keeps the token of the org {}", record.org_id,
                          tokens_->place(), kept.org_id),
        "Log in as a user of that org, or connect with --force; tables of another org need a "
        "schema of their own");
  }

  next_step give_back(error why) {
    why_ = std::move(why);
    under_way_ = true;
    state_ = state::revoking;
    return ask{3, revoke_request(), body_use::whole, "revoke"};
  }

  const settings how_;
  const std::shared_ptr<kept_text> tokens_;
  const authorization begun_;
  const std::string code_;
  const bool force_;
  state state_ = state::exchange;
  bool under_way_ = false;
  std::shared_ptr<org_session> session_;
  std::string token_;
  std::optional<time_point> waiting_since_;
  std::optional<error> why_;
  connection connection_;
};

}  // namespace

std::unique_ptr<connect_conversation> make_connect(settings how, std::shared_ptr<kept_text> tokens,
                                                   authorization begun, std::string code,
                                                   bool force) {
  return std::make_unique<connecting>(std::move(how), std::move(tokens), std::move(begun),
                                      std::move(code), force);
}

}  // namespace millrace::salesforce
