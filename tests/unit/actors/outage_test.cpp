// Warehouses that are away, or silent: real runs under a real supervisor, over hours of virtual
// time. Only the network, the source and the warehouses are made up.
#include "actors/pipeline.hpp"
#include "actors/pool.hpp"
#include "actors/supervisor.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"
#include "fake_http.hpp"
#include "fake_warehouse.hpp"
#include "scripted_source.hpp"
#include <algorithm>
#include <map>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

/// A writer whose warehouse can fall silent: its thread is then inside of a call, and hears
/// nothing, not even that it shall end.
struct silence {
  bool falls = false;  ///< with the next batch
  std::vector<caf::typed_response_promise<shared<write_end>>> held;
  std::vector<caf::actor> stuck;
  std::weak_ptr<writer_thread> thread;  ///< of the last one
};

struct silent_state {
  static inline const char* name = "silent_writer";
  std::shared_ptr<writer_thread> thread;
  writer_actor real;
  bool stuck = false;
};

writer_actor::behavior_type silent_writer(writer_actor::stateful_pointer<silent_state> self,
                                          silence* how, const writer_config& config) {
  self->state.thread = config.thread;
  self->state.real = spawn_writer_on_workers(self->system(), config);
  const writer_actor real = self->state.real;
  self->set_exit_handler([self](caf::exit_msg& m) {
    if (!self->state.stuck) self->quit(m.reason);
  });
  return {
      [self, real](atom::open o) { return self->delegate(real, o); },
      [self, real](atom::examine o) { return self->delegate(real, o); },
      [self, real](atom::prepare o, const table_ptr& t, bool b) {
        return self->delegate(real, o, t, b);
      },
      [self, real, how](atom::write o,
                        const shared<write_order>& rows) -> caf::result<shared<write_end>> {
        self->state.stuck = self->state.stuck || how->falls;
        if (!self->state.stuck) return self->delegate(real, o, rows);
        how->stuck.push_back(caf::actor_cast<caf::actor>(writer_actor{self}));
        how->thread = self->state.thread;
        self->state.thread->goes_on("merging into " + rows->rows->table->collection);
        how->held.push_back(self->make_response_promise<shared<write_end>>());
        return how->held.back();
      },
      [self, real](atom::gather o, const table_ptr& t) { return self->delegate(real, o, t); },
      [self, real](atom::compare o, const table_ptr& t, const table_ptr& k) {
        return self->delegate(real, o, t, k);
      },
      [self, real](atom::count o, const table_ptr& t, const shared<live_rows>& w) {
        return self->delegate(real, o, t, w);
      },
      [self, real](atom::search o, const table_ptr& t, const shared<live_rows>& w,
                   const shared<key_filter>& k) { return self->delegate(real, o, t, w, k); },
      [self, real](atom::remove o, const table_ptr& t, const shared<std::vector<std::string>>& k) {
        return self->delegate(real, o, t, k);
      },
      [self, real](atom::forget o, const std::string& c) { return self->delegate(real, o, c); },
      [self, real](atom::conceal o, const table_ptr& t) { return self->delegate(real, o, t); },
      [self, real](atom::record o, const shared<run_history>& h) {
        return self->delegate(real, o, h);
      },
  };
}

watcher_actor::behavior_type summaries(watcher_actor::pointer, std::vector<run_summary>* all) {
  return {[](const shared<run_snapshot>&) {}, [](const shared<run_plan>&) {},
          [all](const shared<run_summary>& told) { all->push_back(*told); },
          [](const shared<pipeline_standing>&) {}};
}

