// What a run sees of all its tables in one look, on real SQLite files.
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

namespace {

using namespace millrace;
using namespace sqlite_leads;

struct surveyed : fixture {
  /// A run that finds a table of an earlier one.
  std::unique_ptr<warehouse> next_run() {
    auto house = open();
    positions(*house);
    REQUIRE(house->open_schema().has_value());
    return house;
  }
};

TEST_CASE_FIXTURE(surveyed, "I11: what was seen counts once, and then the table is asked anew") {
  write(*ready(), {{"1", "Ada"}});
  const auto house = next_run();
  const auto changed = house->ensure_table(*leads_table(true), first_write);
  REQUIRE(changed.has_value());
  CHECK(changed->add_columns == std::vector<std::string>{"wish_c"});
  CHECK(house->table_is_empty(*leads_table()) == false);
  CHECK(house->ensure_table(*leads_table(true), first_write)->none());
  run_sql(file, "DELETE FROM leads");
  CHECK(house->table_is_empty(*leads_table()) == true);
}

TEST_CASE_FIXTURE(surveyed, "a table that was emptied, or dropped, between two runs is seen so") {
  write(*ready(), {{"1", "Ada"}});
  SUBCASE("emptied") {
    run_sql(file, "DELETE FROM leads");
    const auto house = next_run();
    CHECK(house->ensure_table(*leads_table(), first_write)->none());
    CHECK(house->table_is_empty(*leads_table()) == true);
  }
  SUBCASE("dropped") {
    run_sql(file, "DROP TABLE leads");
    const auto house = next_run();
    CHECK(house->ensure_table(*leads_table(), first_write)->create);
    CHECK(house->table_is_empty(*leads_table()) == true);
    write(*house, {{"2", "Bob"}});
    CHECK(house->table_is_empty(*leads_table()) == false);
  }
}

TEST_CASE_FIXTURE(surveyed, "a table without its key is refused, however it is looked at") {
  ready();
  run_sql(file, "DROP TABLE leads; CREATE TABLE leads (id text, name text)");
  const auto house = next_run();
  const auto done = house->ensure_table(*leads_table(), first_write);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::table_conflict);
}

TEST_CASE_FIXTURE(surveyed, "I6: a table that cannot be looked at leaves the others alone") {
  write(*ready(), {{"1", "Ada"}});
  auto other = std::make_shared<table_schema>(*leads_table());
  other->collection = "others";
  REQUIRE(open()->ensure_table(*other, first_write).has_value());
  run_sql(file, "DROP TABLE others; CREATE VIEW others AS SELECT * FROM nowhere");
  const auto house = next_run();
  CHECK_FALSE(house->ensure_table(*other, first_write).has_value());
  CHECK(house->ensure_table(*leads_table(), first_write)->none());
  CHECK(house->table_is_empty(*leads_table()) == false);
}

}  // namespace
