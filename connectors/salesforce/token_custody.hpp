// One use of a refresh token: what is written down before it is sent and after it was answered, so
// that no crash and no lost answer makes a token be used twice without knowing (salesforce-api.md
// 1.3).
#pragma once

#include "connectors/salesforce/token_record.hpp"
#include "connectors/storage.hpp"

#include <memory>
#include <optional>
#include <string>

namespace millrace::salesforce {

class token_custody {
 public:
  token_custody(std::unique_ptr<kept_text::hold> hold, std::string place)
      : hold_(std::move(hold)), place_(std::move(place)) {}

  /// Decides which token is to be sent, and writes down that it is. Then `token` is it.
  result<void> begin(const settings& how);
  [[nodiscard]] const std::string& token() const { return record_.refresh_token; }
  /// The org whose token it is; empty when no login has told.
  [[nodiscard]] const std::string& org_id() const { return record_.org_id; }

  /// The org answered with a session: keeps the token that is good from now on (`rotated` empty:
  /// the one that was sent). Only then may the session be used. May be repeated when it failed.
  result<void> accept(const std::string& rotated, const std::string& org_id);
  /// Nobody knows whether the org has acted on the request.
  void lost_answer() { maybe_lost_ = true; }
  /// The org refused (`why`, with OAuth's word for it). None: another token is kept meanwhile,
  /// begin again with it. Otherwise what to tell.
  std::optional<error> refused(error why, const std::string& word, const settings& how);

 private:
  [[nodiscard]] result<std::optional<token_record>> kept() const;

  std::unique_ptr<kept_text::hold> hold_;
  std::string place_;
  token_record record_;
  /// The configuration gave a new token while another one is kept: that one stays until the new one
  /// has proved to be of the same org.
  bool on_trial_ = false;
  bool maybe_lost_ = false;  ///< an earlier answer may have carried the token that is good now
};

}  // namespace millrace::salesforce
