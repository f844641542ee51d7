// What a table refuses, on real SQLite files whose triggers refuse it.
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

namespace {

using namespace millrace;
using namespace sqlite_leads;
using rows = std::vector<std::vector<std::string>>;

struct strict_fixture : fixture {
  std::unique_ptr<warehouse> house;

  void begin(value_policy policy, const std::string& refuses) {
    target.refused_values = policy;
    house = ready();
    run_sql(file, "CREATE TRIGGER no_insert BEFORE INSERT ON leads WHEN " + refuses +
                      " BEGIN SELECT RAISE(ABORT, 'no such value'); END;"
                      "CREATE TRIGGER no_update BEFORE UPDATE ON leads WHEN " +
                      refuses + " BEGIN SELECT RAISE(ABORT, 'no such value'); END");
  }
  rows content() { return read_back(file, "SELECT id, name FROM leads ORDER BY id"); }
  rows kept() {
    return read_back(file,
                     "SELECT record, field, version, policy, part, value FROM _millrace_refused "
                     "ORDER BY id");
  }
};

TEST_CASE_FIXTURE(strict_fixture, "I9: a value that a column cannot hold is kept as text") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  const checkpoint position = position_at("2024-01-02 03:00:00.000");
  const batch_ptr batch = batch_of(leads_table(), {{"1", "Ada"}, {"2", "no"}, {"3", "Cy"}});
  for (int i = 0; i < 2; ++i) {  // a repeat leaves the same
    const auto done = house->write({batch.get(), merge_mode::changed, &position}, first_write);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
    CHECK(done->rows == 3);
    CHECK(done->rows_written == (i == 0 ? 3 : 0));
    CHECK(done->refused == 1);
    CHECK(done->quarantined == 0);
    REQUIRE(done->notices.size() == 1);
    const notice& told = done->notices.front();
    CHECK(told.collection == "leads");
    CHECK(told.code == "value_refused");
    CHECK(told.record == "2");
    CHECK(told.field == "Name");
    CHECK(told.text.find("record 2, field Name: ") == 0);
    CHECK(told.text.find("no such value") != std::string::npos);
    CHECK(content() == rows{{"1", "Ada"}, {"2", "NULL"}, {"3", "Cy"}});
    CHECK(kept() == rows{{"2", "Name", "2024-01-02 03:04:05.000", "keep_as_text", "1", "no"}});
    CHECK(positions(*house).size() == 1);  // I1
  }
}

TEST_CASE_FIXTURE(strict_fixture, "I9: where NULL is the policy the value is nowhere") {
  begin(value_policy::null_with_notice, "NEW.name='no'");
  const receipt done = write(*house, {{"1", "Ada"}, {"2", "no"}});
  CHECK(done.refused == 1);
  CHECK(content() == rows{{"1", "Ada"}, {"2", "NULL"}});
  CHECK(kept().at(0).at(3) == "null_with_notice");
  CHECK(kept().at(0).at(5) == "NULL");
}

TEST_CASE_FIXTURE(strict_fixture, "I9: a row in quarantine leaves the older one as it is") {
  begin(value_policy::quarantine, "NEW.name='no'");
  write(*house, {{"2", "Bob"}});
  const receipt done =
      write(*house, {{"1", "Ada"}, {"2", "no", "2.5", "2024-01-02 05:00:00.000"}, {"3", "no"}});
  CHECK(done.rows == 3);
  CHECK(done.refused == 0);
  CHECK(done.quarantined == 2);
  CHECK(done.notices.at(0).code == "row_quarantined");
  CHECK(content() == rows{{"1", "Ada"}, {"2", "Bob"}});
  const std::string record =
      R"({"Id":"2","Name":"no","Amount":"2.5","IsDeleted":"0","SystemModstamp":"2024-01-02 05:00:00.000"})";
  CHECK(kept().at(0) == std::vector<std::string>{"2", "Name", "2024-01-02 05:00:00.000",
                                                 "quarantine", "1", record});
  CHECK(kept().size() == 2);
}

