// Doubles from failure to failure, up to a bound.
#include "engine/schedule/breaker.hpp"

#include <algorithm>

namespace millrace {

void breaker::failed(time_point began, time_point now, double chance) {
  if (opened_ && began < *opened_) return;
  constexpr unsigned doublings_max = 30;
  const auto grown = policy_.wait_first * (std::int64_t{1} << std::min(failures_, doublings_max));
  const milliseconds wait = std::min(grown, policy_.wait_longest);
  ++failures_;
  opened_ = now;
  const milliseconds half = wait / 2;
  const double drawn = static_cast<double>(half.count()) * chance;
  until_ = now + half + milliseconds{static_cast<std::int64_t>(drawn)};
}

bool breaker::succeeded() {
  const bool news = until_.has_value();
  failures_ = 0;
  opened_.reset();
  until_.reset();
  return news;
}

breaker::state_kind breaker::state(time_point now) const {
  if (!until_) return state_kind::closed;
  return now < *until_ ? state_kind::open : state_kind::probing;
}

}  // namespace millrace
