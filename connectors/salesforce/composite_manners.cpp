// A few steps down, so that an org that takes none costs a few calls and no more.
#include "connectors/salesforce/composite_manners.hpp"

#include <algorithm>
#include <array>

namespace millrace::salesforce {
namespace {

constexpr std::array<std::size_t, 4> steps{10, 5, 2, 1};

}  // namespace

std::size_t fewer_than(std::size_t requests) {
  const auto lower =
      std::find_if(steps.begin(), steps.end(), [&](std::size_t step) { return step < requests; });
  return lower == steps.end() ? 1 : *lower;
}

void composite_manners::refused(std::size_t requests) {
  const std::size_t fewer = fewer_than(requests);
  // Two that learn at once may undo each other's step: the next refusal makes it again.
  if (describes_ > fewer) describes_ = fewer;
  if (queries_ > fewer) queries_ = fewer;
}

void composite_manners::refused_queries(std::size_t queries) {
  const std::size_t fewer = fewer_than(queries);
  if (queries_ > fewer) queries_ = fewer;
}

void composite_manners::refuses_all() {
  describes_ = 1;
  queries_ = 1;
}

}  // namespace millrace::salesforce
