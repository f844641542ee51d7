// The warehouse behind ODBC, on real SQLite files. What was written is read back by the sqlite3 C
// API.
#include "engine/sql/dialect_file.hpp"
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

#include <array>
#include <fstream>

namespace {

using namespace millrace;
using namespace sqlite_leads;

TEST_CASE_FIXTURE(fixture, "looking at a database that does not exist creates nothing") {
  const auto house = open();
  CHECK(house->facts().dbms_name == "SQLite");
  CHECK(positions(*house).empty());
  const auto change = house->plan_table(*leads_table());
  REQUIRE(change.has_value());
  CHECK(change->create);
  CHECK(std::filesystem::is_empty(place.path));
}

TEST_CASE_FIXTURE(fixture, "I1: rows and the checkpoint that covers them are there together") {
  const auto house = ready();
  const checkpoint position = position_at("2024-01-02 03:00:00.000");
  REQUIRE(house
              ->write({batch_of(leads_table(), {{"1", "Ada"}, {"2", "Bob"}}).get(),
                       merge_mode::first_load, &position},
                      first_write)
              .has_value());
  CHECK(read_back(file, "SELECT id, name FROM leads ORDER BY id") ==
        std::vector<std::vector<std::string>>{{"1", "Ada"}, {"2", "Bob"}});
  const auto again = open();
  const auto found = positions(*again);
  REQUIRE(found.size() == 1);
  CHECK(found.front().cursor == position.cursor);
  CHECK(found.front().complete);
  CHECK(found.front().rows == 7);
}

TEST_CASE_FIXTURE(fixture, "I1: a batch that fails leaves neither rows nor a checkpoint") {
  const auto house = ready();
  run_sql(file,
          "CREATE TRIGGER no BEFORE INSERT ON leads WHEN CAST(NEW.id AS INTEGER) > 70 BEGIN SELECT "
          "RAISE(ABORT, 'no'); END");
  std::vector<lead> leads;
  leads.reserve(300);
  for (int i = 0; i < 300; ++i)
    leads.push_back({std::to_string(i), "x"});  // several statements: the second one fails
  const checkpoint position = position_at("2024-01-02 03:00:00.000");
  const auto done = house->write(
      {batch_of(leads_table(), leads).get(), merge_mode::changed, &position}, first_write);
  REQUIRE(!done.has_value());
  CHECK(done.error().code == errc::warehouse_value);
  CHECK(read_back(file, "SELECT count(*) FROM leads").at(0).at(0) == "0");
  CHECK(positions(*house).empty());
  CHECK(write(*house, {{"1", "Ada"}}).rows_written == 1);  // the connection is usable
}

TEST_CASE_FIXTURE(fixture, "I1: batches that commit together have one fate") {
  const auto house = ready();
  const batch_ptr first = batch_of(leads_table(), {{"1", "Ada"}, {"2", "Bob"}});
  const batch_ptr second = batch_of(leads_table(), {{"2", "Bo"}, {"3", "Cy"}});
  const checkpoint early = position_at("2024-01-02 03:00:00.000");
  const checkpoint late = position_at("2024-01-02 04:00:00.000");
  run_sql(file,
          "CREATE TRIGGER no BEFORE INSERT ON leads WHEN NEW.id='3' BEGIN SELECT RAISE(ABORT, "
          "'no'); END");
  const std::vector<batch_write> both{{first.get(), merge_mode::changed, &early},
                                      {second.get(), merge_mode::changed, &late}};
  CHECK(!house->write_together(both, first_write).has_value());
  CHECK(read_back(file, "SELECT count(*) FROM leads").at(0).at(0) == "0");
  CHECK(positions(*house).empty());
  run_sql(file, "DROP TRIGGER no");
  const auto done = house->write_together(both, first_write);
  REQUIRE(done.has_value());
  REQUIRE(done->size() == 2);
  CHECK(done->at(0).rows == 2);
  CHECK(done->at(1).rows == 2);
  CHECK(read_back(file, "SELECT id, name FROM leads ORDER BY id") ==
        std::vector<std::vector<std::string>>{{"1", "Ada"}, {"2", "Bo"}, {"3", "Cy"}});
  CHECK(positions(*house).front().cursor == late.cursor);
}

TEST_CASE_FIXTURE(fixture, "each of the batches that commit together brings its own rows") {
  const auto house = ready();
  std::vector<batch_ptr> batches;
  for (int i = 0; i < 6; ++i) {
    std::vector<lead> leads;
    leads.reserve(120);
    for (int row = 0; row < 20 * i; ++row)  // the first one has none
      leads.push_back({std::to_string(100 * i + row), "of " + std::to_string(i)});
    if (i == 3) leads.push_back(leads.front());
    batches.push_back(batch_of(leads_table(), leads));
  }
  std::vector<batch_write> orders;
  orders.reserve(batches.size());
  for (const batch_ptr& b : batches)
    orders.push_back({b.get(), merge_mode::changed, nullptr});
  const auto done = house->write_together(orders, first_write);
  REQUIRE(done.has_value());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    CHECK(done->at(i).rows == 20 * i);
    CHECK(done->at(i).rows_written == 20 * i);
    const std::string name = "of " + std::to_string(i);
    CHECK(read_back(file, "SELECT count(*) FROM leads WHERE name='" + name +
                              "' AND id / 100 = " + std::to_string(i))
              .at(0)
              .at(0) == std::to_string(20 * i));
  }
}

