// What a run is called.
#include "engine/model/run_id.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

TEST_CASE("a run is named by its pipeline and the moment of its begin") {
  const time_point begin = *parse_timestamp("2026-11-30T13:10:32.123Z");
  CHECK(run_id("acme", begin) == "acme-20261130T131032123Z");
  CHECK(run_id("acme", begin) < run_id("acme", begin + milliseconds{1}));
}

}  // namespace
}  // namespace millrace
