// Counters behind locks.
#include "engine/schedule/writer_threads.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

milliseconds silence_longest(milliseconds statement_timeout) {
  constexpr milliseconds least{20'000};  // a connection may take 15 s
  constexpr milliseconds most{90'000};   // beyond what drivers are told for a commit
  return statement_timeout + std::clamp(statement_timeout, least, most);
}

writer_thread::writer_thread(std::shared_ptr<writer_threads> of, std::string warehouse)
    : of_(std::move(of)), warehouse_(std::move(warehouse)) {}

writer_thread::~writer_thread() {
  if (given_up_) of_->remove(warehouse_);
}

bool writer_thread::goes_on(std::string_view doing) {
  const std::lock_guard lock(mutex_);
  ++signs_;
  doing_ = doing;
  return !given_up_;
}

bool writer_thread::goes_on() {
  const std::lock_guard lock(mutex_);
  ++signs_;
  return !given_up_;
}

std::uint64_t writer_thread::signs_of_life() const {
  const std::lock_guard lock(mutex_);
  return signs_;
}

std::string writer_thread::doing() const {
  const std::lock_guard lock(mutex_);
  return doing_;
}

void writer_thread::give_up() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(given_up_, true)) return;
  }
  of_->add(warehouse_);
}

bool writer_thread::given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

std::size_t writer_threads::stuck() const {
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (const auto& [warehouse, count] : stuck_)
    all += count;
  return all;
}

std::size_t writer_threads::stuck(const std::string& warehouse) const {
  const std::lock_guard lock(mutex_);
  const auto found = stuck_.find(warehouse);
  return found == stuck_.end() ? 0 : found->second;
}

void writer_threads::add(const std::string& warehouse) {
  const std::lock_guard lock(mutex_);
  ++stuck_[warehouse];
}

void writer_threads::remove(const std::string& warehouse) {
  const std::lock_guard lock(mutex_);
  const auto found = stuck_.find(warehouse);
  if (found != stuck_.end() && --found->second == 0) stuck_.erase(found);
}

}  // namespace millrace
