// The supervisor over days of virtual time. Pipelines are scripted: each takes so long and ends so.
#include "actors/supervisor.hpp"

#include "actors/support.hpp"
#include "engine/schedule/run_record.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"
#include <algorithm>
#include <deque>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

/// How the next run of a pipeline goes.
struct script {
  milliseconds takes{2'000};
  std::optional<error> why = {};
  bool crashes = false;
};

/// What happened, for all pipelines.
struct world_log {
  struct run {
    std::string pipeline;
    milliseconds began{};
    bool only_due = false;
  };
  std::vector<run> runs;
  std::map<std::string, std::deque<script>> scripts;  ///< the last one stays
  std::vector<run_summary> summaries;
  std::map<std::string, pipeline_standing> standings;
  std::size_t running = 0;
  std::size_t running_most = 0;
  std::map<std::string, std::size_t> running_of;  ///< tenants
};

struct scripted_state {
  static inline const char* name = "scripted";
  world_log* log = nullptr;
  ~scripted_state() {
    if (log != nullptr) --log->running;
  }
};

pipeline_actor::behavior_type scripted_pipeline(
    pipeline_actor::stateful_pointer<scripted_state> self, world_log* log,
    const run_request& request, const script& how, const run_watcher_actor& owner,
    milliseconds now) {
  harden(self);
  self->state.log = log;
  log->running_most = std::max(log->running_most, ++log->running);
  const auto end = [self, owner, pipeline = request.pipeline,
                    skipped = request.skipped_ticks](std::optional<error> why) {
    run_summary summary;
    summary.pipeline = pipeline;
    summary.skipped_ticks = skipped;
    summary.why = std::move(why);
    if (!summary.why)
      summary.collections.push_back({"leads", "Lead", outcome_kind::success, {}, {}, {}});
    conclude_run(summary);
    self->send(owner, share(std::move(summary)));
    self->quit();
  };
  return {
      [self, log, how, now, pipeline = request.pipeline, due = request.only_due](atom::go) {
        log->runs.push_back({pipeline, now, due});
        self->delayed_send(self, how.takes, atom::tick_v, std::uint64_t{0});
      },
      [end](atom::drain) {
        end(error{errc::interrupted, "ended", {}, retry::later, {}, {}});
      },
      [self, how, end](atom::tick, std::uint64_t) {
        if (how.crashes) throw std::runtime_error("out of paper");
        end(how.why);
      },
      [](const shared<collection_progress_report>&) {},
      [](const shared<conversation_end>&) {},
      [](atom::relogin, const session_ptr&) { return shared<login_end>{}; },
      [](atom::remember, const shared<remembered_job>&) { return true; },
  };
}

watcher_actor::behavior_type keeper(watcher_actor::pointer, world_log* log) {
  return {[](const shared<run_snapshot>&) {}, [](const shared<run_plan>&) {},
          [log](const shared<run_summary>& told) { log->summaries.push_back(*told); },
          [log](const shared<pipeline_standing>& told) { log->standings[told->pipeline] = *told; }};
}

/// A record in memory, which another process may hold.
class memory_record final : public kept_text {
 public:
  struct content {
    std::optional<std::string> text;
    bool held = false;
  };
  explicit memory_record(std::shared_ptr<content> of) : of_(std::move(of)) {}
  result<std::unique_ptr<hold>> try_hold() override {
    if (of_->held) return nullptr;
    return std::make_unique<holding>(of_);
  }
  std::string place() const override { return "memory"; }

 private:
  class holding final : public hold {
   public:
    explicit holding(std::shared_ptr<content> of) : of_(std::move(of)) { of_->held = true; }
    ~holding() override { of_->held = false; }
    holding(const holding&) = delete;
    holding& operator=(const holding&) = delete;
    result<std::optional<std::string>> read() const override { return of_->text; }
    result<void> replace(const std::string& text) override {
      of_->text = text;
      return {};
    }

