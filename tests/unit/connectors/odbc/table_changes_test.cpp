// I11: tables that follow their source, on real SQLite files.
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

#include <optional>

namespace {

using namespace millrace;
using namespace sqlite_leads;

/// What the table of leads is to be filled with.
std::optional<checkpoint> owed(warehouse& house) {
  const auto known = house.read_checkpoints();
  REQUIRE(known.has_value());
  for (const checkpoint& c : *known)
    if (c.collection == "leads/history") return c;
  return {};
}

TEST_CASE_FIXTURE(fixture, "I11: a new column is added, and from then on its history is owed") {
  const auto house = ready();
  const checkpoint position = position_at("2024-01-02 03:00:00.000");
  REQUIRE(
      house
          ->write({batch_of(leads_table(), {{"1", "Ada"}}).get(), merge_mode::changed, &position},
                  first_write)
          .has_value());
  const auto planned = house->plan_table(*leads_table(true));
  REQUIRE(planned.has_value());
  CHECK(planned->add_columns == std::vector<std::string>{"wish_c"});
  CHECK(positions(*house).size() == 1);  // planning changes nothing
  REQUIRE(house->ensure_table(*leads_table(true), first_write).has_value());
  CHECK(positions(*house).front().cursor == position.cursor);
  REQUIRE(owed(*house));
  CHECK_FALSE(owed(*house)->complete);
  CHECK(owed(*house)->columns == std::vector<std::string>{"wish_c"});
  CHECK(read_back(file, "SELECT name, wish_c FROM leads").at(0) ==
        std::vector<std::string>{"Ada", "NULL"});
  // The same table again is no change, and one that knows less leaves the column alone.
  CHECK(house->ensure_table(*leads_table(true), first_write)->none());
  CHECK(house->ensure_table(*leads_table(), first_write)->none());
}

TEST_CASE_FIXTURE(fixture, "I11: a column that was not filled for a while is owed what it missed") {
  auto house = ready(leads_table(true));
  CHECK_FALSE(owed(*house));
  // A field that is hidden, and shown again by a later run: nobody knows what was changed.
  REQUIRE(house->ensure_table(*leads_table(), first_write).has_value());
  CHECK_FALSE(owed(*house));
  house = open();
  CHECK(house->plan_table(*leads_table(true))->owed == std::vector<std::string>{"wish_c"});
  CHECK_FALSE(owed(*house));
  REQUIRE(house->ensure_table(*leads_table(true), first_write).has_value());
  REQUIRE(owed(*house));
  CHECK(owed(*house)->columns == std::vector<std::string>{"wish_c"});
  // Of another type: another text for the same.
  auto other = std::make_shared<table_schema>(*leads_table(true));
  other->columns[1].type = value_type::date;
  house = open();
  const auto change = house->ensure_table(*other, first_write);
  CHECK(change->owed == std::vector<std::string>{"name"});
  CHECK(owed(*house)->columns == std::vector<std::string>{"wish_c", "name"});
  CHECK(house->ensure_table(*other, first_write)->owed.empty());
  // What the columns were made for stays true when everything is read again.
  CHECK(*house->forget({"leads"}) == 0);
  CHECK_FALSE(owed(*house));
  CHECK(house->ensure_table(*leads_table(true), first_write)->owed ==
        std::vector<std::string>{"name"});
}

TEST_CASE_FIXTURE(fixture, "I11: a field that got a column of its own keeps it in later runs") {
  ready();
  auto other = std::make_shared<table_schema>(*leads_table());
  other->columns[3].type = value_type::text;
  other->on_type_change = type_change_policy::new_column;
  const auto replaced = open()->ensure_table(*other, first_write);
  REQUIRE(replaced.has_value());
  REQUIRE(replaced->add_columns.size() == 1);
  const auto later = open()->ensure_table(*other, first_write);
  REQUIRE(later.has_value());
  CHECK(later->add_columns.empty());
  CHECK(later->columns[3].name == replaced->add_columns[0]);
  for (const notice& n : later->notices)
    CHECK(n.code != "column_replaced");
}

TEST_CASE_FIXTURE(fixture, "I11: a column whose type somebody changed is left alone and told of") {
  auto house = open();
  run_sql(file, "CREATE TABLE leads (id TEXT PRIMARY KEY, name BLOB)");
  house = ready();
  const auto change = house->plan_table(*leads_table());
  REQUIRE(change.has_value());
  REQUIRE(change->notices.size() == 1);
  CHECK(change->notices.front().text.find("BLOB") != std::string::npos);
}

}  // namespace
