// One ask after the other, until the conversation has none or a bound is met.
#include "actors/winding_up.hpp"

#include <utility>

namespace millrace {
namespace {

/// How much a conversation that was broken off may still ask, and how long that is waited for.
constexpr unsigned asks_max = 3;
constexpr milliseconds longest{5'000};

/// Whether the source takes more requests after this failure; if not it would refuse those that
/// clean up as well, and count them (I13).
bool may_ask_on(errc why) {
  return why != errc::request_limit && why != errc::session_expired && why != errc::login_refused &&
         why != errc::reconnect;
}

}  // namespace

void winding_up::begin(const error* why, const exchanges& under_way) {
  if (std::exchange(begun_, true) || (why != nullptr && !may_ask_on(why->code))) return;
  in_progress_ = true;
  const next_step step = around_.talk->wind_up(around_.now());
  if (std::holds_alternative<wait_for_answer>(step)) asked_ = under_way;
  take(step);
  if (!in_progress_) return;
  around_.later(longest, [this] {
    if (!in_progress_) return;
    for (const auto& [number, id] : std::exchange(asked_, {}))
      around_.cancel(number);
    finish();
  });
}

/// What the answer means does not matter any more, but the conversation may learn from it.
void winding_up::answered(const transfer_end& ended) {
  const std::uint64_t id = asked_.extract(ended.exchange).mapped();
  if (ended.response) {
    around_.talk->answered(id, *ended.response, around_.now());
  } else {
    around_.talk->gave_up(id, ended.response.error(), around_.now());
  }
  take(around_.talk->wind_up(around_.now()));
}

void winding_up::take(const next_step& step) {
  if (const auto* wanted = std::get_if<ask>(&step);
      wanted != nullptr && made_ < asks_max && around_.may_ask(*wanted)) {
    ++made_;
    asked_.emplace(around_.carry(*wanted), wanted->id);
    return;
  }
  if (std::holds_alternative<wait_for_answer>(step) && !asked_.empty()) return;
  finish();
}

void winding_up::finish() {
  in_progress_ = false;
  around_.over();
}

}  // namespace millrace
