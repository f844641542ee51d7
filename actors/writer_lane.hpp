// The writers of a run: the first one prepares, all of them load. Part of the pipeline's state.
#pragma once

#include "actors/protocol.hpp"
#include "actors/writer_watch.hpp"
#include "engine/schedule/shared_slots.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace millrace {

class writer_lane {
 public:
  /// `how`: of the writer of this number. `self` monitors all of them.
  void use(pipeline_actor::pointer self, std::function<writer_watch_config(std::size_t)> how) {
    self_ = self;
    how_ = std::move(how);
  }
  /// Another one. It connects when it is given its first order, so that a small run keeps to one
  /// connection.
  void add();
  /// As many as there shall be, as far as there are connections left to the warehouse.
  void grow(std::size_t writers, const std::shared_ptr<shared_slots>& left);
  [[nodiscard]] bool empty() const { return writers_.empty(); }
  [[nodiscard]] writer_actor first() const { return writers_.front(); }
  [[nodiscard]] std::vector<writer_actor> all() const { return {writers_.begin(), writers_.end()}; }
  /// Whether it was one of them that died; it is not any more.
  bool take(const caf::actor_addr& dead);
  /// They end when they have done what they were ordered.
  void stop();
  /// Nobody waits any more for those that are held up by a call.
  void abandon();

 private:
  pipeline_actor::pointer self_ = nullptr;
  std::function<writer_watch_config(std::size_t)> how_;
  std::vector<writer_watch_actor> writers_;
  std::vector<std::unique_ptr<shared_slots::hold>> taken_;  ///< given back at the run's end
};

}  // namespace millrace