TEST_CASE_FIXTURE(fixture, "a batch without rows commits its checkpoint alone") {
  const auto house = ready();
  const checkpoint position = position_at("2024-01-02 03:00:00.000");
  REQUIRE(
      house->write({batch_of(leads_table(), {}).get(), merge_mode::changed, &position}, first_write)
          .has_value());
  CHECK(positions(*house).size() == 1);
}

TEST_CASE_FIXTURE(fixture, "I5: an older version never wins, whatever order batches arrive in") {
  for (const merge_mode mode : {merge_mode::changed, merge_mode::first_load}) {
    const auto house = ready();
    run_sql(file, "DELETE FROM leads");
    write(*house, {{"1", "new", "1", "2024-01-02 00:00:00.000"}}, mode);
    write(*house, {{"1", "old", "1", "2024-01-01 00:00:00.000"}}, mode);
    CHECK(name_of_lead("1") == "new");
    write(*house, {{"1", "newest", "1", "2024-01-03 00:00:00.000"}}, mode);
    CHECK(name_of_lead("1") == "newest");
  }
}

/// SQLite as a warehouse whose first loads insert, and fail where a key is there.
void let_first_loads_insert(fixture& of) {
  for (const sql::shipped_dialect& d : sql::shipped_dialects()) {
    if (d.name != "sqlite") continue;
    std::string text(d.text);
    const std::string section = "\n[merge]\n";
    const std::size_t at = text.find(section);
    REQUIRE(at != std::string::npos);
    text.insert(at + section.size(), "insert = \"INSERT INTO {table} ({columns}) {source}\"\n");
    const auto folder = of.place.path / "dialects";
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "sqlite.toml") << text;
    of.target.dialect_folders = {folder.string()};
  }
}

TEST_CASE_FIXTURE(fixture,
                  "I18: pages that a first load reads again meet the rows that are there") {
  let_first_loads_insert(*this);
  const auto house = ready();
  const std::string newer = "2024-01-03 00:00:00.000";
  const std::string older = "2024-01-01 00:00:00.000";
  CHECK(write(*house, {{"1", "a"}, {"2", "b"}}, merge_mode::first_load).rows_written == 2);
  const receipt again =
      write(*house, {{"1", "old", "1", older}, {"2", "new", "1", newer}, {"3", "c"}},
            merge_mode::first_load);
  CHECK(again.rows == 3);
  CHECK(again.rows_written == 2);
  CHECK(again.refused == 0);
  CHECK(again.quarantined == 0);
  CHECK(name_of_lead("1") == "a");
  CHECK(name_of_lead("2") == "new");
  CHECK(name_of_lead("3") == "c");
}

