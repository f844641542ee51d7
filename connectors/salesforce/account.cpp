// A turn is asked for and never waited for: whoever drives the dialogue knows how to wait.
#include "connectors/salesforce/account.hpp"

#include <utility>

namespace millrace::salesforce {
namespace {

/// For how long a refusal answers for the logins behind it.
constexpr milliseconds refusal_life{60'000};

}  // namespace

result<std::shared_ptr<account>> account::make(settings how, std::shared_ptr<kept_text> tokens) {
  std::shared_ptr<account> made(new account(std::move(how), std::move(tokens)));
  if (made->how_.flow == settings::login_flow::jwt) {
    MILLRACE_TRY(made->key_, signing_key::read(made->how_.private_key));
  }
  return made;
}

std::shared_ptr<const org_session> account::session_other_than(const session_ptr& ended) const {
  const std::lock_guard lock(mutex_);
  return session_ == ended ? nullptr : session_;
}

std::optional<error> account::refusal(time_point now) const {
  const std::lock_guard lock(mutex_);
  if (!refusal_ || now - refused_at_ > refusal_life) return {};
  return refusal_;
}

result<std::unique_ptr<account::turn>> account::try_turn() {
  {
    const std::lock_guard lock(mutex_);
    if (busy_) return nullptr;
    busy_ = true;
  }
  auto mine = std::make_unique<turn>(shared_from_this());
  if (tokens_) {
    MILLRACE_TRY(mine->hold_, tokens_->try_hold());
    if (!mine->hold_) return nullptr;
  }
  return mine;
}

account::turn::~turn() {
  hold_.reset();
  const std::lock_guard lock(of_->mutex_);
  of_->busy_ = false;
}

void account::turn::succeeded(std::shared_ptr<const org_session> session) {
  const std::lock_guard lock(of_->mutex_);
  of_->session_ = std::move(session);
  of_->refusal_.reset();
}

void account::turn::refused(const error& why, time_point now) {
  const std::lock_guard lock(of_->mutex_);
  of_->refusal_ = why;
  of_->refused_at_ = now;
}

}  // namespace millrace::salesforce
