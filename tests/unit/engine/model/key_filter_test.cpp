// Keys that were seen are known; of others nearly all are known not to have been.
#include "engine/model/key_filter.hpp"

#include <doctest/doctest.h>

#include <string>

namespace millrace {
namespace {

/// Ids as an org gives them: one after another.
std::string id_of(int number) {
  std::string digits = std::to_string(number);
  return "00Q" + std::string(12 - digits.size(), '0') + digits + "AAA";
}

TEST_CASE("what was added is there for certain, and hardly anything else seems to be") {
  constexpr int many = 200'000;
  key_filter filter;
  CHECK_FALSE(filter.may_have(id_of(0)));
  for (int i = 0; i < many; ++i)
    filter.add(id_of(i));
  int lost = 0;
  int taken_for_seen = 0;
  for (int i = 0; i < many; ++i) {
    lost += filter.may_have(id_of(i)) ? 0 : 1;
    taken_for_seen += filter.may_have(id_of(many + i)) ? 1 : 0;
  }
  CHECK(lost == 0);
  CHECK(taken_for_seen < many / 1000);
}

}  // namespace
}  // namespace millrace
