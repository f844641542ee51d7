// What runs leave in their schema, on real SQLite files.
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

namespace {

using namespace millrace;
using namespace sqlite_leads;
using namespace std::chrono_literals;

using rows = std::vector<std::vector<std::string>>;

const time_point noon = *parse_timestamp("2026-11-30T12:00:00.000Z");

kept_run run_of(const std::string& name, time_point started, const std::string& collection = "",
                const std::string& pipeline = "acme") {
  kept_run r;
  r.run = name;
  r.pipeline = pipeline;
  r.collection = collection;
  r.started = started;
  r.ended = started + 1500ms;
  r.outcome = "success";
  return r;
}

kept_notice notice_of(const std::string& run, time_point told, const std::string& text) {
  return {run, "acme", "leads", told, "column_kept", text};
}

struct kept_fixture : fixture {
  std::unique_ptr<warehouse> house = open();
  kept_fixture() { REQUIRE(house->open_schema().has_value()); }

  void keep(const run_history& what) {
    const auto done = house->record(what, first_write);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
  }
  run_history read(const history_order& wanted) {
    auto found = house->read_history(wanted);
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : to_string(found.error())));
    return std::move(*found);
  }
};

TEST_CASE_FIXTURE(kept_fixture, "what a run came to is read back as it was, and by SQL") {
  run_history what;
  what.runs = {run_of("r1", noon), run_of("r1", noon, "leads")};
  kept_run& whole = what.runs[0];
  whole.outcome = "partial";
  whole.exit_code = 3;
  whole.records = 9'007'199'254'740'993;
  whole.rows_written = 2;
  whole.deleted = 3;
  whole.requests = 4;
  whole.calls = 5;
  whole.error_code = "interrupted";
  whole.error = "it's \"ended\" 😀";
  whole.collections = 6;
  whole.skipped_ticks = 7;
  whole.notices_of = "r1";
  what.runs[1].object = "Lead";
  what.notices = {notice_of("r1", noon, "one"), notice_of("r1", noon, "two")};
  what.notices[1].record = "00Q1";
  what.notices[1].field = "Fax";
  keep(what);

  const run_history found = read({"acme", "", 20});
  REQUIRE(found.runs.size() == 2);
  const kept_run& r = found.runs[0];
  CHECK(r.run == "r1");
  CHECK(r.pipeline == "acme");
  CHECK(r.collection.empty());
  CHECK(r.started == noon);
  CHECK(r.ended == noon + 1500ms);
  CHECK(r.outcome == "partial");
  CHECK(r.exit_code == 3);
  CHECK(r.records == 9'007'199'254'740'993);
  CHECK(r.rows_written == 2);
  CHECK(r.deleted == 3);
  CHECK(r.requests == 4);
  CHECK(r.calls == 5);
  CHECK(r.error_code == "interrupted");
  CHECK(r.error == whole.error);
  CHECK(r.collections == 6);
  CHECK(r.skipped_ticks == 7);
  CHECK(r.notices_of == "r1");
  CHECK(found.runs[1].collection == "leads");
  CHECK(found.runs[1].object == "Lead");
  REQUIRE(found.notices.size() == 2);
  CHECK(found.notices[0].text == "one");
  CHECK(found.notices[0].code == "column_kept");
  CHECK(found.notices[0].collection == "leads");
  CHECK(found.notices[0].told == noon);
  CHECK(found.notices[1].record == "00Q1");
  CHECK(found.notices[1].field == "Fax");
  CHECK(read_back(file,
                  "SELECT id, collection, exit_code, started_at FROM _millrace_runs ORDER BY id") ==
        rows{{"r1", "NULL", "3", "2026-11-30 12:00:00.000"},
             {"r1/leads", "leads", "NULL", "2026-11-30 12:00:00.000"}});
  // After a commit whose fate was unknown.
  keep(what);
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_runs") == rows{{"2"}});
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_notices") == rows{{"2"}});
}

TEST_CASE_FIXTURE(kept_fixture, "the last runs come first, each with its parts and its notices") {
  for (int i = 0; i < 5; ++i) {
    const std::string name = "r" + std::to_string(i);
    run_history what;
    what.runs = {run_of(name, noon + std::chrono::hours(i)),
                 run_of(name, noon + std::chrono::hours(i), i % 2 == 0 ? "leads" : "cases")};
    what.runs[1].object = i % 2 == 0 ? "Lead" : "Case";
    for (kept_run& r : what.runs)
      r.notices_of = i < 3 ? "r0" : "r3";
    if (i == 0 || i == 3) what.notices = {notice_of(name, noon, "of " + name)};
    keep(what);
  }
  keep({{run_of("other", noon + 9h, "", "beta")}, {}, {}, {}});

  const auto names = [](const run_history& h) {
    std::string out;
    for (const kept_run& r : h.runs)
      out += r.run + (r.collection.empty() ? " " : "/" + r.collection + " ");
    return out;
  };
  CHECK(names(read({"acme", "", 2})) == "r4 r4/leads r3 r3/cases ");
  CHECK(read({"acme", "", 2}).notices.size() == 1);
  CHECK(read({"acme", "", 3}).notices.size() == 2);
  CHECK(names(read({"acme", "", 500})) ==
        "r4 r4/leads r3 r3/cases r2 r2/leads r1 r1/cases r0 r0/leads ");
  CHECK(names(read({"beta", "", 500})) == "other ");
  CHECK(names(read({"nobody", "", 500})).empty());
  // Of one collection, by any of its names.
  for (const char* word : {"leads", "Lead", "LEADS"})
    CHECK(names(read({"acme", word, 2})) == "r4/leads r2/leads ");
  const run_history cases = read({"acme", "case", 9});
  CHECK(names(cases) == "r3/cases r1/cases ");
  CHECK(cases.notices.empty());  // they are of leads
  CHECK(read({"acme", "leads", 9}).notices.size() == 2);
}

TEST_CASE_FIXTURE(kept_fixture,
                  "rows of runs that are older than is wanted go, of that pipeline alone") {
  for (const char* pipeline : {"acme", "beta"})
    for (int day = 0; day < 5; ++day) {
      const std::string name = std::string(pipeline) + std::to_string(day);
      const time_point then = noon + std::chrono::hours(24 * day);
      run_history what;
      what.runs = {run_of(name, then, "", pipeline), run_of(name, then, "leads", pipeline)};
      what.notices = {notice_of(name, then, "text")};
      what.notices[0].pipeline = pipeline;
      keep(what);
    }
  run_history last;
  last.runs = {run_of("acme5", noon + 24h * 5)};
  last.remove_before = noon + 24h * 3;
  keep(last);
  CHECK(
      read_back(file, "SELECT DISTINCT run FROM _millrace_runs WHERE pipeline='acme' ORDER BY 1") ==
      rows{{"acme3"}, {"acme4"}, {"acme5"}});
  // Runs of the day after may refer to them.
  CHECK(read_back(file, "SELECT run FROM _millrace_notices WHERE pipeline='acme' ORDER BY 1") ==
        rows{{"acme2"}, {"acme3"}, {"acme4"}});
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_runs WHERE pipeline='beta'") ==
        rows{{"10"}});
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_notices WHERE pipeline='beta'") ==
        rows{{"5"}});
}

