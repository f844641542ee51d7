// The record on disk always says the worst that can be true: "asked" before the request leaves, the
// new token before the session is used.
#include "connectors/salesforce/token_custody.hpp"

#include <fmt/format.h>

namespace millrace::salesforce {

result<std::optional<token_record>> token_custody::kept() const {
  MILLRACE_TRY(const std::optional<std::string> text, hold_->read());
  if (!text || text->empty()) return std::nullopt;
  MILLRACE_TRY(token_record record, parse_token_record(*text, place_));
  return record;
}

result<void> token_custody::begin(const settings& how) {
  MILLRACE_TRY(const std::optional<token_record> before, kept());
  MILLRACE_TRY(record_, choose_token(before, how, place_));
  maybe_lost_ = record_.asked;
  record_.asked = true;
  on_trial_ = before && !before->spent && before->refresh_token != record_.refresh_token;
  if (on_trial_) return {};
  return hold_->replace(to_text(record_));
}

result<void> token_custody::accept(const std::string& rotated, const std::string& org_id) {
  token_record next = record_;
  if (!rotated.empty()) next.refresh_token = rotated;
  if (next.org_id.empty()) next.org_id = org_id;
  next.asked = false;
  if (on_trial_ && !org_id.empty() && next.org_id != org_id) return {};
  MILLRACE_CHECK(hold_->replace(to_text(next)));
  record_ = std::move(next);
  return {};
}

std::optional<error> token_custody::refused(error why, const std::string& word,
                                            const settings& how) {
  // Somebody may share the place and not the lock, such as a process on another host: the refusal
  // then is about a token that is not the current one any more.
  const auto now_kept = kept();
  if (!on_trial_ && now_kept && *now_kept && (*now_kept)->refresh_token != record_.refresh_token &&
      !(*now_kept)->spent)
    return std::nullopt;
  const bool over = why.code == errc::reconnect || (maybe_lost_ && word == "invalid_grant");
  if (over && maybe_lost_)
    why.message = fmt::format(
        "the answer to an earlier token request of the source {} was lost, and with it the refresh "
        "token that is good now: {}",
        how.source, why.message);
  if (over) {
    why.code = errc::reconnect;
    why.advice = fmt::format("Run `millrace connect {}`", how.source);
  }
  if (on_trial_) return why;
  record_.spent = over;
  // A refusal changes nothing at the org; what was lost before stays lost.
  record_.asked = maybe_lost_;
  // When this cannot be written, the record still says "asked": the worst that can be true.
  static_cast<void>(hold_->replace(to_text(record_)));
  return why;
}

}  // namespace millrace::salesforce