   private:
    std::shared_ptr<content> of_;
  };
  std::shared_ptr<content> of_;
};

struct host_world : deterministic {
  world_log log;
  watcher_actor watcher = system().spawn(keeper, &log);
  supervisor_config config;
  supervisor_actor supervisor;
  std::map<std::string, std::shared_ptr<memory_record::content>> records;

  host_world() {
    config.queue = fair_limits(4);
    config.now = [this] { return now(); };
    config.chance = [] { return 0.5; };
    config.spawn = [this](const run_request& request, const run_watcher_actor& owner) {
      auto& scripts = log.scripts[request.pipeline];
      script how;
      if (!scripts.empty()) how = scripts.front();
      if (scripts.size() > 1) scripts.pop_front();
      return system().spawn(scripted_pipeline, &log, request, how, owner, now().time_since_epoch());
    };
  }
  ~host_world() {
    if (supervisor) {
      caf::anon_send(supervisor, atom::drain_v);
      settle();
    }
    end(watcher);
    supervisor = nullptr;
    config.spawn = nullptr;
  }

  time_point now() {
    return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())};
  }

  supervised_pipeline pipeline(const std::string& name, milliseconds every = 1h) {
    supervised_pipeline p;
    p.name = p.schema = p.tenant = p.source = name;
    p.warehouse = "main";
    p.when.every = every;
    auto& content = records[name];
    if (!content) content = std::make_shared<memory_record::content>();
    p.record = std::make_shared<memory_record>(content);
    p.make = [name]() -> result<run_request> {
      run_request request;
      request.pipeline = name;
      return request;
    };
    return p;
  }

  void start() {
    supervisor = spawn_supervisor(system(), config, watcher);
    caf::anon_send(supervisor, atom::go_v);
    settle();
  }
  /// Lets time pass, second by second where runs are.
  void pass(milliseconds d, milliseconds step = 1s) {
    for (milliseconds passed{0}; passed < d; passed += step)
      advance(std::min(step, d - passed));
  }
  [[nodiscard]] std::vector<milliseconds> runs_of(const std::string& pipeline) const {
    std::vector<milliseconds> out;
    for (const auto& r : log.runs)
      if (r.pipeline == pipeline) out.push_back(r.began);
    return out;
  }
  result<void> order(const char* what, const std::string& pipeline) {
    result<void> out = failure(errc::internal, "no answer", {});
    const auto take = [&](const shared<control_end>& end) { out = end->done; };
    const auto ask = [&](auto atom) {
      auto request = self()->request(supervisor, caf::infinite, atom, pipeline);
      settle();
      request.receive(take, [](const caf::error&) {});
    };
    const std::string word = what;
    if (word == "sync") ask(atom::sync_v);
    if (word == "pause") ask(atom::pause_v);
    if (word == "resume") ask(atom::resume_v);
    settle();
    return out;
  }
};

error fault(errc code, retry again) {
  return {code, std::string(name_of(code)), {}, again, {}, {}};
}

TEST_CASE_FIXTURE(host_world,
                  "a pipeline runs at once and then at each of its ticks, for three days") {
  config.plan.pipelines = {pipeline("acme")};
  start();
  pass(72h, 10s);
  const auto runs = runs_of("acme");
  CHECK(runs.size() == 73);
  for (std::size_t i = 2; i < runs.size(); ++i)
    CHECK(runs[i] - runs[i - 1] == 1h);
  CHECK(log.running_most == 1);
  CHECK(log.summaries.size() == 73);
}

TEST_CASE_FIXTURE(host_world,
                  "a tick's run reads what is due, one that somebody asked for reads everything") {
  config.plan.pipelines = {pipeline("acme")};
  start();
  pass(10s);
  REQUIRE(order("sync", "acme"));
  pass(10s);
  REQUIRE(log.runs.size() == 2);
  CHECK(log.runs[0].only_due);
  CHECK(!log.runs[1].only_due);
  pass(2h);
  CHECK(log.runs.back().only_due);
}

