// Connecting a source: the address where its user lets millrace in, what comes back from there, and
// the dialogue that makes a kept refresh token of it (salesforce-api.md 1.2).
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"
#include "connectors/storage.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::salesforce {

/// What a way through the browser begins with. Both texts are fresh random bytes in base64url.
struct authorization {
  std::string verifier;  ///< proves at the end who began; 43 characters or more
  std::string state;     ///< comes back unchanged, or somebody else sent the answer
  std::string redirect_uri;
};
/// 32 random bytes make a verifier and a state.
authorization make_authorization(std::string_view random_for_verifier,
                                 std::string_view random_for_state, std::string redirect_uri);

/// Where the user has to go.
std::string authorize_url(const settings& how, const authorization& begun);

/// What the browser was sent back with: the code. `target` is a path with a query, or the whole
/// address. None: it is something else, such as a request for an icon, or not an answer to
/// this beginning. errc::login_refused: the user or the org said no.
result<std::optional<std::string>> read_callback(std::string_view target,
                                                 const authorization& begun);

/// Whom a source is connected to.
struct connection {
  std::string org_id;
  std::string user_id;
  std::string username;  ///< empty when the org did not say
};

/// Exchanges the code, asks who it is, and keeps the token. The result is there when `next` said
/// `finished`.
class connect_conversation : public conversation {
 public:
  [[nodiscard]] virtual const connection& result_connection() const = 0;
};
/// `force`: also replace the token of another org, or of another login.
std::unique_ptr<connect_conversation> make_connect(settings how, std::shared_ptr<kept_text> tokens,
                                                   authorization begun, std::string code,
                                                   bool force);

}  // namespace millrace::salesforce