TEST_CASE_FIXTURE(strict_fixture, "I9: a row that no single value spoils goes to quarantine") {
  begin(value_policy::keep_as_text, "NEW.id='70'");
  std::vector<lead> leads;
  leads.reserve(200);
  for (int i = 0; i < 200; ++i)
    leads.push_back({std::to_string(i), "x"});
  const receipt done = write(*house, leads);
  CHECK(done.quarantined == 1);
  CHECK(done.refused == 0);
  CHECK(read_back(file, "SELECT count(*) FROM leads") == rows{{"199"}});
  CHECK(kept().at(0).at(0) == "70");
  CHECK(kept().at(0).at(1) == "NULL");
  CHECK(kept().at(0).at(3) == "quarantine");
}

TEST_CASE_FIXTURE(strict_fixture, "a census does not ask again for what is in quarantine") {
  begin(value_policy::quarantine, "NEW.name='no'");
  write(*house, {{"1", "Ada"}, {"2", "no"}});
  table_schema keys;
  keys.collection = "_millrace_keys_leads";
  keys.columns = {leads_table()->columns.front()};
  REQUIRE(house->begin_keys(keys).has_value());
  batch_builder held(std::make_shared<const table_schema>(keys), {100, 10'000});
  for (const char* key : {"1", "2", "3"}) {
    held.at(0).append(key);
    held.end_row();
  }
  REQUIRE(house->write({held.take_rest().get(), merge_mode::first_load, nullptr}, first_write)
              .has_value());
  const auto found = house->compare_keys(*leads_table(), keys);
  REQUIRE_MESSAGE(found.has_value(), (found ? "" : to_string(found.error())));
  CHECK(found->missing == std::vector<std::string>{"3"});
  CHECK(found->vanished.empty());
}

TEST_CASE_FIXTURE(strict_fixture, "of a record that is removed nothing is kept aside") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  write(*house, {{"1", "no"}, {"2", "no"}, {"3", "Cy"}});
  REQUIRE(kept().size() == 2);
  const auto gone = house->remove(*leads_table(), {"2", "3"});
  REQUIRE_MESSAGE(gone.has_value(), (gone ? "" : to_string(gone.error())));
  CHECK(*gone == 2);
  REQUIRE(kept().size() == 1);
  CHECK(kept().at(0).at(0) == "1");
}

/// The table of leads with hashes of these fields.
table_ptr hashing(const std::vector<std::string>& fields) {
  auto table = std::make_shared<table_schema>(*leads_table());
  for (table_column& c : table->columns)
    c.hashed = std::find(fields.begin(), fields.end(), c.source) != fields.end();
  return table;
}

TEST_CASE_FIXTURE(strict_fixture, "of a field that is hashed later on nothing is kept aside") {
  begin(value_policy::keep_as_text, "NEW.name='no' OR NEW.amount='13' OR NEW.id='4'");
  write(*house, {{"1", "no"}, {"2", "Bob", "13"}, {"3", "no", "13"}, {"4", "Dan"}});
  REQUIRE(kept().size() == 5);
  run_sql(file,
          "INSERT INTO _millrace_refused SELECT 'x', 'cases', record, field, version, policy, "
          "reason, part, value, hashed, received_at, uuid_ts FROM _millrace_refused "
          "WHERE record='1'");
  const auto gone = house->remove_concealed(*hashing({"Name"}));
  REQUIRE_MESSAGE(gone.has_value(), (gone ? "" : to_string(gone.error())));
  CHECK(*gone == 3);  // two names, and the row that is kept as a whole
  CHECK(read_back(file, "SELECT collection, record, field FROM _millrace_refused ORDER BY id") ==
        rows{{"leads", "2", "Amount"}, {"leads", "3", "Amount"}, {"cases", "1", "Name"}});
  CHECK(content().size() == 3);
  CHECK(*house->remove_concealed(*hashing({"Name"})) == 0);
}

TEST_CASE_FIXTURE(strict_fixture, "I9: what was hashed when it was kept aside stays") {
  begin(value_policy::keep_as_text, "NEW.name='a hash' OR NEW.id='4'");
  const table_ptr table = hashing({"Name"});
  batch_builder leads(table, {100, 10'000}, [](std::string_view) { return "a hash"; });
  for (const char* key : {"1", "4"}) {
    leads.at(0).append(key);
    leads.at(1).append("Ada");
    leads.at(4).append("2024-01-02 03:04:05.000");
    leads.end_row();
  }
  REQUIRE(house->write({leads.take_rest().get(), merge_mode::changed, nullptr}, first_write)
              .has_value());
  REQUIRE(kept().size() == 2);
  CHECK(*house->remove_concealed(*table) == 0);
  // The whole row holds an amount that is not hashed.
  CHECK(*house->remove_concealed(*hashing({"Name", "Amount"})) == 1);
  REQUIRE(kept().size() == 1);
  CHECK(kept().at(0).at(1) == "Name");
}

TEST_CASE_FIXTURE(strict_fixture, "a table of refused values of an older version gets its column") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  write(*house, {{"1", "no"}});
  house.reset();
  run_sql(file, "ALTER TABLE _millrace_refused DROP COLUMN hashed");
  house = open();
  REQUIRE(house->open_schema().has_value());
  SUBCASE("by who hides what is in it") {
    CHECK(house->remove_concealed(*hashing({"Name"})).value() == 1);
    CHECK(kept().empty());
  }
  SUBCASE("by who writes into it") {
    write(*house, {{"2", "no"}});
    CHECK(kept().size() == 2);
  }
}

TEST_CASE_FIXTURE(strict_fixture, "where nothing was ever refused there is nothing to conceal") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  write(*house, {{"1", "Ada"}});
  CHECK(house->remove_concealed(*leads_table()).value() == 0);
}

TEST_CASE_FIXTURE(strict_fixture,
                  "batches that commit together go one by one where one is refused") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  const batch_ptr good = batch_of(leads_table(), {{"1", "Ada"}});
  const batch_ptr bad = batch_of(leads_table(), {{"2", "no"}});
  CHECK(!house
             ->write_together({{good.get(), merge_mode::changed, nullptr},
                               {bad.get(), merge_mode::changed, nullptr}},
                              first_write)
             .has_value());
  CHECK(content().empty());
}