TEST_CASE_FIXTURE(
    fixture,
    "I5: of a key that is twice in a batch the newest version stands, the last of equals") {
  const auto house = ready();
  const receipt done = write(*house, {{"1", "new", "1", "2024-01-02 00:00:00.000"},
                                      {"1", "old", "1", "2024-01-01 00:00:00.000"},
                                      {"2", "first"},
                                      {"2", "second"}});
  CHECK(done.rows == 2);
  CHECK(name_of_lead("1") == "new");
  CHECK(name_of_lead("2") == "second");
}

TEST_CASE_FIXTURE(fixture, "two versions of one second are told apart by their cells") {
  const auto house = ready();
  write(*house, {{"1", "before"}});
  CHECK(write(*house, {{"1", "after"}}).rows_written == 1);
  CHECK(name_of_lead("1") == "after");
}

TEST_CASE_FIXTURE(fixture, "rows that did not change are not written") {
  const auto house = ready();
  std::vector<lead> leads;
  leads.reserve(120);
  for (int i = 0; i < 120; ++i)
    leads.push_back({std::to_string(i), "x"});
  CHECK(write(*house, leads).rows_written == 120);
  const auto before = read_back(file, "SELECT DISTINCT uuid_ts FROM leads");
  CHECK(write(*house, leads, merge_mode::changed, leads_table(), second_write).rows_written == 0);
  CHECK(read_back(file, "SELECT DISTINCT uuid_ts FROM leads") == before);
  leads[60].name = "y";
  CHECK(write(*house, leads, merge_mode::changed, leads_table(), second_write).rows_written == 1);
}

TEST_CASE_FIXTURE(fixture, "without a cursor field rows are written when a cell differs") {
  const table_ptr table = leads_table(false, false);
  const auto house = ready(table);
  write(*house, {{"1", "a"}, {"2", "b"}}, merge_mode::changed, table);
  CHECK(write(*house, {{"1", "a"}, {"2", "c"}}, merge_mode::changed, table).rows_written == 1);
}

