// Batches of one collection over several connections: which connection takes the next one, and
// which checkpoint may go with it. Over several connections a checkpoint goes only with a batch
// that is sent after every batch it covers was committed, so that no order of commits makes it pass
// rows that are not there (I1).
#pragma once

#include "engine/model/window.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace millrace {

class lane_order {
 public:
  using number = std::uint64_t;

  explicit lane_order(std::size_t connections) : in_flight_(connections, 0) {}

  struct turn {
    number batch = 0;
    std::size_t connection = 0;
    std::optional<checkpoint> position;
  };
  /// The next batch is sent now. `proven`: what holds once it and all before it are committed.
  turn next(std::optional<checkpoint> proven);
  void committed(number batch, std::size_t connection);
  /// Every batch that was sent is committed.
  [[nodiscard]] bool quiet() const { return open_.empty(); }

 private:
  [[nodiscard]] bool is_committed_through(number batch) const {
    return open_.empty() || *open_.begin() > batch;
  }
  struct proof {
    number through = 0;  ///< the last batch that it covers
    checkpoint position;
  };
  std::vector<std::size_t> in_flight_;  ///< batches of each connection
  std::set<number> open_;
  std::deque<proof> proofs_;  ///< oldest first
  number last_ = 0;
};

}  // namespace millrace
