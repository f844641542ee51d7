// What all logins of one source share in this process: the settings, the session that the last one
// yielded, the place of the refresh token, and whose turn it is.
#pragma once

#include "connectors/salesforce/digests.hpp"
#include "connectors/salesforce/session.hpp"
#include "connectors/storage.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace millrace::salesforce {

class account : public std::enable_shared_from_this<account> {
 public:
  /// `tokens`: where the refresh token is kept; only for the flow refresh_token.
  /// errc::config_invalid: the private key cannot be used.
  static result<std::shared_ptr<account>> make(settings how, std::shared_ptr<kept_text> tokens);
  account(const account&) = delete;
  account& operator=(const account&) = delete;

  [[nodiscard]] const settings& how() const { return how_; }
  /// For the flow jwt.
  [[nodiscard]] const signing_key& key() const { return *key_; }
  [[nodiscard]] std::string place() const { return tokens_ ? tokens_->place() : std::string(); }

  /// The latest session, if it is another one than `ended`; else null.
  [[nodiscard]] std::shared_ptr<const org_session> session_other_than(
      const session_ptr& ended) const;
  /// The refusal of another login, while it is young: many refusals in a row lock a user out.
  [[nodiscard]] std::optional<error> refusal(time_point now) const;

  /// The right to log in; ends with the object.
  class turn {
   public:
    explicit turn(std::shared_ptr<account> of) : of_(std::move(of)) {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn();
    /// The hold of the place of the token, to be taken once; null for other flows.
    std::unique_ptr<kept_text::hold> take_hold() { return std::move(hold_); }
    /// How the login ended, for those who wait.
    void succeeded(std::shared_ptr<const org_session> session);
    void refused(const error& why, time_point now);

   private:
    friend class account;
    std::shared_ptr<account> of_;
    std::unique_ptr<kept_text::hold> hold_;
  };
  /// Null: another login, of this process or another one, is under way.
  result<std::unique_ptr<turn>> try_turn();

 private:
  account(settings how, std::shared_ptr<kept_text> tokens)
      : how_(std::move(how)), tokens_(std::move(tokens)) {}

  const settings how_;
  std::shared_ptr<const signing_key> key_;
  const std::shared_ptr<kept_text> tokens_;

  mutable std::mutex mutex_;
  bool busy_ = false;
  std::shared_ptr<const org_session> session_;
  std::optional<error> refusal_;
  time_point refused_at_{};
};

}  // namespace millrace::salesforce
