// A handful of writers: a list is enough.
#include "actors/writer_lane.hpp"

#include <algorithm>

namespace millrace {

void writer_lane::add() {
  writers_.push_back(spawn_writer_watch(self_->system(), how_(writers_.size())));
  self_->monitor(writers_.back());
}

void writer_lane::grow(std::size_t writers, const std::shared_ptr<shared_slots>& left) {
  while (writers_.size() < writers) {
    if (left) {
      auto connection = left->try_take();
      if (!connection) return;
      taken_.push_back(std::move(connection));
    }
    add();
  }
}

bool writer_lane::take(const caf::actor_addr& dead) {
  return std::erase_if(writers_, [&](const writer_watch_actor& w) { return w.address() == dead; }) >
         0;
}

void writer_lane::stop() {
  for (const writer_watch_actor& w : writers_)
    self_->send_exit(w, caf::exit_reason::user_shutdown);
}

void writer_lane::abandon() {
  for (const writer_watch_actor& w : writers_)
    self_->send(w, atom::abandon_v);
}

}  // namespace millrace
