// Sums of what was granted, used and freed.
#include "actors/page_credit.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

std::uint64_t above_zero(std::int64_t bytes) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
}

}  // namespace

void page_credit::open(std::uint64_t page) {
  pages_[page].credit = std::exchange(spare_, 0);
}

std::uint64_t page_credit::begin(std::uint64_t page) {
  page_state& state = pages_[page];
  state.comes = true;
  return above_zero(state.credit);
}

void page_credit::arrived(std::uint64_t page, std::uint64_t bytes) {
  pages_[page].credit -= static_cast<std::int64_t>(bytes);
  in_flight_ += bytes;
}

void page_credit::close(std::uint64_t page) {
  const auto found = pages_.find(page);
  if (found == pages_.end()) return;
  spare_ += found->second.credit;
  pages_.erase(found);
}

void page_credit::freed(std::uint64_t bytes) {
  in_flight_ -= std::min(in_flight_, bytes);
}

page_credit::page_map::const_iterator page_credit::neediest() const {
  auto least = pages_.end();
  for (auto at = pages_.begin(); at != pages_.end(); ++at)
    if (at->second.comes && at->second.credit < static_cast<std::int64_t>(slice() / 2) &&
        (least == pages_.end() || at->second.credit < least->second.credit))
      least = at;
  return least;
}

std::optional<page_credit::meal> page_credit::feed() {
  const auto least = neediest();
  if (least == pages_.end() || spare_ <= 0) return {};
  const std::int64_t bytes = std::exchange(spare_, 0);
  pages_[least->first].credit += bytes;
  return meal{least->first, above_zero(bytes)};
}

std::int64_t page_credit::granted_to_pages() const {
  std::int64_t sum = 0;
  for (const auto& [page, state] : pages_)
    sum += state.credit;
  return sum;
}

bool page_credit::window_has_room() const {
  return in_flight_ == 0 || all() + slice() <= limits_.window_bytes;
}

std::uint64_t page_credit::take_spare() {
  if (spare_ <= 0) return 0;
  return above_zero(std::exchange(spare_, 0));
}

std::uint64_t page_credit::all() const {
  return in_flight_ + above_zero(spare_ + granted_to_pages());
}

}  // namespace millrace
