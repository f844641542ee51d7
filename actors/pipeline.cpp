// The pipeline: a run's stages, one after the other, and then its collections side by side.
#include "actors/pipeline.hpp"

#include "actors/check_course.hpp"
#include "actors/collection_cost.hpp"
#include "actors/collection_course.hpp"
#include "actors/collection_task.hpp"
#include "actors/dialogues.hpp"
#include "actors/first_pages.hpp"
#include "actors/left_jobs.hpp"
#include "actors/reading_order.hpp"
#include "actors/run_recording.hpp"
#include "actors/session_renewal.hpp"
#include "actors/support.hpp"
#include "actors/transformer.hpp"
#include "actors/writer_lane.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr milliseconds snapshot_interval{200};
/// What a statement that was cancelled at a run's end has left, before nobody waits for it.
constexpr milliseconds cancel_patience{3'000};

struct pipeline_state {
  static inline const char* name = "pipeline";

  pipeline_actor::pointer self = nullptr;
  pipeline_run run;
  http_actor http;
  pool_actor pool;
  run_watcher_actor watcher;
  std::shared_ptr<comparison_log> comparisons;  ///< of a run that checks
  writer_lane lane;
  warehouse_limits limits;

  run_summary summary;
  run_snapshot snapshot;
  std::vector<checkpoint> checkpoints;
  std::shared_ptr<run_budget> budget;
  session_renewal session;
  time_point source_time{};
  run_plan looked;  ///< what a run that only looks tells
  std::uint64_t login_requests = 0;
  request_tally catalog_questions;
  std::vector<collection_task> tasks;
  course_surroundings around;
  std::vector<std::shared_ptr<collection_course>> courses;  ///< of the tasks, in their order
  std::vector<std::optional<known_answer>> first_pages;     ///< of the tasks, where there is one
  std::vector<std::size_t> turns;  ///< places of the tasks as they are read
  std::size_t next_task = 0;       ///< in that order
  std::size_t running = 0;
  left_jobs jobs;
  std::shared_ptr<shared_slots> slots;
  std::vector<std::unique_ptr<shared_slots::hold>> slots_taken;  ///< by collections that run
  bool catalog_is_whole = false;  ///< nothing of it was left out by choice or could not be had

  dialogues talks;

  bool came_to_tables = false;
  bool draining = false;
  time_point drain_began{};
  bool ended = false;      ///< the summary stands ..
  bool recording = false;  ///< .. and is being kept

  // -- stages
  // ----------------------------------------------------------------------------------------

  void go() {
    summary.pipeline = run.request.pipeline;
    summary.schema = run.request.schema;
    summary.started = run.now();
    summary.skipped_ticks = run.request.skipped_ticks;
    slots = std::make_shared<shared_slots>(run.request.collections_at_once);
    if (run.request.ledger) budget = std::make_shared<run_budget>(run.request.ledger);
    snapshot.pipeline = run.request.pipeline;
    snapshot.started = summary.started;
    limits = run.request.limits;
    self->delayed_send(self, snapshot_interval, atom::tick_v, std::uint64_t{0});
    if (run.request.purpose == run_purpose::discover) return log_in();
    stage("connecting to the warehouse");
    if (run.request.purpose == run_purpose::check) comparisons = std::make_shared<comparison_log>();
    lane.use(self, [this](std::size_t number) { return writer_of(number); });
    lane.add();
    self->request(lane.first(), caf::infinite, atom::open_v)
        .then(
            [this](const shared<warehouse_opened>& opened) {
              if (!opened->state) return end(opened->state.error());
              checkpoints = opened->state->checkpoints;
              jobs.learn(checkpoints);
              looked.facts = opened->state->facts;
              limits = opened->state->facts.limits;
              if (run.request.purpose == run_purpose::validate) return examine();
              log_in();
            },
            [this](caf::error& why) { end(error_of(why)); });
  }

  [[nodiscard]] writer_watch_config writer_of(std::size_t number) const {
    writer_watch_config watched;
    watched.warehouse = run.request.warehouse_name;
    watched.threads = run.threads;
    watched.silence_longest = run.request.silence_longest;
    watched.spawn = run.spawn_writer;
    watched.writer = run.warehouse;
    watched.writer.connect =
        [connect = run.request.connect, number, log = comparisons](
            const std::shared_ptr<writer_thread>& thread) -> result<std::unique_ptr<warehouse>> {
      MILLRACE_TRY(std::unique_ptr<warehouse> house, connect(number, thread));
      return log ? make_comparing_warehouse(std::move(house), log) : std::move(house);
    };
    return watched;
  }

  void examine() {
    stage("trying the warehouse");
    self->request(lane.first(), caf::infinite, atom::examine_v)
        .then(
            [this](const shared<warehouse_examined>& examined) {
              if (!examined->findings) return end(examined->findings.error());
              looked.findings = *examined->findings;
              if (auto why = unusable(looked.findings)) return end(std::move(why));
              log_in();
            },
            [this](caf::error& why) { end(error_of(why)); });
  }

  void log_in() {
    if (draining) return end(interrupted());
    stage("logging in");
    converse(run.request.source->log_in({}), [this](const conversation_end& done) {
      if (done.why) return end(*done.why);
      login_requests = done.counts.requests;
      session.take(std::static_pointer_cast<login_conversation>(done.what)->result_session());
      if (const auto other = other_account(checkpoints, *session.now()))
        return end(error{errc::table_conflict,
                         fmt::format("the schema {} holds the tables of another account ({}); this "
                                     "login leads to {}",
                                     run.request.schema, *other, session.now()->identity()),
                         "Give each account a schema of its own, or correct the login",
                         retry::never,
                         {},
                         {}});
      read_catalog();
    });
  }

  void read_catalog() {
    if (draining) return end(interrupted());
    stage("reading the catalog");
    const selection what = catalog_order(run.request, checkpoints, run.now());
    converse(run.request.source->read_catalog(session.now(), what),
             [this](const conversation_end& done) {
               if (done.why) return end(*done.why);
               const auto& read = static_cast<const catalog_conversation&>(*done.what);
               source_time = read.source_time();
               catalog_questions = read.questions();
               take_catalog(read);
             });
  }

  void take_catalog(const catalog_conversation& read) {
    summary.notices = read.result_catalog().notices;
    summary.not_due = read.result_catalog().not_due;
    catalog_is_whole = run.request.what.only.empty() && summary.not_due.empty() &&
                       read.result_catalog().failed.empty();
    summary.collections = undescribed_outcomes(read.result_catalog());
    tasks = tasks_of(read, tables(), summary.notices);
    forget_other_choices(tasks, checkpoints, summary.notices);
    forget_cursors_ahead(checkpoints, source_time, run.now(), run.request.overlap, summary.notices);
    if (tasks.empty() && summary.collections.empty()) return end(nothing_selected());
    if (run.request.purpose == run_purpose::discover) return tell_plan();
    if (run.request.purpose == run_purpose::validate) return audit(read.result_catalog());
    prepare_tables();
  }

  void audit(const catalog& what) {
    std::shared_ptr<audit_conversation> talk = run.request.source->audit(session.now(), what);
    if (!talk) return prepare_tables();
    stage("asking for rights");
    converse(talk, [this, talk](const conversation_end& done) {
      if (done.why) return end(*done.why);
      for (const notice& n : talk->result_notices())
        add_notice(summary.notices, n);
      prepare_tables();
    });
  }

  void prepare_tables() {
    stage("preparing tables");
    came_to_tables = true;
    look_around();
    // Tasks stay where they are once they are all there.
    for (collection_task& task : tasks)
      courses.push_back(std::make_shared<collection_course>(around, task));
    prepare(0);
  }

  [[nodiscard]] table_rules tables() const {
    return {limits.identifier_bytes_max, run.request.upkeep.deletes == deletes_policy::mark,
            run.request.on_type_change};
  }

  [[nodiscard]] bool only_looks() const { return run.request.purpose != run_purpose::load; }

  void prepare(std::size_t index) {
    if (draining) return end(interrupted());
    if (index == tasks.size()) {
      turns = reading_order(tasks, checkpoints);
      if (run.request.purpose == run_purpose::plan) return forecast();
      if (run.request.purpose == run_purpose::check) return check();
      if (only_looks()) return tell_plan();
      stage("loading");
      std::size_t connections = run.request.connections;
      if (limits.connections_max > 0) connections = std::min(connections, limits.connections_max);
      lane.grow(connections, run.request.connections_left);
      jobs.use({self, lane.first(), &run.request, session.now(), run.now, converser()});
      return jobs.remove_abandoned(tasks, catalog_is_whole, [this] { ask_first_pages(); });
    }
    courses[index]->prepare([this, index] { prepare(index + 1); });
  }

  // -- runs that only look
  // ---------------------------------------------------------------------------

  /// What a load would cost in calls; windows are counted first, where that is wanted.
  void forecast() {
    if (!run.request.count_windows) return tell_forecast();
    count_windows(around, tasks, [this](std::optional<error> why) {
      if (why) return end(std::move(why));
      tell_forecast();
    });
  }

  void tell_forecast() {
    looked.forecast = run_forecast{};
    looked.forecast->login = login_requests;
    looked.forecast->catalog =
        cost_of(catalog_questions, budget ? budget->counting() : bundle_counting::unknown);
    if (budget) {
      looked.forecast->usage = budget->usage();
      looked.forecast->rules = run.request.ledger->rules();
    }
    tell_plan();
  }

  void check() {
    std::make_shared<check_course>(around, comparisons, tasks)
        ->run([this](std::optional<error> why) {
          if (why) return end(std::move(why));
          tell_plan();
        });
  }

  /// For runs that only look: what they saw, and the end.
  void tell_plan() {
    looked.read_catalog = true;
    for (const collection_task& t : tasks) {
      looked.collections.push_back(planned(t));
      if (looked.forecast && !t.outcome)
        looked.collections.back().calls =
            estimate(t, upkeep_of(t, run.request, checkpoints, source_time), *run.request.source);
    }
    if (looked.forecast) tell_first_pages();
    summary.looked_at = static_cast<std::size_t>(
        std::count_if(tasks.begin(), tasks.end(), [](const auto& t) { return !t.outcome; }));
    tell_what_was_seen();
    end({});
  }

  void tell_first_pages() {
    const first_pages_plan together = first_pages_together();
    looked.forecast->first_pages = cost_of(together.requests, bundle_counting::once);
    for (const std::size_t place : together.tasks) {
      call_estimate& changes = looked.collections[place].calls->changes;
      changes = without_first_page(changes, tasks[place]);
    }
  }

  void tell_what_was_seen() {
    looked.pipeline = run.request.pipeline;
    looked.schema = run.request.schema;
    looked.notices = summary.notices;
    self->send(watcher, share(looked));
  }

  // -- collections
  // -----------------------------------------------------------------------------------

  /// Where nothing has changed these are all there is to read, and several come for one call.
  void ask_first_pages() {
    first_pages.resize(tasks.size());
    const first_pages_plan together = first_pages_together();
    if (together.tasks.empty() || draining || ended) return start_more();
    std::vector<read_order> orders;
    for (const std::size_t place : together.tasks)
      orders.push_back(order_of(tasks[place]));
    std::shared_ptr<first_pages_conversation> talk =
        run.request.source->read_first_pages(session.now(), orders);
    converse(talk, [this, talk, places = together.tasks](const conversation_end&) {
      // Whatever it met: a reading without a page asks for itself.
      std::vector<std::optional<known_answer>> pages = talk->take_pages();
      for (std::size_t i = 0; i < pages.size(); ++i)
        first_pages[places[i]] = std::move(pages[i]);
      start_more();
    });
  }

  [[nodiscard]] first_pages_plan first_pages_together() const {
    return plan_first_pages(tasks, turns, *run.request.source,
                            budget ? budget->counting() : bundle_counting::unknown);
  }

  void start_more() {
    if (ended) return;
    while (!draining && next_task < tasks.size()) {
      const std::size_t place = turns[next_task];
      const bool done = tasks[place].outcome.has_value();
      const bool asks = !done && asks_the_source(place);
      if (asks && slots_taken.size() >= run.request.collections_at_once) break;
      ++next_task;
      if (done) continue;
      ++running;
      if (asks) slots_taken.push_back(slots->take());
      courses[place]->run(std::exchange(first_pages[place], {}), [this, asks] {
        --running;
        if (asks) slots_taken.pop_back();
        start_more();
      });
    }
    if (draining)
      for (; next_task < tasks.size(); ++next_task)
        if (collection_task& task = tasks[turns[next_task]]; !task.outcome)
          conclude(task, interrupted());
    if (running == 0 && next_task == tasks.size()) end({});
  }

  /// One whose only page is there asks for nothing where no upkeep is due: it needs no place, and
  /// what such collections commit is committed together.
  [[nodiscard]] bool asks_the_source(std::size_t place) const {
    return !first_pages[place] || !first_pages[place]->whole || jobs.to_take_over(tasks[place]) ||
           is_due(upkeep_of(tasks[place], run.request, checkpoints, source_time));
  }

  [[nodiscard]] batch_limits batches() const { return {limits.batch_rows, limits.batch_bytes}; }

  void read(const read_order& order, transformer_config transform, collection_work work,
            std::function<void(const conversation_end&)> then) {
    transform.hash = run.request.hash;
    std::shared_ptr<reader> pages = run.request.source->read(session.now(), order);
    work.pages = pages;
    work.pages_at_once = pages_at_once();
    const std::string job_place = work.jobs ? work.jobs->record.place : std::string();
    work.make_transformer = [transform, writers = lane.all(),
                             system = &self->system()](const fetcher_actor& owner) {
      return spawn_transformer(*system, transform, writers, owner);
    };
    fetcher_actor worker = spawn(pages, std::move(work));
    talks.add({pages, std::move(worker),
               [this, name = order.what.name, pages, job_place,
                then = std::move(then)](const conversation_end& done) {
                 take_notices(done.notices, name);
                 jobs.settle(job_place, *pages, [then, done] { then(done); });
               }});
  }

  /// Each has a batch of its own under construction: half the window is for those.
  [[nodiscard]] std::size_t pages_at_once() const {
    const std::uint64_t drafts = run.credits.window_bytes / 2;
    return std::max<std::size_t>(1, drafts / std::max<std::uint64_t>(limits.batch_bytes, 1));
  }

  void take_notices(const std::vector<notice>& notices, const std::string& collection) {
    for (notice n : notices) {
      if (n.collection.empty()) n.collection = collection;
      add_notice(summary.notices, std::move(n));
    }
  }

  /// What courses need, once catalog and warehouse are known.
  void look_around() {
    around.self = self;
    around.writer = lane.first();
    around.request = &run.request;
    around.checkpoints = &checkpoints;
    around.limits = batches();
    around.tables = tables();
    around.only_looks = only_looks();
    around.source_time = source_time;
    around.jobs = &jobs;
    around.session = [this] { return session.now(); };
    around.now = run.now;
    around.draining = [this] { return draining || ended; };
    around.tell = [this](notice n) { add_notice(summary.notices, std::move(n)); };
    around.stage = [this](std::string words) { stage(std::move(words)); };
    around.give_up = [this](error why) { end(std::move(why)); };
    around.read = [this](const read_order& order, const transformer_config& transform,
                         collection_work work, course_surroundings::end_handler then) {
      read(order, transform, std::move(work), std::move(then));
    };
    around.converse = [this](std::shared_ptr<conversation> what,
                             course_surroundings::end_handler then) {
      converse(std::move(what), std::move(then));
    };
    around.read_deletions = [this](const collection& what, const window& range,
                                   course_surroundings::end_handler then) {
      std::shared_ptr<conversation> log =
          run.request.source->read_deletions(session.now(), what, range);
      fetcher_actor worker = spawn(log, {});
      talks.add({std::move(log), std::move(worker), std::move(then)});
    };
  }

  fetcher_actor spawn(std::shared_ptr<conversation> what, std::optional<collection_work> work) {
    fetcher_config config;
    config.talk = std::move(what);
    config.work = std::move(work);
    config.tenant = run.request.tenant;
    config.session = session.now();
    config.http = http;
    config.pool = pool;
    config.owner = pipeline_actor{self};
    config.retries = run.retries;
    config.credits = run.credits;
    config.budget = budget;
    config.pace = run.request.pace;
    config.slots = slots;
    config.usage_of = [source = run.request.source](const http_head& head) {
      return source->usage_of(head);
    };
    config.now = run.now;
    config.chance = run.chance;
    fetcher_actor worker = spawn_fetcher(self->system(), std::move(config));
    self->monitor(worker);
    self->send(worker, atom::go_v);
    return worker;
  }

  /// For a dialogue that is no collection's; its requests count for the run as a whole.
  void converse(std::shared_ptr<conversation> what,
                std::function<void(const conversation_end&)> then) {
    fetcher_actor worker = spawn(what, {});
    talks.add({std::move(what), std::move(worker),
               [this, then = std::move(then)](const conversation_end& done) {
                 snapshot.requests += done.counts.requests;
                 then(done);
               }});
  }

  std::function<void(std::shared_ptr<conversation>, std::function<void(const conversation_end&)>)>
  converser() {
    return [this](std::shared_ptr<conversation> what,
                  std::function<void(const conversation_end&)> then) {
      converse(std::move(what), std::move(then));
    };
  }

  void progress(const collection_progress_report& report) {
    for (collection_task& t : tasks) {
      if (t.what.name != report.collection || t.outcome) continue;
      t.latest = report.counts;
      t.seen.counts = t.counts();
      if (report.expected) t.seen.expected = report.expected;
    }
  }

  void ended_or_died(std::optional<dialogue> over, const conversation_end& done) {
    if (over && !ended) over->then(done);
  }

  caf::typed_response_promise<shared<login_end>> relogin(const session_ptr& stale) {
    auto answer = self->make_response_promise<shared<login_end>>();
    session.renew(stale, answer, *run.request.source,
                  [this](auto what, auto then) { converse(std::move(what), std::move(then)); });
    return answer;
  }

  // -- the end
  // ---------------------------------------------------------------------------------------

  void drain() {
    if (std::exchange(draining, true)) return;
    drain_began = run.now();
    if (ended) return;  // what is waited for is its writers
    stop_talks();
    if (!tasks.empty() && running > 0) start_more();
  }

  void stop_talks() {
    for (const fetcher_actor& worker : talks.workers())
      self->send(worker, atom::drain_v);
  }

  void end(std::optional<error> why) {
    if (ended) return;
    ended = true;
    stop_talks();  // of a run that broke off; there are none after a whole one
    conclude_all(tasks, why, summary.collections);
    // What was found of the warehouse helps, whatever came after.
    if (why && !looked.findings.empty()) tell_what_was_seen();
    if (!why && draining) why = interrupted();
    summary.why = std::move(why);
    summary.requests_other = snapshot.requests;
    summary.ended = run.now();
    if (budget) {
      summary.calls = budget->calls();
      summary.usage = budget->usage();
    }
    conclude_run(summary);
    tell_what_waits(summary, until_next_run());
    tell();
    if (!leaves_a_record()) return stop_writers();
    recording = true;
    record_run(self, lane.first(), run.request, checkpoints, summary, [this] {
      recording = false;
      stop_writers();
    });
  }

  /// No schema is made for a run that never came to its tables. Who asked for what is not there was
  /// refused: nothing was to be loaded.
  [[nodiscard]] bool leaves_a_record() const {
    const bool has_schema = came_to_tables || !checkpoints.empty();
    const bool refused = summary.why && summary.why->code == errc::usage;
    return has_schema && !only_looks() && !refused && !lane.empty();
  }

  void stop_writers() {
    if (lane.empty()) return leave();
    lane.stop();  // the last one's death: `down`
  }

  [[nodiscard]] milliseconds until_next_run() const {
    const cadence& when = run.request.when;
    const auto next = when.at ? when.at->next(summary.started) : std::nullopt;
    return next ? *next - summary.started : when.every;
  }

  void leave() {
    self->send(watcher, share(std::move(summary)));
    self->quit();
  }

  void down(const caf::down_msg& message) {
    if (lane.take(message.source)) {
      if (!ended) return end(error_of(message.reason));
      if (lane.empty() && !recording) leave();
      return;
    }
    if (!message.reason) return;
    std::optional<dialogue> over = talks.take(message.source);
    if (!over) return;
    const conversation_end done{over->what, error_of(message.reason), {}, {}};
    ended_or_died(std::move(over), done);
  }

  void stage(std::string words) {
    snapshot.stage = std::move(words);
    tell();
  }

  void tell() {
    snapshot.now = run.now();
    snapshot.collections.clear();
    // A run that only looks reads none of them.
    if (!only_looks())
      for (const collection_task& t : tasks)
        snapshot.collections.push_back(t.seen);
    self->send(watcher, share(snapshot));
  }

  void tick() {
    if (!ended) tell();
    if (draining) hasten(run.now() - drain_began);
    self->delayed_send(self, snapshot_interval, atom::tick_v, std::uint64_t{0});
  }

  /// Whoever ends a run does not wait for a lock that somebody keeps, nor for a server that is
  /// silent: I1 holds all the same.
  void hasten(milliseconds since) {
    if (since < run.request.drain_patience) return;
    if (run.request.cancel_statements) run.request.cancel_statements();
    if (since >= run.request.drain_patience + cancel_patience) lane.abandon();
  }
};

pipeline_actor::behavior_type pipeline(pipeline_actor::stateful_pointer<pipeline_state> self,
                                       pipeline_run run, const http_actor& http,
                                       const pool_actor& pool, const run_watcher_actor& watcher) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.run = std::move(run);
  state.http = http;
  state.pool = pool;
  state.watcher = watcher;
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::go) { self->state.go(); },
      [self](atom::drain) { self->state.drain(); },
      [self](atom::tick, std::uint64_t) { self->state.tick(); },
      [self](const shared<collection_progress_report>& report) { self->state.progress(*report); },
      [self](const shared<conversation_end>& done) {
        self->state.ended_or_died(self->state.talks.take(done->what), *done);
      },
      [self](atom::relogin, const session_ptr& stale) { return self->state.relogin(stale); },
      [self](atom::remember, const shared<remembered_job>& job) {
        return self->state.jobs.remember(job);
      },
  };
}

}  // namespace

pipeline_actor spawn_pipeline(caf::actor_system& system, pipeline_run run, http_actor http,
                              pool_actor pool, run_watcher_actor watcher) {
  return system.spawn(pipeline, std::move(run), std::move(http), std::move(pool),
                      std::move(watcher));
}

}  // namespace millrace
