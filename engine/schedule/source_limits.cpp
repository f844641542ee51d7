// Virtual due times instead of lists of what was done: a pace is one number, however fast it is.
#include "engine/schedule/source_limits.hpp"

#include <algorithm>

namespace millrace {
namespace {

/// When a request that found no place looks again. Nobody tells it: requests are longer than that.
constexpr milliseconds until_next_look{100};
/// Logins that may come together, as part of those of an hour: sessions of several runs end at
/// once.
constexpr std::uint32_t minutes_of_hour = 60;

milliseconds interval_of(milliseconds span, std::uint32_t count) {
  // Rounded up, so that there are never more than that.
  return count == 0 ? milliseconds{0} : (span + milliseconds{count - 1}) / count;
}

}  // namespace

milliseconds pace::ask(time_point now) {
  if (interval_ == milliseconds{0}) return {};
  const milliseconds saved = interval_ * (together_ - 1);
  next_ = std::max(next_, now - saved);
  if (next_ > now) return next_ - now;
  next_ += interval_;
  return {};
}

source_limits::source_limits(const source_limit_rules& rules)
    : places_(std::make_shared<shared_slots>(rules.requests_at_once)),
      requests_(interval_of(std::chrono::seconds{1}, rules.requests_per_second), 1),
      logins_(interval_of(std::chrono::hours{1}, rules.logins_per_hour),
              std::max(1U, rules.logins_per_hour / minutes_of_hour)) {}

source_limits::admission source_limits::ask(time_point now, bool is_login) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<shared_slots::hold> place = places_->try_take();
  if (!place) return {until_next_look};
  if (is_login)
    if (const milliseconds wait = logins_.ask(now); wait > milliseconds{0}) return {wait};
  if (const milliseconds wait = requests_.ask(now); wait > milliseconds{0}) {
    if (is_login) logins_.take_back();
    return {wait};
  }
  return {{}, std::move(place)};
}

}  // namespace millrace