TEST_CASE_FIXTURE(host_world,
                  "never two runs of one pipeline: a late one skips the ticks it missed") {
  config.plan.pipelines = {pipeline("acme")};
  log.scripts["acme"] = {{150min}, {2s}};
  start();
  pass(6h, 10s);
  CHECK(log.running_most == 1);
  const auto runs = runs_of("acme");
  REQUIRE(runs.size() >= 3);
  CHECK(runs[1] - runs[0] > 150min);
  REQUIRE(log.summaries.size() >= 2);
  CHECK(log.summaries[0].skipped_ticks == 0);
  CHECK(log.summaries[1].skipped_ticks >= 2);
  CHECK(log.summaries[2].skipped_ticks == 0);
  CHECK(log.standings["acme"].skipped == log.summaries[1].skipped_ticks);
}

TEST_CASE_FIXTURE(host_world,
                  "a host that was down runs each pipeline once, and keeps its cadence") {
  config.plan.pipelines = {pipeline("late"), pipeline("fresh")};
  pass(100h, 1h);
  records["late"]->text = text_of({now() - 30h, now() - 30h + 1s, outcome_kind::success, 0});
  records["fresh"]->text = text_of({now() - 1ms, now(), outcome_kind::success, 0});
  start();
  pass(10s);
  CHECK(runs_of("late").size() == 1);
  CHECK(runs_of("fresh").empty());
  CHECK(log.summaries.at(0).skipped_ticks == 29);
  pass(1h, 10s);
  CHECK(runs_of("fresh").size() == 1);
}

TEST_CASE_FIXTURE(host_world, "I4: a run that crashes is a failure, and storms are damped") {
  config.plan.pipelines = {pipeline("bad"), pipeline("good")};
  log.scripts["bad"] = {{1s, {}, true}};
  start();
  pass(30min);
  const auto runs = runs_of("bad");
  REQUIRE(runs.size() >= 3);
  CHECK(runs.size() <= 8);
  for (std::size_t i = 2; i < std::min<std::size_t>(runs.size(), 5); ++i)
    CHECK(runs[i] - runs[i - 1] > runs[i - 1] - runs[i - 2]);
  std::size_t failed = 0;
  for (const run_summary& s : log.summaries) {
    if (s.pipeline == "good") CHECK(s.outcome == outcome_kind::success);
    if (s.pipeline != "bad") continue;
    ++failed;
    REQUIRE(s.why);
    CHECK(s.why->code == errc::internal);
    CHECK(s.why->message.find("out of paper") != std::string::npos);
  }
  CHECK(failed >= 3);
  CHECK(log.standings["bad"].failures >= 3);
}

TEST_CASE_FIXTURE(host_world,
                  "I6: a warehouse that is down is probed by one run, and all catch up after") {
  for (int i = 0; i < 20; ++i) {
    const std::string name = "p" + std::to_string(i);
    config.plan.pipelines.push_back(pipeline(name));
    log.scripts[name] = {{1s, fault(errc::warehouse_unreachable, retry::later)}};
  }
  config.plan.pipelines.push_back(pipeline("elsewhere"));
  config.plan.pipelines.back().warehouse = "other";
  start();
  pass(5h, 5s);
  const std::size_t tried = log.runs.size() - runs_of("elsewhere").size();
  // The first four, and then probes that become rarer, up to one in half an hour.
  CHECK(tried < 30);
  CHECK(tried > 10);
  CHECK(runs_of("elsewhere").size() >= 5);
  CHECK(log.standings["p7"].kind == standing_kind::queued);
  for (auto& [name, scripts] : log.scripts)
    scripts = {script{}};
  log.runs.clear();
  pass(31min, 5s);
  for (int i = 0; i < 20; ++i)
    CHECK(runs_of("p" + std::to_string(i)).size() >= 1);
}

