// When a table differs from its source, and what is said of it.
#include "engine/model/comparison.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

copy_comparison counts(std::uint64_t records, std::uint64_t rows, bool keeps_gone = false) {
  copy_comparison c;
  c.records = records;
  c.rows = rows;
  c.keeps_gone = keeps_gone;
  return c;
}

TEST_CASE("counts differ both ways; rows of records that are gone may stay by choice") {
  CHECK_FALSE(differs(counts(3, 3)));
  CHECK(differs(counts(3, 2)));
  CHECK(differs(counts(3, 4)));
  CHECK_FALSE(differs(counts(3, 4, true)));
  CHECK(differs(counts(3, 2, true)));
}

TEST_CASE("equal counts may hide what only a look at each record shows") {
  copy_comparison c = counts(3, 3);
  c.cells.emplace().changed_since = 2;
  CHECK_FALSE(differs(c));
  c.cells->differing.add("001");
  CHECK(differs(c));
  c = counts(3, 3);
  c.cells.emplace().missing.add("001");
  CHECK(differs(c));
  c = counts(3, 4, true);
  c.cells.emplace().surplus.add("001");
  CHECK_FALSE(differs(c));
  c.keeps_gone = false;
  CHECK(differs(c));
}

TEST_CASE("what differs is named within a bound, with what it may mean and what to do") {
  copy_comparison c = counts(100, 101);
  c.deletions_asked = time_point{};
  c.cells.emplace();
  for (int i = 0; i < 30; ++i)
    c.cells->surplus.add("key" + std::to_string(i));
  CHECK(c.cells->surplus.count == 30);
  CHECK(c.cells->surplus.keys.size() == odd_ones::named_max);
  const error why = difference_of(c, "acme/leads");
  CHECK(why.code == errc::copy_differs);
  CHECK(exit_code_of(why.code) == 3);
  CHECK(
      why.message.starts_with("the source has 100 records and the table 101 rows of records that "
                              "are there; 30 rows without a record: key0, key1, "));
  CHECK(why.message.ends_with("key19 .."));
  CHECK(why.advice.find("changed in the source since the last run") != std::string::npos);
  CHECK(why.advice.find("deleted for good after 1970-01-01 00:00:00.000") != std::string::npos);
  CHECK(why.advice.find("`millrace sync --full acme/leads`") != std::string::npos);
}

}  // namespace
}  // namespace millrace
