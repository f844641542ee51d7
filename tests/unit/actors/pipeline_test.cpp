// A run with everything real but the network, the source and the warehouse. Time is virtual.
#include "actors/pipeline.hpp"

#include "actors/pool.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"
#include "fake_http.hpp"
#include "fake_warehouse.hpp"
#include "scripted_source.hpp"

namespace {

using namespace millrace;
using namespace std::chrono_literals;
using scripted::lines;

run_watcher_actor::behavior_type fake_supervisor(run_watcher_actor::pointer,
                                                 std::vector<shared<run_summary>>* ended) {
  return {
      [](const shared<run_snapshot>&) {},
      [](const shared<run_plan>&) {},
      [ended](const shared<run_summary>& summary) { ended->push_back(summary); },
  };
}

struct pipeline_world : deterministic {
  static constexpr std::size_t rows_of_page = 10;

  fake_http net;
  warehouse_log house;
  std::vector<shared<run_summary>> ended;
  std::shared_ptr<const scripted::source> org;
  std::shared_ptr<call_ledger> ledger;  ///< none: calls are not counted
  upkeep_rules upkeep;
  std::map<std::string, std::uint32_t> priorities;
  std::function<void(collection&)> choose;  ///< what options make of each collection
  std::size_t collections_at_once = 4;
  run_purpose purpose = run_purpose::load;
  std::uint64_t skipped_ticks = 0;
  http_actor http = system().spawn(fake_http_actor, &net);
  pool_actor pool = spawn_pool(system(), {});
  run_watcher_actor watcher = system().spawn(fake_supervisor, &ended);

  pipeline_world() {
    net.serve = [](const http_request& r) { return answer(r); };
  }
  ~pipeline_world() {
    end(watcher);
    end(http);
    end(pool);
  }

  static fake_answer answer(const http_request& request) {
    if (request.url == "login" || request.url == "catalog") return {};
    return {200, lines(rows_of_page, 40), false, {}};
  }

  /// As after a run that read so few records of it.
  void has_read(const std::string& name, std::uint64_t rows, time_point committed_at = {}) {
    checkpoint c;
    c.collection = c.object = name;
    c.cursor = time_point{};
    c.complete = true;
    c.rows = rows;
    c.committed_at = committed_at;
    house.checkpoints.push_back(c);
    house.tables_empty = false;
  }
  /// An org that has shown that it counts a bundle once, with these limits.
  void counts_once(budget_rules rules = {}) {
    ledger = std::make_shared<call_ledger>(rules);
    ledger->note({0, 100});
    ledger->settle(*ledger->reserve(25), call_usage{1, 100});
  }

  pipeline_actor start(std::vector<std::pair<std::string, std::size_t>> collections) {
    org = std::make_shared<const scripted::source>(std::move(collections), priorities, choose);
    const auto now = [this] {
      return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())};
    };
    pipeline_run run;
    run.request.purpose = purpose;
    run.request.pipeline = "p";
    run.request.skipped_ticks = skipped_ticks;
    run.request.tenant = "t";
    run.request.source = org;
    run.request.ledger = ledger;
    run.request.hash = [](std::string_view value) { return fmt::format("hash of {}", value); };
    run.request.upkeep = upkeep;
    run.request.when.every = 3h;
    run.request.collections_at_once = collections_at_once;
    run.request.connect = [this](std::size_t, const auto&) -> result<std::unique_ptr<warehouse>> {
      if (house.closed) return failure(*house.closed);
      return std::make_unique<fake_warehouse>(house, rows_of_page);
    };
    run.warehouse.chance = [] { return 1.0; };
    run.warehouse.pause = [](milliseconds) {};
    run.warehouse.now = now;
    run.spawn_writer = spawn_writer_on_workers;
    run.threads = std::make_shared<writer_threads>();
    run.now = now;
    run.chance = [] { return 1.0; };
    pipeline_actor made = spawn_pipeline(system(), std::move(run), http, pool, watcher);
    caf::anon_send(made, atom::go_v);
    settle();
    return made;
  }

  [[nodiscard]] const run_summary& summary() const { return *ended.at(0); }
  [[nodiscard]] const collection_outcome& outcome_of(const std::string& name) const {
    for (const collection_outcome& c : summary().collections)
      if (c.collection == name) return c;
    throw std::out_of_range(name);
  }
};

