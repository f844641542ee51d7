// Who may log in to an org, and with what: refresh tokens and their families, authorization codes,
// the key of assertions.
#pragma once

#include "times.hpp"
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sandbox {

/// A grant of a user to the app: its refresh token, those that it replaced, and its sessions.
struct grant {
  std::string current;
  std::set<std::string> replaced;
  std::set<std::string> sessions;
  bool alive = true;
};

struct authorization_code {
  std::string redirect_uri;
  std::string challenge;  ///< empty: none was sent
  stamp made = 0;
  bool used = false;
};

/// How a refresh token was met.
struct refresh_end {
  bool good = false;
  std::string rotated;         ///< the new token, when there is one
  std::set<std::string> dead;  ///< sessions that ended with a reuse
};

class org_auth {
 public:
  explicit org_auth(std::string first_token);

  // What tests set.
  bool rotation = false;
  bool approved = true;       ///< the app is pre-authorised for assertions
  bool user_refuses = false;  ///< at the authorize endpoint
  bool login_host = false;    ///< this is no My Domain
  std::string public_key;     ///< PEM
  // What tests read.
  std::uint64_t rotations = 0;
  std::uint64_t reuses = 0;

  refresh_end refresh(const std::string& token);
  /// A new grant; at most five are alive, the oldest goes. Returns its refresh token.
  std::string open_grant();
  void note_session(const std::string& refresh_token, const std::string& session);
  /// Ends the grant of this refresh token (empty: every one). None: there is no such token.
  std::optional<std::set<std::string>> revoke(const std::string& token);
  /// Of the youngest grant that is alive; empty: there is none.
  [[nodiscard]] std::string current() const;

  std::string open_code(authorization_code code);
  authorization_code* find_code(const std::string& code);

 private:
  std::string new_token(std::string_view prefix);
  std::vector<grant> grants_;
  std::map<std::string, authorization_code> codes_;
  std::uint64_t next_number_ = 1;
};

/// What an assertion claims, once its signature is good (salesforce-api.md 1.4).
struct assertion {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::int64_t expires = 0;  ///< seconds
};
/// None: malformed, of another algorithm, or signed by somebody else.
std::optional<assertion> read_assertion(const std::string& text, const std::string& public_key);

/// base64url(SHA-256(verifier)), without padding.
std::string challenge_of(const std::string& verifier);
/// Takes both alphabets, with or without padding.
std::string decoded_base64(std::string_view text);

}  // namespace sandbox
