// A counter behind a lock.
#include "engine/schedule/shared_slots.hpp"

namespace millrace {

void shared_slots::bound(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
}

std::unique_ptr<shared_slots::hold> shared_slots::take() {
  const std::lock_guard lock(mutex_);
  ++taken_;
  return std::make_unique<hold>(shared_from_this());
}

std::unique_ptr<shared_slots::hold> shared_slots::try_take() {
  const std::lock_guard lock(mutex_);
  if (!has_room()) return nullptr;
  ++taken_;
  return std::make_unique<hold>(shared_from_this());
}

bool shared_slots::any_free() const {
  const std::lock_guard lock(mutex_);
  return has_room();
}

void shared_slots::give_back() {
  const std::lock_guard lock(mutex_);
  --taken_;
}

shared_slots::hold::~hold() {
  of_->give_back();
}

}  // namespace millrace