TEST_CASE_FIXTURE(host_world,
                  "I6: an org that refuses is not asked by each of its pipelines in turn") {
  for (int i = 0; i < 6; ++i) {
    const std::string name = "p" + std::to_string(i);
    config.plan.pipelines.push_back(pipeline(name, 24h));
    config.plan.pipelines.back().source = "org";
    log.scripts[name] = {{1s, fault(errc::http_connect, retry::later)}};
  }
  config.plan.pipelines.push_back(pipeline("healthy", 24h));
  start();
  pass(10min);
  CHECK(runs_of("healthy").size() == 1);
  CHECK(log.runs.size() < 8);
}

TEST_CASE_FIXTURE(host_world, "a login that was refused is not tried again before the next tick") {
  config.plan.pipelines = {pipeline("acme", 3h)};
  log.scripts["acme"] = {{1s, fault(errc::login_refused, retry::never)}};
  start();
  pass(24h, 10s);
  CHECK(runs_of("acme").size() <= 9);
  CHECK(log.standings["acme"].because == "login_refused");
}

TEST_CASE_FIXTURE(host_world,
                  "a large load of one tenant does not keep another tenant's cycle waiting") {
  for (int i = 0; i < 10; ++i) {
    const std::string name = "large" + std::to_string(i);
    config.plan.pipelines.push_back(pipeline(name));
    config.plan.pipelines.back().tenant = "large";
    log.scripts[name] = {{10h}};
  }
  config.plan.pipelines.push_back(pipeline("small"));
  start();
  pass(9h, 10s);
  CHECK(runs_of("small").size() >= 9);
  CHECK(log.running_most <= 4);
}

TEST_CASE_FIXTURE(host_world, "what another process runs is left to it, and looked at again") {
  config.plan.pipelines = {pipeline("acme")};
  records["acme"]->held = true;
  start();
  pass(10min);
  CHECK(log.runs.empty());
  CHECK(log.summaries.empty());
  CHECK(log.standings["acme"].because.find("another process") != std::string::npos);
  records["acme"]->held = false;
  pass(2min);
  CHECK(runs_of("acme").size() == 1);
  CHECK(log.standings["acme"].because.empty());
}

TEST_CASE_FIXTURE(host_world, "orders: a run now, a pause that lasts, and names that nobody has") {
  config.plan.pipelines = {pipeline("acme", 24h)};
  start();
  pass(10s);
  CHECK(order("sync", "acme"));
  CHECK(runs_of("acme").size() == 2);
  CHECK(order("sync", "acme").error().code == errc::held);
  pass(10s);
  CHECK(order("pause", "acme"));
  CHECK(log.standings["acme"].kind == standing_kind::paused);
  pass(72h, 1min);
  CHECK(runs_of("acme").size() == 2);
  CHECK(order("sync", "acme"));
  pass(10s);
  CHECK(runs_of("acme").size() == 3);
  CHECK(order("resume", "acme"));
  pass(25h, 1min);
  CHECK(runs_of("acme").size() == 4);
  for (const char* what : {"sync", "pause", "resume"})
    CHECK(order(what, "nobody").error().code == errc::usage);
}

TEST_CASE_FIXTURE(host_world,
                  "another configuration leaves alone what runs and what did not change") {
  config.plan.pipelines = {pipeline("same"), pipeline("gone"), pipeline("runs")};
  log.scripts["runs"] = {{1h}, {2s}};
  start();
  pass(10s);
  host_plan plan;
  plan.pipelines = {pipeline("same"), pipeline("fresh")};
  caf::anon_send(supervisor, share(plan));
  settle();
  CHECK(runs_of("fresh").size() == 1);
  CHECK(runs_of("same").size() == 1);
  CHECK(log.standings["gone"].kind == standing_kind::gone);
  CHECK(log.running == 2);  // "runs" goes on to its end
  // It comes back while it still runs: no second run beside the first.
  plan.pipelines.push_back(pipeline("runs"));
  caf::anon_send(supervisor, share(plan));
  settle();
  pass(2h, 10s);
  CHECK(runs_of("gone").size() == 1);
  const auto runs = runs_of("runs");
  REQUIRE(runs.size() >= 2);
  const auto tick = *next_tick({1h, {}}, "runs", time_point{runs[0] + 1h});
  CHECK(time_point{runs[1]} >= tick);
  CHECK(time_point{runs[1]} <= tick + 10s);
}