TEST_CASE_FIXTURE(fixture, "I9: texts and decimals are kept as they are") {
  const auto house = ready();
  const std::array<std::string, 12> texts{
      "NA",   "null",          " ",           "'; DROP TABLE leads; --",
      "a\"b", "line\r\nbreak", "tab\t",       "{d '1'}",
      "?",    "emoji 😀🚀",      "back\\slash", std::string(131'072, 'x')};
  std::vector<lead> leads;
  for (std::size_t i = 0; i < texts.size(); ++i)
    leads.push_back({std::to_string(i), texts[i], "9999999999999999.99"});
  leads.push_back({"null", "", "0.01", "1700-01-01 00:00:00.000"});
  leads.push_back({"far", "x", "-12", "4000-12-31 23:59:59.999"});
  write(*house, leads);
  for (std::size_t i = 0; i < texts.size(); ++i)
    CHECK(name_of_lead(std::to_string(i)) == texts[i]);
  CHECK(name_of_lead("null") == "NULL");
  CHECK(read_back(file, "SELECT amount FROM leads WHERE id='0'").at(0).at(0) ==
        "9999999999999999.99");
  CHECK(read_back(file, "SELECT system_modstamp FROM leads WHERE id='far'").at(0).at(0) ==
        "4000-12-31 23:59:59.999");
  CHECK(read_back(file, "SELECT DISTINCT received_at, uuid_ts FROM leads").at(0) ==
        std::vector<std::string>{"2023-11-14 22:13:20.000", "2023-11-14 22:15:00.000"});
}

TEST_CASE_FIXTURE(fixture, "I17: names that try to be statements are names") {
  auto table = std::make_shared<table_schema>();
  table->collection = "x\"; DROP TABLE y; --";
  table->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                    {"order", "Order", "", value_type::text, 18, 0, 0},
                    {"a\"b; {table} ", "X", "", value_type::text, 18, 0, 0},
                    {"größe😀", "Y", "", value_type::text, 18, 0, 0}};
  const auto house = ready(table);
  batch_builder rows(table, {});
  for (std::size_t i = 0; i < 4; ++i)
    rows.at(i).append("v" + std::to_string(i));
  rows.end_row();
  REQUIRE(house->write({rows.take_rest().get(), merge_mode::changed, nullptr}, first_write)
              .has_value());
  CHECK(read_back(file, "SELECT \"order\", \"größe😀\" FROM \"x\"\"; DROP TABLE y; --\"").at(0) ==
        std::vector<std::string>{"v1", "v3"});
}

TEST_CASE_FIXTURE(fixture, "checkpoints are forgotten by name, or all") {
  const auto house = ready();
  for (const char* name : {"leads", "accounts"}) {
    checkpoint position = position_at("2024-01-02 03:00:00.000");
    position.collection = name;
    REQUIRE(house
                ->write({batch_of(leads_table(), {}).get(), merge_mode::changed, &position},
                        first_write)
                .has_value());
  }
  CHECK(*house->forget({"leads"}) == 1);
  CHECK(positions(*house).front().collection == "accounts");
  CHECK(*house->forget({}) == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "a table that loses a column while it is loaded keeps cells in their columns") {
  const auto house = ready(leads_table(true));
  const auto wide = leads_table(true);
  batch_builder full(wide, {});
  for (std::size_t c = 0; c < wide->columns.size(); ++c)
    full.at(c).append(c == 4 ? "2024-01-02 03:04:05.000" : c == 3 ? "1" : "7");
  full.end_row();
  REQUIRE(house->write({full.take_rest().get(), merge_mode::changed, nullptr}, first_write)
              .has_value());
  // Described again without `name`: the same table, one column less in the middle.
  auto narrow = std::make_shared<table_schema>(*wide);
  narrow->columns.erase(narrow->columns.begin() + 1);
  narrow->version = 3;
  REQUIRE(house->ensure_table(*narrow, first_write).has_value());
  batch_builder rows(narrow, {});
  rows.at(0).append("8");
  rows.at(1).append("12.5");
  rows.at(2).append("0");
  rows.at(3).append("2024-01-02 03:04:06.000");
  rows.at(4).append("wish");
  rows.end_row();
  REQUIRE(house->write({rows.take_rest().get(), merge_mode::changed, nullptr}, first_write)
              .has_value());
  CHECK(read_back(
            file,
            "SELECT name, amount, is_deleted, system_modstamp, wish_c FROM leads WHERE id='8'") ==
        std::vector<std::vector<std::string>>{
            {"NULL", "12.5", "0", "2024-01-02 03:04:06.000", "wish"}});
}

TEST_CASE_FIXTURE(fixture,
                  "I9: a decimal that got more digits than a double holds becomes a text") {
  auto narrow = std::make_shared<table_schema>(*leads_table());
  narrow->columns[2].precision = 10;
  const auto house = ready(narrow);
  write(*house, {{"1", "Ada", "1.5"}}, merge_mode::changed, narrow);
  const auto change = house->ensure_table(*leads_table(), first_write);
  REQUIRE(change.has_value());
  CHECK(change->widen_columns == std::vector<std::string>{"amount"});
  write(*house, {{"2", "Bob", "1234567890123456.78"}});
  CHECK(read_back(file, "SELECT amount, typeof(amount) FROM leads ORDER BY id") ==
        std::vector<std::vector<std::string>>{{"1.5", "text"}, {"1234567890123456.78", "text"}});
  CHECK(house->ensure_table(*leads_table(), first_write)->none());
}

TEST_CASE_FIXTURE(fixture,
                  "a table that millrace did not make is refused before anything changes") {
  const auto house = open();
  REQUIRE(house->open_schema().has_value());
  SUBCASE("without the key") {
    run_sql(file, "CREATE TABLE leads(id TEXT, foo TEXT)");
  }
  SUBCASE("a view") {
    run_sql(file, "CREATE VIEW leads AS SELECT 'x' AS id");
  }
  const auto before = read_back(file, "SELECT sql FROM sqlite_master ORDER BY name");
  const auto change = house->ensure_table(*leads_table(), first_write);
  REQUIRE(!change.has_value());
  CHECK(change.error().code == errc::table_conflict);
  CHECK(!change.error().advice.empty());
  CHECK(read_back(file, "SELECT sql FROM sqlite_master ORDER BY name") == before);
}

TEST_CASE_FIXTURE(fixture,
                  "some columns of rows that are there are merged, and nothing is inserted") {
  const auto house = ready();
  write(*house, {{"1", "Ada"}, {"2", "Bob"}});
  auto part = std::make_shared<table_schema>();
  part->collection = "leads";
  part->columns = {leads_table()->columns[0], leads_table()->columns[2]};
  part->key = 0;
  batch_builder rows(part, {});
  for (const auto& [id, amount] : {std::pair{"1", "9.5"}, {"2", "1.5"}, {"3", "4"}}) {
    rows.at(0).append(id);
    rows.at(1).append(amount);
    rows.end_row();
  }
  const auto done =
      house->write({rows.take_rest().get(), merge_mode::existing, nullptr}, second_write);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
  CHECK(done->rows_written == 1);
  CHECK(read_back(file, "SELECT id, name, amount FROM leads ORDER BY id") ==
        std::vector<std::vector<std::string>>{{"1", "Ada", "9.5"}, {"2", "Bob", "1.5"}});
}

TEST_CASE_FIXTURE(fixture,
                  "I5: some columns of a record are not merged into a row of a newer version") {
  const auto house = ready();
  write(*house, {{"1", "Ada"}, {"2", "Bob"}, {"3", "Cy"}});
  auto part = std::make_shared<table_schema>();
  part->collection = "leads";
  part->columns = {leads_table()->columns[0], leads_table()->columns[4], leads_table()->columns[2]};
  part->key = 0;
  part->version = 1;
  batch_builder rows(part, {});
  for (const auto& [id, stamp] : {std::pair{"1", "2024-01-02 03:04:04.999"},
                                  {"2", "2024-01-02 03:04:05.000"},
                                  {"3", "2024-01-02 03:04:05.001"}}) {
    rows.at(0).append(id);
    rows.at(1).append(stamp);
    rows.at(2).append("9.5");
    rows.end_row();
  }
  const auto done =
      house->write({rows.take_rest().get(), merge_mode::existing, nullptr}, second_write);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
  CHECK(done->rows_written == 2);
  // The other columns are still those of the version that is stored.
  CHECK(read_back(file, "SELECT amount, system_modstamp FROM leads ORDER BY id") ==
        std::vector<std::vector<std::string>>{{"1.5", "2024-01-02 03:04:05.000"},
                                              {"9.5", "2024-01-02 03:04:05.000"},
                                              {"9.5", "2024-01-02 03:04:05.000"}});
}

TEST_CASE_FIXTURE(fixture, "rows are removed by key, and keys that a list lacks are found") {
  const auto house = ready();
  write(*house, {{"1", "Ada"}, {"2", "Bob"}, {"3", "Cy"}});
  auto keys = std::make_shared<table_schema>();
  keys->collection = "_millrace_keys_leads";
  keys->columns = {leads_table()->columns[0]};
  keys->key = 0;
  for (int again = 0; again < 2; ++again)  // one that a broken run left behind is replaced
    REQUIRE(house->begin_keys(*keys).has_value());
  batch_builder there(keys, {});
  for (const char* id : {"2", "9"}) {
    there.at(0).append(id);
    there.end_row();
  }
  REQUIRE(house->write({there.take_rest().get(), merge_mode::first_load, nullptr}, first_write)
              .has_value());
  const auto compared = house->compare_keys(*leads_table(), *keys);
  REQUIRE(compared.has_value());
  CHECK(compared->vanished == std::vector<std::string>{"1", "3"});
  CHECK(compared->missing == std::vector<std::string>{"9"});
  CHECK(
      read_back(file, "SELECT name FROM sqlite_master WHERE name='_millrace_keys_leads'").empty());
  CHECK(*house->remove(*leads_table(), {"1", "3", "4"}) == 2);
  CHECK(read_back(file, "SELECT id FROM leads") == std::vector<std::vector<std::string>>{{"2"}});
}

TEST_CASE_FIXTURE(fixture, "where the table function cannot be loaded, plain statements serve") {
  target.connection_string += ";LoadExt=/no/such/file";
  const auto house = ready();
  const auto done = house->write(
      {batch_of(leads_table(), {{"1", "Ada"}}).get(), merge_mode::changed, nullptr}, first_write);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
  REQUIRE(done->notices.size() == 1);
  CHECK(done->notices[0].code == "loader_not_used");
  CHECK(name_of_lead("1") == "Ada");
}

TEST_CASE_FIXTURE(fixture, "examining a warehouse leaves nothing behind") {
  SUBCASE("before the file is there") {
    const auto found =
        open()->examine(std::chrono::floor<milliseconds>(std::chrono::system_clock::now()));
    REQUIRE(found.has_value());
    CHECK(std::filesystem::is_empty(place.path));
  }
  SUBCASE("afterwards") {
    const auto house = ready();
    const auto before = read_back(file, "SELECT name FROM sqlite_master ORDER BY name");
    const auto found =
        house->examine(std::chrono::floor<milliseconds>(std::chrono::system_clock::now()));
    REQUIRE(found.has_value());
    CHECK(found->size() >= 4);
    for (const warehouse_finding& f : *found)
      CHECK_MESSAGE(f.good, f.text);
    CHECK(read_back(file, "SELECT name FROM sqlite_master ORDER BY name") == before);
  }
}

TEST_CASE_FIXTURE(fixture, "a lock that another program holds is a passing fault with an advice") {
  target.connection_string += ";Timeout=50";
  const auto house = ready();
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto done = house->write(
      {batch_of(leads_table(), {{"1", "Ada"}}).get(), merge_mode::changed, nullptr}, first_write);
  REQUIRE(!done.has_value());
  CHECK(done.error().code == errc::warehouse_busy);
  CHECK(done.error().again == retry::later);
  CHECK(!done.error().advice.empty());
  REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  CHECK(write(*house, {{"1", "Ada"}}).rows_written == 1);
}

TEST_CASE_FIXTURE(fixture, "what cannot be opened is told with its cause, and no secret") {
  const auto fault = [&](const std::string& text) {
    target.connection_string = text;
    const auto house = odbc::open_warehouse(target);
    if (house) {
      const auto read = (*house)->read_checkpoints();
      REQUIRE(!read.has_value());
      return read.error();
    }
    return house.error();
  };
  const std::string here = place.path.string();
  error e = fault("Driver=NoSuchDriver;Database=x;PWD=hunter2");
  CHECK(e.code == errc::driver_missing);
  CHECK(e.advice.find("SQLite3") != std::string::npos);
  CHECK(to_string(e).find("hunter2") == std::string::npos);
  e = fault("Driver=SQLite3;Database=" + here + "/none/{schema}.db");
  CHECK(e.code == errc::warehouse_unreachable);
  CHECK(e.message.find(here + "/none") != std::string::npos);
  std::ofstream(place.path / "crm.db") << std::string(4096, 'x');
  e = fault("Driver=SQLite3;Database=" + here + "/{schema}.db");
  CHECK(e.code == errc::warehouse_refused);
  e = fault("not a connection string");
  CHECK(e.code == errc::config_invalid);
  target.dialect = "cobol";
  e = fault("Driver=SQLite3;Database=" + here + "/other.db");
  CHECK(e.code == errc::dialect_invalid);
}

TEST_CASE_FIXTURE(fixture, "a schema cannot lead out of its folder or into another key") {
  for (const char* schema : {"../crm", "a/b", "a;Driver=x", "{crm}", ""}) {
    target.schema = schema;
    CHECK(!odbc::open_warehouse(target).has_value());
  }
}

}  // namespace
