// The login dialogue: token, then versions. Two requests at most, no state kept between runs.
#include "connectors/salesforce/login.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/request_book.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

std::string form_encoded(std::string_view text) {
  std::string out = url_encoded(text);
  // In a form body the characters that a query may carry raw are encoded as well.
  std::string strict;
  for (const char c : out) {
    if (c == ',')
      strict += "%2C";
    else if (c == '(')
      strict += "%28";
    else if (c == ')')
      strict += "%29";
    else
      strict.push_back(c);
  }
  return strict;
}

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
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (!plain || !id.starts_with("00D")) return {};
  if (id.size() == 15) return long_id(id);
  return id.size() == 18 ? std::string(id) : std::string();
}

class token_login final : public login_conversation {
 public:
  explicit token_login(settings how) : how_(std::move(how)) {}

  next_step next(time_point) override {
    if (state_ == state::done) return finished{};
    if (under_way_) return wait_for_answer{};
    under_way_ = true;
    if (state_ == state::token) return ask{1, token_request(), body_use::whole, "login"};
    return ask{2, versions_request(), body_use::whole, "versions"};
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    under_way_ = false;
    const auto fault = id == 1 ? login_fault_of(response, how_.login_url) : fault_of(response);
    if (fault) {
      if (fault->again == retry::never) return give_up{*fault};
      under_way_ = true;
      return ask_again{*fault};
    }
    return id == 1 ? take_token(response) : take_versions(response);
  }

  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }
  session_ptr result_session() const override { return session_; }

 private:
  enum class state : std::uint8_t { token, versions, done };

  http_request token_request() const {
    http_request request;
    request.method = http_method::post;
    request.url = without_slash(how_.login_url) + "/services/oauth2/token";
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.headers.push_back({"Accept", "application/json"});
    if (how_.flow == settings::login_flow::refresh_token) {
      request.body = "grant_type=refresh_token&refresh_token=" + form_encoded(how_.refresh_token);
    } else {
      request.body = "grant_type=client_credentials";
    }
    request.body += "&client_id=" + form_encoded(how_.client_id);
    if (!how_.client_secret.empty())
      request.body += "&client_secret=" + form_encoded(how_.client_secret);
    return request;
  }

  http_request versions_request() const {
    http_request request;
    request.url = session_->instance_url + "/services/data/";
    request.headers.push_back({"Authorization", "Bearer " + session_->access_token});
    request.headers.push_back({"Accept", "application/json"});
    return request;
  }

  verdict take_token(const http_response& response) {
    json::error_code failed;
    const json::value body = json::parse(response.body, failed);
    const json::object* object = failed ? nullptr : body.if_object();
    const auto text = [&](std::string_view key) {
      const json::value* v = object != nullptr ? object->if_contains(key) : nullptr;
      return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
    };
    auto session = std::make_shared<org_session>();
    session->access_token = text("access_token");
    session->instance_url = without_slash(text("instance_url"));
    session->org_id = org_of_identity(text("id"));
    session->api_version = how_.api_version;
    if (session->access_token.empty() || session->instance_url.empty())
      return give_up{
          {errc::http_content,
           fmt::format("{} answered the login without a token or an instance", how_.login_url),
           "Check that login_url is a Salesforce host",
           retry::never,
           {},
           {}}};
    session_ = session;
    state_ = session->api_version.empty() ? state::versions : state::done;
    return proceed{};
  }

  verdict take_versions(const http_response& response) {
    json::error_code failed;
    const json::value body = json::parse(response.body, failed);
    int best = 0;
    if (!failed && body.is_array()) {
      for (const json::value& entry : body.get_array()) {
        const json::object* object = entry.if_object();
        const json::value* version = object != nullptr ? object->if_contains("version") : nullptr;
        if (version == nullptr || !version->is_string()) continue;
        const json::string& text = version->get_string();
        int number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (number <= api_version_newest && number > best) best = number;
      }
    }
    if (best < api_version_oldest)
      return give_up{{errc::version_unsupported,
                      fmt::format("the org offers no API version from {}.0 to {}.0",
                                  api_version_oldest, api_version_newest),
                      "Check that login_url leads to the org",
                      retry::never,
                      {},
                      {}}};
    auto session = std::make_shared<org_session>();
    session->access_token = session_->access_token;
    session->instance_url = session_->instance_url;
    session->org_id = session_->org_id;
    session->api_version = fmt::format("{}.0", best);
    session_ = session;
    state_ = state::done;
    return proceed{};
  }

  settings how_;
  state state_ = state::token;
  bool under_way_ = false;
  std::shared_ptr<const org_session> session_;
};

}  // namespace

std::unique_ptr<login_conversation> make_login(settings how) {
  return std::make_unique<token_login>(std::move(how));
}

}  // namespace millrace::salesforce
