// What is posted to the token endpoint, for each flow (salesforce-api.md 1.2 to 1.6).
#pragma once

#include "connectors/exchange.hpp"
#include "connectors/salesforce/digests.hpp"
#include "connectors/salesforce/session.hpp"
#include "engine/error.hpp"
#include "engine/time.hpp"

#include <string>
#include <string_view>

namespace millrace::salesforce {

/// How long an assertion is good for: more than the clock allowance of the other side is refused.
inline constexpr std::chrono::seconds assertion_life{180};

/// A text as a value in a form body.
std::string form_encoded(std::string_view text);

/// The `aud` that the login host of these settings expects (1.4).
std::string audience_of(const settings& how);
/// "HEADER.CLAIMS.SIGNATURE".
result<std::string> make_assertion(const settings& how, const signing_key& key, time_point now);

/// A POST of this form to the login host, with what identifies the app.
http_request token_request(const settings& how, const std::string& form);
http_request refresh_request(const settings& how, const std::string& token);
/// Of the flows that need nothing but settings: client_credentials and password.
http_request credentials_request(const settings& how);
result<http_request> assertion_request(const settings& how, const signing_key& key, time_point now);
/// The last step of `millrace connect`.
http_request code_request(const settings& how, const std::string& code, const std::string& verifier,
                          const std::string& redirect_uri);

}  // namespace millrace::salesforce
