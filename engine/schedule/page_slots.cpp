// A counter behind a lock.
#include "engine/schedule/page_slots.hpp"

namespace millrace {

std::unique_ptr<page_slots::hold> page_slots::take() {
  const std::lock_guard lock(mutex_);
  ++taken_;
  return std::make_unique<hold>(shared_from_this());
}

std::unique_ptr<page_slots::hold> page_slots::try_take() {
  const std::lock_guard lock(mutex_);
  if (taken_ >= limit_) return nullptr;
  ++taken_;
  return std::make_unique<hold>(shared_from_this());
}

bool page_slots::any_free() const {
  const std::lock_guard lock(mutex_);
  return taken_ < limit_;
}

void page_slots::give_back() {
  const std::lock_guard lock(mutex_);
  --taken_;
}

page_slots::hold::~hold() {
  of_->give_back();
}

}  // namespace millrace