TEST_CASE_FIXTURE(host_world, "a pipeline that was paused before the host began stays so") {
  config.plan.pipelines = {pipeline("acme")};
  config.plan.pipelines[0].paused = true;
  start();
  pass(10h, 1min);
  CHECK(log.runs.empty());
  CHECK(log.standings["acme"].kind == standing_kind::paused);
  CHECK(order("resume", "acme"));
  CHECK(log.runs.size() == 1);
}

TEST_CASE_FIXTURE(host_world,
                  "a clock that was ahead does not keep a pipeline waiting until then") {
  config.plan.pipelines = {pipeline("acme")};
  records["acme"]->text = text_of({now() + 9000h, now() + 9001h, outcome_kind::success, 0});
  start();
  pass(70min, 10s);
  CHECK(runs_of("acme").size() == 1);
}

TEST_CASE_FIXTURE(host_world,
                  "I18: a drain ends what runs, and what was ended is due at the next start") {
  config.plan.pipelines = {pipeline("acme", 24h)};
  log.scripts["acme"] = {{1h}};
  start();
  pass(10s);
  caf::anon_send(supervisor, atom::drain_v);
  settle();
  CHECK(log.running == 0);
  REQUIRE(log.summaries.size() == 1);
  CHECK(log.summaries[0].why->code == errc::interrupted);
  CHECK_FALSE(records["acme"]->text);
  CHECK_FALSE(records["acme"]->held);
  log.scripts["acme"] = {{2s}};
  start();
  pass(10s);
  CHECK(runs_of("acme").size() == 2);
  REQUIRE(records["acme"]->text);
  CHECK(parse_run_record(*records["acme"]->text)->outcome == outcome_kind::success);
}

TEST_CASE_FIXTURE(host_world,
                  "runs that are asked for once: each runs once, and one that is held fails") {
  config.once = true;
  config.queue = {2, 2, 2};
  config.plan.pipelines = {pipeline("a"), pipeline("b"), pipeline("c")};
  records["b"]->held = true;
  start();
  pass(10min);
  CHECK(log.runs.size() == 2);
  REQUIRE(log.summaries.size() == 3);
  for (const run_summary& s : log.summaries)
    CHECK((s.exit_code == 0) == (s.pipeline != "b"));
  CHECK(log.standings.empty());
  // They may be of a part: the cadence does not count them.
  CHECK_FALSE(records["a"]->text);
}

TEST_CASE_FIXTURE(host_world, "a drain before the start tells of every pipeline that did not run") {
  config.once = true;
  config.plan.pipelines = {pipeline("a"), pipeline("b")};
  supervisor = spawn_supervisor(system(), config, watcher);
  caf::anon_send(supervisor, atom::drain_v);
  caf::anon_send(supervisor, atom::go_v);
  settle();
  CHECK(log.summaries.size() == 2);
  CHECK(log.runs.empty());
}

TEST_CASE_FIXTURE(host_world,
                  "ten thousand pipelines run on their cadence, each once in its interval") {
  config.queue = fair_limits(16);
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "p" + std::to_string(i);
    config.plan.pipelines.push_back(pipeline(name, 3h));
    config.plan.pipelines.back().record = nullptr;
  }
  start();
  pass(3h, 1s);
  std::map<std::string, int> runs;
  for (const auto& r : log.runs)
    ++runs[r.pipeline];
  CHECK(runs.size() == 10'000);
}

}  // namespace