TEST_CASE_FIXTURE(pipeline_world, "I4: a run whose collections are all committed is a success") {
  start({{"leads", 3}, {"cases", 1}, {"empty", 0}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(summary().exit_code == 0);
  CHECK(house.rows_of("leads") == 30);
  for (const char* name : {"leads", "cases", "empty"}) {
    CHECK(outcome_of(name).kind == outcome_kind::success);
    REQUIRE(house.position_of(name));
    CHECK(house.position_of(name)->complete);
  }
}

TEST_CASE_FIXTURE(pipeline_world, "I4: rows that the warehouse does not take make a run partial") {
  house.quarantines["cases"] = 1;
  start({{"leads", 3}, {"cases", 2}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::partial);
  CHECK(summary().exit_code == 3);
  CHECK(outcome_of("leads").kind == outcome_kind::success);
  const collection_outcome& cases = outcome_of("cases");
  CHECK(cases.kind == outcome_kind::partial);
  REQUIRE(cases.why);
  CHECK(cases.why->code == errc::rows_quarantined);
  CHECK(cases.counts.quarantined == 2);
  CHECK(cases.counts.refused == 2);
  REQUIRE(house.position_of("cases"));
  CHECK(house.position_of("cases")->complete);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "a session that ends under many fetchers is renewed by one login") {
  net.serve = [](const http_request& r) {
    const bool late = r.url.find("/1?") == std::string::npos && r.url.ends_with("session1");
    return late ? fake_answer{401, {}, false, {}} : answer(r);
  };
  start({{"a", 3}, {"b", 3}, {"c", 3}, {"d", 3}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(net.times_asked("login") == 2);
  CHECK(org->logins() == 2);
  CHECK(net.times_asked("/2?session1") > 1);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "a login that fails fails all who wait for it, and the run ends") {
  bool in = false;
  net.serve = [&](const http_request& r) -> fake_answer {
    if (r.url == "login") return {std::exchange(in, true) ? 400 : 200, {}, false, {}};
    return r.url == "catalog" ? fake_answer{} : fake_answer{401, {}, false, {}};
  };
  start({{"a", 3}, {"b", 3}, {"c", 3}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::failure);
  for (const auto& commit : house.commits) {
    CHECK(commit.rows == 0);
    CHECK(!commit.position);
  }
}

TEST_CASE_FIXTURE(pipeline_world, "I6: a crash while a page is read fails that collection only") {
  net.serve = [](const http_request& r) {
    return r.url.starts_with("bad/2") ? fake_answer{200, "poison\n", false, {}} : answer(r);
  };
  start({{"bad", 3}, {"a", 4}, {"b", 4}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::partial);
  CHECK(outcome_of("bad").kind == outcome_kind::failure);
  CHECK(outcome_of("bad").why->code == errc::internal);
  CHECK(outcome_of("bad").why->message.find("a decoder's fault") != std::string::npos);
  for (const char* name : {"a", "b"}) {
    CHECK(outcome_of(name).kind == outcome_kind::success);
    CHECK(house.rows_of(name) == 40);
  }
}

TEST_CASE_FIXTURE(
    pipeline_world,
    "I6: a crash in a writer or a reader fails that collection only, with its words") {
  house.throws["unwritten"] = 2;
  net.serve = [](const http_request& r) {
    if (r.url.starts_with("unread/2")) return fake_answer{scripted::crashes, {}, false, {}};
    return answer(r);
  };
  start({{"unwritten", 3}, {"unread", 3}, {"a", 4}, {"b", 4}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::partial);
  for (const auto& [name, word] :
       {std::pair{"unwritten", "std::bad_alloc"}, std::pair{"unread", "a reader's fault"}}) {
    CHECK(outcome_of(name).kind == outcome_kind::failure);
    CHECK(outcome_of(name).why->code == errc::internal);
    CHECK(outcome_of(name).why->message.find(word) != std::string::npos);
    CHECK((!house.position_of(name) || !house.position_of(name)->complete));
  }
  for (const char* name : {"a", "b"}) {
    CHECK(outcome_of(name).kind == outcome_kind::success);
    CHECK(house.rows_of(name) == 40);
  }
}

TEST_CASE_FIXTURE(pipeline_world, "I1, I4: no checkpoint passes a batch that failed") {
  house.refuses["bad"] = 3;
  start({{"bad", 20}, {"good", 5}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::partial);
  CHECK(outcome_of("good").kind == outcome_kind::success);
  CHECK(outcome_of("bad").kind == outcome_kind::failure);
  CHECK(outcome_of("bad").why->code == errc::warehouse_statement);
  CHECK(house.offered["bad"] == 3);
  CHECK(house.rows_of("bad") == 20);
  REQUIRE(house.position_of("bad"));
  CHECK(!house.position_of("bad")->complete);
  CHECK(house.position_of("bad")->cursor == time_point{1s});
}

TEST_CASE_FIXTURE(pipeline_world,
                  "I14: a reading of everything brings its keys, and what has none is marked") {
  house.tables_empty = false;
  house.gone = {"001", "002"};
  start({{"leads", 3}});
  CHECK(outcome_of("leads").kind == outcome_kind::success);
  CHECK(house.rows_of("_millrace_keys_leads") == 30);
  CHECK(house.compared == std::vector<std::string>{"leads"});
  CHECK(house.rows_of("leads") == 32);
  CHECK(outcome_of("leads").counts.records == 30);
  CHECK(house.position_of("leads/census"));
}

TEST_CASE_FIXTURE(pipeline_world, "I14: where a key is lost nothing is compared") {
  house.tables_empty = false;
  house.refuses["_millrace_keys_leads"] = 2;
  start({{"leads", 3}});
  CHECK(outcome_of("leads").kind == outcome_kind::failure);
  CHECK(house.compared.empty());
}

TEST_CASE_FIXTURE(pipeline_world, "changes that are committed stay when the census fails") {
  house.tables_empty = false;
  house.cannot_compare = error{errc::warehouse_statement, "no", {}, retry::never, {}, {}};
  start({{"leads", 3}, {"cases", 1}});
  CHECK(outcome_of("leads").kind == outcome_kind::partial);
  CHECK(summary().outcome == outcome_kind::partial);
  CHECK(house.position_of("leads")->complete);
  CHECK(!house.position_of("leads/census"));
}

/// Options by which a field is hashed: `chosen` is their fingerprint.
std::function<void(collection&)> hashing(std::string chosen) {
  return [chosen = std::move(chosen)](collection& c) {
    field mail;
    mail.name = "Email";
    mail.hashed = true;
    c.fields.push_back(mail);
    c.chosen = chosen;
  };
}

TEST_CASE_FIXTURE(pipeline_world, "where options are as before nothing is forgotten") {
  has_read("leads", 20);
  house.checkpoints.back().chosen = "fields.salt";
  choose = hashing("fields.salt");
  start({{"leads", 2}});
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(house.forgotten.empty());
  CHECK(house.concealed.empty());
}

TEST_CASE_FIXTURE(pipeline_world, "other options begin anew, and what is hashed is as it was") {
  bool of_gone_ones_too = false;
  SUBCASE("in all rows") {
    has_read("leads/census", 0);
    of_gone_ones_too = true;
  }
  SUBCASE("but in those whose record is gone: a run ended before they were looked at") {}
  has_read("leads", 20);
  house.checkpoints.back().chosen = "fields.salt";
  choose = hashing("other fields.salt");
  start({{"leads", 2}});
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(house.forgotten == std::vector<std::string>{"leads"});
  CHECK(house.concealed.empty());
  CHECK(house.position_of("leads")->chosen == "other fields.salt");
  REQUIRE(!summary().notices.empty());
  const notice& told = summary().notices.front();
  CHECK(told.code == "options_changed");
  CHECK((told.text.find("no value of a hashed field") == std::string::npos) == of_gone_ones_too);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "of a field that is hashed from now on nothing that was kept aside stays") {
  has_read("leads", 20);
  house.checkpoints.back().chosen = "fields";
  SUBCASE("its options were other ones") {}
  SUBCASE("its state was reset, or its checkpoint lost with a run that ended here") {
    house.checkpoints.clear();
  }
  choose = hashing("fields.salt");
  house.entries_aside = 3;
  start({{"leads", 2}});
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(summary().notices.back().code == "kept_aside_removed");
  CHECK(house.position_of("leads/census"));
  REQUIRE(house.concealed.size() == 1);
  CHECK(house.concealed.front().collection == "leads");
  // Else a run that ends in between would leave it for good.
  CHECK(house.concealed.front().commits == 0);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "a row whose plain value the warehouse does not let go of is tried again") {
  has_read("leads", 20);
  house.gone = {"1"};
  house.quarantines["leads"] = 1;
  choose = hashing("fields.salt");
  start({{"leads", 2}});
  CHECK(summary().outcome == outcome_kind::partial);
  CHECK(house.compared == std::vector<std::string>{"leads"});
  CHECK(!house.position_of("leads/census"));
}

TEST_CASE_FIXTURE(pipeline_world, "where that cannot be removed its collection is not loaded") {
  has_read("leads", 20);
  house.cannot_conceal = error{errc::warehouse_rights, "no", {}, retry::never, {}, {}};
  choose = [](collection& c) {
    if (c.name == "leads") hashing("fields.salt")(c);
  };
  start({{"leads", 2}, {"cases", 1}});
  REQUIRE(outcome_of("leads").why);
  CHECK(outcome_of("leads").why->code == errc::warehouse_rights);
  CHECK(house.rows_of("leads") == 0);
  CHECK(outcome_of("cases").kind == outcome_kind::success);
}

TEST_CASE_FIXTURE(pipeline_world, "a drain keeps what is committed, and says which waited") {
  net.serve = [](const http_request& r) {
    return r.url.find("/3?") == std::string::npos ? answer(r) : fake_answer{200, {}, true, {}};
  };
  const auto running = start({{"a", 5}, {"b", 5}, {"c", 5}, {"d", 5}, {"late", 5}});
  advance(1h);
  CHECK(ended.empty());
  caf::anon_send(running, atom::drain_v);
  settle();
  REQUIRE(ended.size() == 1);
  REQUIRE(summary().why);
  CHECK(summary().why->code == errc::interrupted);
  for (const char* name : {"a", "b", "c", "d"}) {
    CHECK(house.rows_of(name) == 20);
    CHECK(!house.position_of(name)->complete);
  }
  CHECK(outcome_of("late").why->code == errc::interrupted);
  CHECK(net.times_asked("late") == 0);
}

TEST_CASE_FIXTURE(pipeline_world, "a warehouse that cannot be reached costs the source nothing") {
  house.closed = error{errc::warehouse_unreachable, "no route", {}, retry::later, {}, {}};
  start({{"a", 5}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().why->code == errc::warehouse_unreachable);
  CHECK(net.asked.empty());
}

TEST_CASE_FIXTURE(pipeline_world,
                  "I13 what had few records the last time begins with one request for five") {
  counts_once();
  upkeep.deletes = deletes_policy::ignore;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"})
    has_read(name, 3);
  has_read("many", 5000);
  net.serve = [](const http_request& r) {
    if (r.url == "first:a,b,c,d,e") return fake_answer{200, lines(2, 40) + "|||-|", false, {}};
    if (r.url == "first:f,g") return fake_answer{400, {}, false, {}};
    return answer(r);
  };
  start({{"a", 1}, {"b", 1}, {"c", 2}, {"d", 1}, {"e", 1}, {"f", 1}, {"g", 1}, {"many", 1}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(house.rows_of("a") == 2);
  CHECK(house.rows_of("b") == 0);
  CHECK(house.position_of("b")->complete);  // I4: an empty page is committed as any other
  for (const char* page : {"a/1", "b/1", "c/1", "e/1"})
    CHECK(net.times_asked(page) == 0);
  CHECK(net.times_asked("c/2") == 1);  // goes on as usual
  for (const char* page : {"d/1", "f/1", "g/1", "many/1"})
    CHECK(net.times_asked(page) == 1);
  CHECK(house.rows_of("d") == rows_of_page);
  CHECK(outcome_of("a").counts.records == 2);
  CHECK(outcome_of("a").counts.rows_merged == 2);
  CHECK(outcome_of("b").counts.requests == 0);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "collections with nothing more to ask for need no place, and commit together") {
  counts_once();
  upkeep.deletes = deletes_policy::ignore;
  collections_at_once = 1;
  for (const char* name : {"a", "b", "c", "d", "e"})
    has_read(name, 3);
  std::size_t most = 5;
  std::string pages = "||||";
  SUBCASE("whose pages are whole") {}
  SUBCASE("but those whose pages are not take turns") {
    pages = lines(1, 40) + "|" + lines(1, 40) + "|" + lines(1, 40) + "|" + lines(1, 40) + "|" +
            lines(1, 40);
    most = 1;
  }
  net.serve = [&](const http_request& r) {
    if (r.url == "first:a,b,c,d,e") return fake_answer{200, pages, false, {}};
    return answer(r);
  };
  start({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(*std::max_element(house.transactions.begin(), house.transactions.end()) == most);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "an org that counts each of a bundle is asked for each page alone") {
  ledger = std::make_shared<call_ledger>(budget_rules{});
  ledger->note({0, 1000});
  ledger->settle(*ledger->reserve(25), call_usage{25, 1000});
  for (const char* name : {"a", "b"})
    has_read(name, 0);
  start({{"a", 1}, {"b", 1}});
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(net.times_asked("first:") == 0);
}

TEST_CASE_FIXTURE(
    pipeline_world,
    "I13 what is worth most, then what waited longest, gets the calls that there are") {
  ledger = std::make_shared<call_ledger>(budget_rules{{}, {5, {}}});  // login, catalog, three pages
  upkeep.deletes = deletes_policy::ignore;
  collections_at_once = 1;
  priorities = {{"dear", 90}};
  has_read("fresh", 1000, time_point{2h});
  has_read("dear", 1000, time_point{2h});
  has_read("stale", 1000, time_point{1h});
  start({{"fresh", 1}, {"stale", 1}, {"new", 1}, {"dear", 1}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::partial);
  for (const char* name : {"dear", "new", "stale"})
    CHECK(outcome_of(name).kind == outcome_kind::success);
  CHECK(outcome_of("fresh").kind == outcome_kind::throttled);
  CHECK(summary().waiting == std::vector<std::string>{"fresh"});
  CHECK(summary().continues == summary().started + 3h);
  CHECK(summary().continues_with_next_run);
  CHECK(net.times_asked("fresh") == 0);
}

// -- what is kept of a run
// ----------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(pipeline_world, "what is kept of a run is what its summary says") {
  skipped_ticks = 3;
  house.refuses["bad"] = 1;
  start({{"leads", 3}, {"bad", 1}, {"empty", 0}});
  REQUIRE(ended.size() == 1);
  REQUIRE(house.records.size() == 1);
  const std::vector<kept_run>& rows = house.records[0].runs;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].pipeline == "p");
  CHECK(rows[0].started == summary().started);
  CHECK(rows[0].ended == summary().ended);
  CHECK(rows[0].outcome == name_of(summary().outcome));
  CHECK(rows[0].exit_code == summary().exit_code);
  CHECK(rows[0].exit_code == 3);
  CHECK(rows[0].rows_written == 30);
  CHECK(rows[0].collections == 3);
  CHECK(rows[0].skipped_ticks == 3);
  CHECK(summary().skipped_ticks == 3);
  CHECK(rows[1].collection == "bad");
  CHECK(rows[1].error_code == "warehouse_statement");
  CHECK(rows[2].collection == "leads");
  CHECK(rows[2].rows_written == 30);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "a run whose login is refused is kept as well, and makes no schema for that") {
  net.serve = [](const http_request& r) -> fake_answer {
    return r.url == "login" ? fake_answer{400, {}, false, {}} : answer(r);
  };
  start({{"leads", 3}});
  CHECK(house.records.empty());
  CHECK(house.schemas_opened == 0);
  checkpoint loaded;
  loaded.collection = "leads";
  house.checkpoints.push_back(loaded);
  start({{"leads", 3}});
  REQUIRE(house.records.size() == 1);
  REQUIRE(house.records[0].runs.size() == 1);
  CHECK(house.records[0].runs[0].outcome == "failure");
  CHECK(house.records[0].runs[0].error_code == name_of(summary().why->code));
  CHECK(house.records[0].runs[0].exit_code == summary().exit_code);
}

TEST_CASE_FIXTURE(pipeline_world, "a record that cannot be kept changes nothing and is told") {
  house.refused_records = 100;
  start({{"leads", 3}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  CHECK(summary().exit_code == 0);
  CHECK(house.rows_of("leads") == 30);
  CHECK(house.records.empty());
  REQUIRE(summary().notices.size() == 1);
  CHECK(summary().notices[0].code == "run_not_recorded");
  CHECK(summary().notices[0].text.find("warehouse_rights: no") != std::string::npos);
}

TEST_CASE_FIXTURE(pipeline_world,
                  "I6: a writer that dies over the record changes nothing and is told") {
  house.refused_records = 1;
  house.while_recording = [] { throw std::runtime_error("the driver has gone"); };
  start({{"leads", 3}});
  REQUIRE(ended.size() == 1);
  CHECK(summary().outcome == outcome_kind::success);
  REQUIRE(summary().notices.size() == 1);
  CHECK(summary().notices[0].code == "run_not_recorded");
}

TEST_CASE_FIXTURE(pipeline_world,
                  "runs that only look, or never reached the warehouse, leave nothing") {
  has_read("leads", 20);
  house.checkpoints.back().chosen = "fields";
  choose = hashing("other fields.salt");
  for (const run_purpose what :
       {run_purpose::plan, run_purpose::validate, run_purpose::check, run_purpose::discover}) {
    purpose = what;
    start({{"leads", 3}});
  }
  purpose = run_purpose::load;
  house.closed = error{errc::warehouse_unreachable, "no route", {}, retry::later, {}, {}};
  start({{"leads", 3}});
  REQUIRE(ended.size() == 5);
  CHECK(house.records.empty());
  CHECK(house.schemas_opened == 0);
  CHECK(house.forgotten.empty());
  CHECK(house.concealed.empty());
  CHECK(ended.back()->notices.empty());  // its own error says it
}

TEST_CASE_FIXTURE(pipeline_world, "a run that a signal ended is kept as what it came to") {
  net.serve = [](const http_request& r) {
    return r.url.find("/3?") == std::string::npos ? answer(r) : fake_answer{200, {}, true, {}};
  };
  const auto running = start({{"a", 5}, {"late", 5}});
  advance(1h);
  CHECK(house.records.empty());
  caf::anon_send(running, atom::drain_v);
  settle();
  REQUIRE(ended.size() == 1);
  REQUIRE(house.records.size() == 1);
  CHECK(house.records[0].runs[0].error_code == "interrupted");
  CHECK(house.records[0].runs[0].outcome == name_of(summary().outcome));
  CHECK(house.records[0].runs.size() == 3);
}

TEST_CASE_FIXTURE(pipeline_world, "notices that the run before told are not written again") {
  start({{"leads", 1}});
  REQUIRE(house.records.size() == 1);
  REQUIRE(house.records[0].note);
  CHECK(house.records[0].remove_before);
  house.checkpoints.push_back(*house.records[0].note);
  start({{"leads", 1}});
  REQUIRE(house.records.size() == 2);
  CHECK_FALSE(house.records[1].note);
  CHECK_FALSE(house.records[1].remove_before);
}

}  // namespace
