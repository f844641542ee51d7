// What a run sees of all its tables in one look, on real SQLite files.
#include "connectors/odbc/schema_survey.hpp"

#include "tests/unit/connectors/odbc/sqlite_leads.hpp"
#include "tests/unit/engine/sql/samples.hpp"

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

/// What is seen of tables when the survey's answer has these rows.
odbc::schema_survey seen_in(const folder& place, const std::string& rows) {
  auto dialect = std::make_shared<sql::dialect>(sql::shipped("sqlite"));
  dialect->survey = "WITH answer(t, c, y, k) AS (VALUES " + rows +
                    ") SELECT t, replace(c, '/', char(31)), replace(y, '/', char(31)),"
                    " replace(k, '/', char(31)) FROM answer";
  auto link = odbc::connection::open(
      "main", "Driver=SQLite3;Database=" + (place.path / "crm.db").string(), dialect);
  REQUIRE(link.has_value());
  odbc::schema_survey out(dialect, "crm");
  out.look(**link, "leads", {});
  return out;
}

TEST_CASE("a row of the survey stands for one column, or for all of its table") {
  const folder place;
  const std::map<std::string, std::string> wanted{{"id", "text"}, {"name", "varchar(80)"}};
  for (const char* rows : {"('leads','ID','text','1'),('leads','Name','varchar(80)','0')",
                           "('leads','Name/ID','varchar(80)/text','0/1')"}) {
    auto seen = seen_in(place, rows);
    const auto leads = seen.take("leads");
    REQUIRE(leads);
    CHECK(leads->columns == wanted);
    CHECK(leads->key == std::vector<std::string>{"id"});
  }
}

TEST_CASE("I11: of a table whose columns cannot be told apart nothing was seen") {
  const folder place;
  auto seen = seen_in(place,
                      "('leads','a','text','1'),('leads','b/c','text','0'),"
                      "('leads','d','text','0'),('cases','id','text','1')");
  CHECK_FALSE(seen.take("leads"));
  CHECK(seen.take("cases"));
}

}  // namespace
