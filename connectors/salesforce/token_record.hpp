// What is kept of a source's refresh token between runs, and what may be done with it. Text in,
// values out.
#pragma once

#include "connectors/salesforce/session.hpp"
#include "engine/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// Holds a secret: never logged (I16).
struct token_record {
  std::string refresh_token;
  std::string login_url;  ///< a token is good at the host that issued it only (1.1)
  std::string client;     ///< fingerprint of the client id that it was issued to
  std::string org_id;     ///< whose token it is; empty until a login told
  /// Fingerprints of the configured tokens that this record has seen. One of them is not new when
  /// the configuration still names it, and must not be sent again.
  std::vector<std::string> seeds;
  /// The token was sent and no answer is kept: with rotation on it may be worthless.
  bool asked = false;
  /// The org refused it for good: it is not sent again.
  bool spent = false;
};

std::string to_text(const token_record& record);
/// errc::storage when the text is no record. The message never shows it.
result<token_record> parse_token_record(const std::string& text, const std::string& place);

/// A record for a token that these settings just got.
token_record record_for(const settings& how, std::string token);

/// The record to log in with, from what is kept and what is configured.
/// errc::reconnect: there is none, and only `millrace connect` yields one.
/// errc::config_invalid: what is kept belongs to another login.
result<token_record> choose_token(const std::optional<token_record>& kept, const settings& how,
                                  const std::string& place);

}  // namespace millrace::salesforce