struct outage_world : deterministic {
  static constexpr milliseconds silence_longest{60'000};

  fake_http net;
  std::map<std::string, warehouse_log> houses;  ///< by pipeline
  std::map<std::string, std::size_t> connects;  ///< likewise
  bool down = false;                            ///< the warehouse "main"
  silence quiet;                                ///< of the warehouse "main"
  std::shared_ptr<writer_threads> threads = std::make_shared<writer_threads>();
  std::vector<run_summary> told;
  http_actor http = system().spawn(fake_http_actor, &net);
  pool_actor pool = spawn_pool(system(), {});
  watcher_actor watcher = system().spawn(summaries, &told);
  supervisor_config config;
  supervisor_actor supervisor;

  outage_world() {
    net.serve = [](const http_request& r) {
      const bool page = r.url.find('/') != std::string::npos;
      return fake_answer{200, page ? scripted::lines(10, 40) : std::string(), false, {}};
    };
    config.queue = fair_limits(4);
    config.now = [this] { return now(); };
    config.chance = [] { return 0.5; };
    config.spawn = [this](run_request request, const run_watcher_actor& owner) {
      pipeline_run run;
      const bool main = request.warehouse_name == "main";
      run.request = std::move(request);
      run.threads = threads;
      run.warehouse.now = run.now = [this] { return now(); };
      run.warehouse.chance = run.chance = [] { return 0.5; };
      run.warehouse.pause = [](milliseconds) {};
      run.spawn_writer = [this, main](caf::actor_system& system, const writer_config& c) {
        return main ? system.spawn(silent_writer, &quiet, c) : spawn_writer_on_workers(system, c);
      };
      return spawn_pipeline(system(), std::move(run), http, pool, owner);
    };
  }
  ~outage_world() {
    quiet.falls = false;
    release();
    if (supervisor) {
      caf::anon_send(supervisor, atom::drain_v);
      settle();
    }
    config.spawn = nullptr;
    end(watcher);
    end(http);
    end(pool);
  }

  time_point now() {
    return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())};
  }

  void add(const std::string& name, const std::string& warehouse = "main") {
    supervised_pipeline p;
    p.name = p.schema = p.tenant = p.source = name;
    p.warehouse = warehouse;
    p.when.every = 1h;
    p.make = [this, name, warehouse]() -> result<run_request> {
      run_request request;
      request.pipeline = request.tenant = name;
      request.warehouse_name = warehouse;
      request.silence_longest = silence_longest;
      request.source = std::make_shared<const scripted::source>(
          std::vector<std::pair<std::string, std::size_t>>{{"leads", 2}});
      request.upkeep.deletes = deletes_policy::ignore;
      request.connect = [this, name, warehouse](
                            std::size_t,
                            const auto&) -> result<std::unique_ptr<millrace::warehouse>> {
        ++connects[name];
        if (down && warehouse == "main")
          return failure(errc::warehouse_unreachable, "no route", {}, retry::later);
        return std::make_unique<fake_warehouse>(houses[name], 10);
      };
      return request;
    };
    config.plan.pipelines.push_back(std::move(p));
  }
  void start() {
    supervisor = spawn_supervisor(system(), config, watcher);
    caf::anon_send(supervisor, atom::go_v);
    settle();
  }
  void pass(milliseconds d, milliseconds step = 5s) {
    for (milliseconds passed{0}; passed < d; passed += step)
      advance(std::min(step, d - passed));
  }
  /// The calls come back, with what nobody waits for any more.
  void release() {
    for (const caf::actor& w : std::exchange(quiet.stuck, {}))
      self()->send_exit(w, caf::exit_reason::kill);
    quiet.held.clear();
    settle();
  }
  [[nodiscard]] std::size_t connects_to_main() const {
    std::size_t all = 0;
    for (const auto& [name, count] : connects)
      if (name.starts_with("p")) all += count;
    return all;
  }
  [[nodiscard]] std::vector<run_summary> runs_of(const std::string& name) const {
    std::vector<run_summary> out;
    for (const run_summary& s : told)
      if (s.pipeline == name) out.push_back(s);
    return out;
  }
};

