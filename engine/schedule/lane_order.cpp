// One connection commits in the order in which it is sent batches: there a checkpoint goes with the
// batch that completes it.
#include "engine/schedule/lane_order.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

lane_order::turn lane_order::next(std::optional<checkpoint> proven) {
  turn out;
  out.batch = ++last_;
  const auto least = std::min_element(in_flight_.begin(), in_flight_.end());
  out.connection = static_cast<std::size_t>(least - in_flight_.begin());
  if (in_flight_.size() == 1) {
    out.position = std::move(proven);
  } else {
    while (!proofs_.empty() && is_committed_through(proofs_.front().through)) {
      out.position = std::move(proofs_.front().position);
      proofs_.pop_front();
    }
    if (proven) proofs_.push_back({out.batch, std::move(*proven)});
  }
  ++*least;
  open_.insert(out.batch);
  return out;
}

void lane_order::committed(number batch, std::size_t connection) {
  open_.erase(batch);
  if (in_flight_[connection] > 0) --in_flight_[connection];
}

}  // namespace millrace
