// What is kept of a last run, and files that hold something else.
#include "engine/schedule/run_record.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a record comes back as it was written") {
  for (const outcome_kind kind : {outcome_kind::success, outcome_kind::throttled}) {
    const run_record record{time_point{1234567ms}, time_point{1234568ms}, kind, 7};
    const auto back = parse_run_record(text_of(record));
    REQUIRE(back);
    CHECK(back->begun == record.begun);
    CHECK(back->ended == record.ended);
    CHECK(back->outcome == kind);
    CHECK(back->failures == 7);
  }
  // A later version may know more.
  CHECK(
      parse_run_record("rows 7 begun 2026-11-30T10:00:00.000Z ended 2026-11-30T10:00:01.000Z "
                       "outcome partial\n"));
}

TEST_CASE("what is no record tells nothing of a last run") {
  for (const char* text :
       {"", "\n", "begun", "begun 2026-11-30T10:00:00.000Z", "begun x ended y outcome success",
        "begun 2026-11-30T10:00:00.000Z ended 2026-11-30T10:00:01.000Z outcome fine",
        "begun 2026-11-30T10:00:01.000Z ended 2026-11-30T10:00:00.000Z outcome success"})
    CHECK_FALSE(parse_run_record(text));
  CHECK_FALSE(parse_run_record(std::string(1000, '\0')));
}

}  // namespace
}  // namespace millrace