TEST_CASE_FIXTURE(
    outage_world,
    "I6, I13: a warehouse that is down for a day costs no call, and all is caught up") {
  constexpr int pipelines = 30;
  for (int i = 0; i < pipelines; ++i)
    add("p" + std::to_string(i));
  add("elsewhere", "other");
  start();
  CHECK(told.size() == pipelines + 1);
  down = true;
  std::map<std::string, std::uint64_t> rows_before;
  for (const auto& [name, house] : houses)
    rows_before[name] = house.rows_of("leads");
  const std::size_t connects_before = connects_to_main();
  const std::size_t logins_before = net.times_asked("login");
  pass(24h, 30s);
  // Those that began together, and then one probe after each wait, half an hour at most.
  const std::size_t tried = connects_to_main() - connects_before;
  CHECK(tried >= 48);
  CHECK(tried <= 4 + 10 + 24 * 4);
  const std::size_t elsewhere = runs_of("elsewhere").size() - 1;
  CHECK(elsewhere >= 23);
  CHECK(net.times_asked("login") - logins_before == elsewhere);
  down = false;
  pass(31min, 5s);
  std::uint64_t skipped = 0;
  for (int i = 0; i < pipelines; ++i) {
    const std::string name = "p" + std::to_string(i);
    CHECK(houses[name].rows_of("leads") >= rows_before[name] + 20);
    REQUIRE(houses[name].position_of("leads"));
    CHECK(houses[name].position_of("leads")->complete);
    CHECK(runs_of(name).back().outcome == outcome_kind::success);
  }
  for (const run_summary& s : told)
    skipped += s.pipeline == "elsewhere" ? 0 : s.skipped_ticks;
  // Each tick of the day but those that probes were for.
  CHECK(skipped + tried >= static_cast<std::size_t>(pipelines) * 22);
}

TEST_CASE_FIXTURE(outage_world,
                  "I6: a warehouse that is silent ends its runs with what was waited for") {
  add("p");
  add("elsewhere", "other");
  quiet.falls = true;
  start();
  pass(silence_longest - 10s, 1s);
  CHECK(runs_of("p").empty());
  CHECK(runs_of("elsewhere").size() == 1);
  pass(20s, 1s);
  const auto runs = runs_of("p");
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].outcome == outcome_kind::failure);
  REQUIRE(runs[0].why);
  CHECK(runs[0].why->code == errc::warehouse_unreachable);
  CHECK(runs[0].why->message.find("the warehouse main has not answered for 6") !=
        std::string::npos);
  CHECK(runs[0].why->message.find("merging into leads") != std::string::npos);
  CHECK(threads->stuck("main") == 1);
  // A later run has a connection of its own, while the first call is still out.
  quiet.falls = false;
  pass(31min);
  CHECK(threads->stuck("main") == 1);
  CHECK(houses["p"].rows_of("leads") >= 20);
  CHECK(runs_of("p").back().outcome == outcome_kind::success);
  release();
  CHECK(threads->stuck() == 0);
}

TEST_CASE_FIXTURE(outage_world, "a thread that shows that it goes on is waited for") {
  add("p");
  quiet.falls = true;
  start();
  REQUIRE(!quiet.stuck.empty());
  for (int i = 0; i < 20; ++i) {
    pass(silence_longest / 2, 1s);
    CHECK(runs_of("p").empty());
    quiet.thread.lock()->goes_on();
  }
  CHECK(threads->stuck() == 0);
}

TEST_CASE_FIXTURE(outage_world,
                  "calls that do not come back are bounded: then nobody connects until one has") {
  add("p");
  quiet.falls = true;
  start();
  pass(24h, 10s);
  CHECK(threads->stuck("main") == writer_threads::stuck_max);
  const std::size_t connected = connects_to_main();
  CHECK(connected == writer_threads::stuck_max);
  const auto runs = runs_of("p");
  CHECK(runs.size() > writer_threads::stuck_max);
  CHECK(runs.back().why->code == errc::warehouse_unreachable);
  CHECK(runs.back().why->message.find("have not come back") != std::string::npos);
  const std::size_t asked = net.asked.size();
  pass(3h, 10s);
  CHECK(net.asked.size() == asked);  // the source is not asked for what nobody can write
  quiet.falls = false;
  release();
  pass(31min);
  CHECK(connects_to_main() > connected);
  CHECK(runs_of("p").back().outcome == outcome_kind::success);
  CHECK(houses["p"].rows_of("leads") >= 20);
}

TEST_CASE_FIXTURE(outage_world,
                  "a drain waits for a silent warehouse as long as it says, no longer") {
  add("p");
  quiet.falls = true;
  start();
  caf::anon_send(supervisor, atom::drain_v);
  pass(7s, 1s);
  CHECK(runs_of("p").empty());
  pass(2s, 1s);
  REQUIRE(runs_of("p").size() == 1);
  CHECK(runs_of("p")[0].why->code == errc::interrupted);
  CHECK(threads->stuck("main") == 1);
  supervisor = nullptr;
}

}  // namespace
