// Logging in: one token request, then the choice of the API version.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/account.hpp"
#include "connectors/salesforce/session.hpp"

#include <memory>
#include <string>

namespace millrace::salesforce {

/// By the flow of the account's settings (salesforce-api.md 1.3 to 1.6). With no version in them
/// asks `/services/data/` and takes the newest known to both (2.1). Takes over the session of
/// another login of the account where there is one that is not `ended`.
std::unique_ptr<login_conversation> make_login(std::shared_ptr<account> of, session_ptr ended);

/// What an answer of the token endpoint holds. errc::http_content when it is no session.
struct token_answer {
  std::shared_ptr<org_session> session;  ///< without a version
  std::string refresh_token;             ///< empty: none was given
};
result<token_answer> read_token_answer(const std::string& body, const std::string& login_url);

}  // namespace millrace::salesforce