TEST_CASE_FIXTURE(kept_fixture,
                  "a record has one fate: what cannot be written whole is not there") {
  keep({{run_of("r0", noon)}, {}, {}, {}});
  run_sql(file,
          "CREATE TRIGGER no BEFORE INSERT ON _millrace_runs WHEN NEW.collection='leads' BEGIN "
          "SELECT RAISE(ABORT, 'no'); END");
  run_history what;
  what.runs = {run_of("r1", noon), run_of("r1", noon, "leads")};
  what.notices = {notice_of("r1", noon, "text")};
  what.note = position_at("2026-11-30 12:00:00.000");
  const auto refused = house->record(what, first_write);
  REQUIRE_FALSE(refused.has_value());
  for (const char* table : {"_millrace_notices", "_millrace_checkpoints"})
    CHECK(read_back(file, std::string("SELECT count(*) FROM ") + table) == rows{{"0"}});
  CHECK(read_back(file, "SELECT id FROM _millrace_runs") == rows{{"r0"}});
  run_sql(file, "DROP TRIGGER no");
  keep(what);
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_runs") == rows{{"3"}});
  CHECK(positions(*house).size() == 1);
}

TEST_CASE_FIXTURE(kept_fixture, "many rows are kept as few are") {
  run_history what;
  what.runs = {run_of("r1", noon)};
  for (int i = 0; i < 700; ++i)
    what.runs.push_back(run_of("r1", noon, "c" + std::to_string(i)));
  for (int i = 0; i < 1001; ++i)
    what.notices.push_back(notice_of("r1", noon, std::string(4000, 'x')));
  keep(what);
  CHECK(read_back(file, "SELECT count(*) FROM _millrace_runs") == rows{{"701"}});
  CHECK(read_back(file, "SELECT count(*), min(length(text)) FROM _millrace_notices") ==
        rows{{"1001", "4000"}});
}

TEST_CASE_FIXTURE(fixture, "a schema of an older version is read, and gets what it lacks") {
  run_sql(file, "CREATE TABLE leads (id TEXT PRIMARY KEY)");
  auto house = open();
  CHECK(house->read_history({"acme", "", 20})->runs.empty());
  // Tables with fewer columns: what is there is read, the rest is as if it were empty.
  run_sql(file,
          "CREATE TABLE _millrace_runs (id TEXT PRIMARY KEY, run TEXT, pipeline TEXT, started_at "
          "TEXT, mine TEXT); INSERT INTO _millrace_runs VALUES ('r0', 'r0', 'acme', '2026-11-29 "
          "12:00:00.000', 'kept')");
  const auto old = house->read_history({"acme", "", 20});
  REQUIRE(old.has_value());
  REQUIRE(old->runs.size() == 1);
  CHECK(old->runs[0].run == "r0");
  CHECK(old->runs[0].records == 0);
  REQUIRE(house->open_schema().has_value());
  REQUIRE(house->record({{run_of("r1", noon)}, {}, {}, {}}, first_write).has_value());
  CHECK(house->read_history({"acme", "", 20})->runs.size() == 2);
  CHECK(read_back(file, "SELECT mine FROM _millrace_runs ORDER BY id") == rows{{"kept"}, {"NULL"}});
}

TEST_CASE_FIXTURE(fixture, "a database that is not there has no history, and is not made") {
  const auto house = open();
  CHECK(house->read_history({"acme", "", 20})->runs.empty());
  CHECK(std::filesystem::is_empty(place.path));
}

}  // namespace