TEST_CASE_FIXTURE(strict_fixture, "the first load, too, goes on without what is refused") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  const auto done = house->write(
      {batch_of(leads_table(), {{"1", "Ada"}, {"2", "no"}}).get(), merge_mode::first_load, nullptr},
      first_write);
  REQUIRE(done.has_value());
  CHECK(done->refused == 1);
  CHECK(content() == rows{{"1", "Ada"}, {"2", "NULL"}});
}

TEST_CASE_FIXTURE(strict_fixture,
                  "a table that refuses everything fails the batch and keeps nothing") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  std::vector<lead> leads;
  leads.reserve(150);
  for (int i = 0; i < 150; ++i)
    leads.push_back({std::to_string(1000 + i), "no"});
  const auto done = house->write(
      {batch_of(leads_table(), leads).get(), merge_mode::changed, nullptr}, first_write);
  REQUIRE(!done.has_value());
  CHECK(done.error().code == errc::warehouse_value);
  CHECK(to_string(done.error()).find("record 1100") != std::string::npos);
  CHECK(content().empty());
  CHECK(write(*house, {{"1", "Ada"}}).rows_written == 1);  // the connection is usable
}

TEST_CASE_FIXTURE(strict_fixture,
                  "of many refused values the first ones are told, and all are kept") {
  begin(value_policy::keep_as_text, "NEW.name='no'");
  std::size_t told = 0;
  for (int page = 0; page < 3; ++page) {
    std::vector<lead> leads;
    leads.reserve(60);
    for (int i = 0; i < 60; ++i)
      leads.push_back({std::to_string(1000 + page * 60 + i), "no"});
    told += write(*house, leads).notices.size();
  }
  CHECK(told == 102);  // a hundred, and twice that there are more
  CHECK(kept().size() == 180);
}

TEST_CASE_FIXTURE(strict_fixture,
                  "I9: letters that are refused everywhere are kept as JSON escapes") {
  begin(value_policy::keep_as_text, "NEW.name LIKE 'n%'");
  write(*house, {{"1", "nobody"}});  // makes the table
  const std::string letters = "n\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80";
  run_sql(file,
          "CREATE TRIGGER no_letters BEFORE INSERT ON _millrace_refused WHEN instr(NEW.value, "
          "char(233)) BEGIN SELECT RAISE(ABORT, 'no such letter'); END");
  const receipt done = write(*house, {{"2", letters}, {"3", "Cy"}});
  CHECK(done.refused == 1);
  CHECK(content() == rows{{"1", "NULL"}, {"2", "NULL"}, {"3", "Cy"}});
  REQUIRE(kept().size() == 2);
  CHECK(kept().at(1).at(5) == "n\\u00e9 \\u20ac \\ud83d\\ude00");
}

}  // namespace
