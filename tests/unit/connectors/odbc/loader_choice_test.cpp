// Which loader a warehouse gets.
#include "connectors/odbc/loader_choice.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace millrace::odbc;

sql::dialect three_loaders() {
  sql::dialect d;
  d.title = "Mine";
  for (const auto kind : {sql::loader_kind::parameter_arrays, sql::loader_kind::multi_row,
                          sql::loader_kind::single_row}) {
    sql::loader_rule rule;
    rule.kind = kind;
    d.loaders.push_back(rule);
  }
  return d;
}

probe_outcome wrong(const char* why) {
  return {error{errc::warehouse_value, why, {}, retry::never, {}, {}}, 0};
}

TEST_CASE("the first loader that is right is taken, and no other is tried") {
  loader_choice choice;
  choice.offer(0, {{}, 50'000});
  CHECK(choice.settled());
  CHECK(choice.best() == 0U);
  CHECK(choice.notices(three_loaders()).empty());
}

TEST_CASE("a loader that changes values is passed over with a notice that says why") {
  loader_choice choice;
  choice.offer(0, wrong("a text came back as another value"));
  CHECK_FALSE(choice.settled());
  choice.offer(1, {{}, 50'000});
  CHECK(choice.settled());
  CHECK(choice.best() == 1U);
  const auto told = choice.notices(three_loaders());
  REQUIRE(told.size() == 1);
  CHECK(told[0].code == "loader_not_used");
  CHECK(told[0].text ==
        "the loader parameter_arrays of Mine is not used: a text came back as another value");
}

TEST_CASE("a bulk way that is as slow as single rows gives way to a much faster one") {
  loader_choice choice;
  choice.offer(0, {{}, 300});
  CHECK_FALSE(choice.settled());
  choice.offer(1, {{}, 900});
  choice.offer(2, {{}, 1000});  // not much faster
  CHECK(choice.best() == 1U);
  const auto told = choice.notices(three_loaders());
  REQUIRE(told.size() == 1);
  CHECK(told[0].text ==
        "the loader parameter_arrays of Mine is not used: it took 300 rows a "
        "second, and multi_row takes 900");
}

TEST_CASE("where every way is slow, as far away, the dialect's order stands") {
  loader_choice choice;
  choice.offer(0, {{}, 300});
  choice.offer(1, {{}, 400});
  choice.offer(2, {{}, 20});
  CHECK(choice.best() == 0U);
  CHECK(choice.notices(three_loaders()).empty());
}

TEST_CASE("no loader that is right: none, and the notices say what was wrong with each") {
  loader_choice choice;
  choice.offer(0, wrong("cut"));
  choice.offer(2, wrong("refused"));
  CHECK_FALSE(choice.best());
  CHECK(choice.notices(three_loaders()).size() == 2);
}

}  // namespace
