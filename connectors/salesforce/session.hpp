// A logged-in Salesforce session and the settings that say how to get one.
#pragma once

#include "connectors/connector.hpp"

#include <chrono>
#include <string>

namespace millrace::salesforce {

/// What a source's configuration says, secrets resolved. Never logged (I16).
struct settings {
  enum class login_flow : std::uint8_t { refresh_token, jwt, client_credentials, password };
  enum class api_choice : std::uint8_t { automatic, rest, bulk };

  std::string source;     ///< its name, for advice
  std::string login_url;  ///< "https://acme.my.salesforce.com", without a slash at the end
  login_flow flow = login_flow::refresh_token;
  std::string client_id;
  std::string client_secret;   ///< may be empty for refresh_token (a public client)
  std::string refresh_token;   ///< where a kept token begins; empty: with `millrace connect`
  std::string username;        ///< for jwt and password
  std::string private_key;     ///< for jwt: PEM
  std::string audience;        ///< for jwt; empty: by the login_url
  std::string password;        ///< for password
  std::string security_token;  ///< for password; may be empty
  std::string api_version;     ///< "62.0"; empty: the newest known to both sides
  api_choice api = api_choice::automatic;
};

/// Who we are and where to ask.
struct org_session : session {
  std::string access_token;
  std::string instance_url;  ///< without a slash at the end
  std::string api_version;   ///< "62.0"
  std::string org_id;        ///< 18 characters, from the identity url; empty when not told
  std::string user_id;       ///< from the identity url, as it came; empty when not told

  [[nodiscard]] std::string identity() const override { return org_id; }
};

/// The newest API version whose answers millrace knows (salesforce-api.md, head).
inline constexpr int api_version_newest = 65;
/// The oldest one with what millrace relies on: Bulk columns in SELECT order
/// (salesforce-api.md 3.3).
inline constexpr int api_version_oldest = 50;

}  // namespace millrace::salesforce
