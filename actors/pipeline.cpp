// The pipeline: a run's stages, one after the other, and then its collections side by side.
#include "actors/pipeline.hpp"

#include "actors/support.hpp"
#include "actors/transformer.hpp"
#include "engine/naming/table_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace millrace {
namespace {

constexpr milliseconds snapshot_interval{200};

/// One collection on its way through the run.
struct collection_task {
  collection what;
  table_ptr table;
  std::optional<std::uint64_t> records;  ///< that the source holds, roughly
  bool was_complete = false;
  bool described_again = false;
  merge_mode mode = merge_mode::changed;
  table_change change;
  window range;
  read_method method = read_method::rest;
  collection_snapshot seen;
  std::optional<collection_outcome> outcome;
  fetcher_actor worker;
  std::shared_ptr<conversation> talk;
};

struct pipeline_state {
  static inline const char* name = "pipeline";

  pipeline_actor::pointer self = nullptr;
  pipeline_run run;
  http_actor http;
  pool_actor pool;
  supervisor_actor watcher;
  writer_actor writer;

  run_summary summary;
  run_snapshot snapshot;
  std::vector<checkpoint> checkpoints;
  session_ptr session;
  time_point source_time{};
  run_plan looked;  ///< what a run that only looks tells
  std::vector<collection_task> tasks;
  std::size_t next_task = 0;
  std::size_t running = 0;

  // The dialogue of the stage that is under way: a login or a catalog.
  std::shared_ptr<conversation> talk;
  fetcher_actor talker;
  std::function<void(const conversation_end&)> talk_ended;
  std::vector<caf::typed_response_promise<shared<login_end>>> wait_for_login;

  bool draining = false;
  bool ended = false;

  // -- stages
  // ----------------------------------------------------------------------------------------

  void go() {
    summary.pipeline = run.request.pipeline;
    summary.schema = run.request.schema;
    summary.started = run.now();
    snapshot.pipeline = run.request.pipeline;
    snapshot.started = summary.started;
    self->delayed_send(self, snapshot_interval, atom::tick_v, std::uint64_t{0});
    if (run.request.purpose == run_purpose::discover) return log_in();
    stage("connecting to the warehouse");
    writer = spawn_writer(self->system(), run.warehouse, run.writer_detached);
    self->monitor(writer);
    self->request(writer, caf::infinite, atom::open_v)
        .then(
            [this](const shared<warehouse_opened>& opened) {
              if (!opened->state) return end(opened->state.error());
              checkpoints = opened->state->checkpoints;
              looked.facts = opened->state->facts;
              log_in();
            },
            [this](caf::error& why) { end(error_of(why)); });
  }

  void log_in() {
    if (draining) return end(interrupted());
    stage("logging in");
    converse(run.request.source->log_in(), [this](const conversation_end& done) {
      if (done.why) return end(*done.why);
      session = std::static_pointer_cast<login_conversation>(done.what)->result_session();
      read_catalog();
    });
  }

  void read_catalog() {
    if (draining) return end(interrupted());
    stage("reading the catalog");
    selection what = run.request.what;
    // Only a first load has a choice that record counts help with; they cost a call.
    what.want_counts = checkpoints.empty() || run.request.full;
    converse(run.request.source->read_catalog(session, what), [this](const conversation_end& done) {
      if (done.why) return end(*done.why);
      const auto& read = static_cast<const catalog_conversation&>(*done.what);
      source_time = read.source_time();
      take_catalog(read);
    });
  }

  void take_catalog(const catalog_conversation& read) {
    const catalog& found = read.result_catalog();
    summary.notices = found.notices;
    const auto wanted = [&](const std::string& collection, const std::string& object) {
      return run.request.only.empty() ||
             std::find_if(run.request.only.begin(), run.request.only.end(),
                          [&](const std::string& o) { return o == collection || o == object; }) !=
                 run.request.only.end();
    };
    for (const undescribed& u : found.failed) {
      if (!wanted(u.name, u.object)) continue;
      collection_outcome outcome;
      outcome.collection = u.name;
      outcome.object = u.object;
      outcome.why = u.why;
      summary.collections.push_back(std::move(outcome));
    }
    for (const collection& c : found.collections)
      if (wanted(c.name, c.object)) add_task(c, read.record_count(c.object));
    if (tasks.empty() && summary.collections.empty())
      return end(error{errc::object_missing,
                       "no collection that the configuration names is in this org",
                       "Look at the notices, and at `millrace discover`",
                       retry::never,
                       {},
                       {}});
    // The largest first, so that none of them is alone at the end.
    std::stable_sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) {
      return a.records.value_or(0) > b.records.value_or(0);
    });
    if (run.request.purpose == run_purpose::discover) return tell_plan();
    stage("preparing tables");
    prepare(0);
  }

  void add_task(const collection& c, std::optional<std::uint64_t> records) {
    collection_task task;
    task.records = records;
    task.seen.collection = c.name;
    task.seen.object = c.object;
    task.seen.expected = records;
    task.what = c;
    make_table(task);
    tasks.push_back(std::move(task));
  }

  void make_table(collection_task& task) {
    named_table named = make_table_schema(task.what, run.identifier_bytes_max);
    task.table = std::make_shared<const table_schema>(std::move(named.table));
    std::move(named.notices.begin(), named.notices.end(), std::back_inserter(summary.notices));
  }

  void prepare(std::size_t index) {
    if (draining) return end(interrupted());
    if (index == tasks.size()) {
      if (run.request.purpose == run_purpose::plan) return tell_plan();
      stage("loading");
      return start_more();
    }
    prepare_one(index, [this, index] { prepare(index + 1); });
  }

  void prepare_one(std::size_t index, const std::function<void()>& then) {
    self->request(writer, caf::infinite, atom::prepare_v, tasks[index].table,
                  run.request.purpose == run_purpose::plan)
        .then(
            [this, index, then](const shared<table_ready>& ready) {
              if (ready->report) {
                plan(tasks[index], *ready->report);
              } else {
                conclude(tasks[index], ready->report.error(), {});
              }
              then();
            },
            [this](caf::error& why) { end(error_of(why)); });
  }

  /// Decides the window: everything, or what changed since the checkpoint.
  void plan(collection_task& task, const table_report& report) {
    for (const notice& n : report.change.notices)
      summary.notices.push_back(n);
    task.change = report.change;
    const auto found =
        std::find_if(checkpoints.begin(), checkpoints.end(),
                     [&](const checkpoint& c) { return c.collection == task.what.name; });
    const bool known = found != checkpoints.end() && report.change.none() && !run.request.full;
    task.was_complete = known && found->complete;
    if (known && task.what.version) task.range.from = found->cursor;
    task.mode = report.empty ? merge_mode::first_load : merge_mode::changed;
    task.method = run.request.source->choose_method(task.what, task.range, task.records);
    task.seen.method = task.method;
    if (!task.range.everything()) task.seen.expected.reset();
  }

  // -- collections
  // -----------------------------------------------------------------------------------

  /// For runs that only look: what they saw, and the end.
  void tell_plan() {
    looked.pipeline = run.request.pipeline;
    looked.schema = run.request.schema;
    looked.notices = summary.notices;
    for (collection_task& t : tasks) {
      planned_collection planned{t.what, t.table, {}, t.change, t.range, t.method, t.records};
      if (t.outcome) planned.why_not = t.outcome->why;
      looked.collections.push_back(std::move(planned));
      if (!t.outcome) conclude(t, {}, {});
    }
    self->send(watcher, share(looked));
    end({});
  }

  void start_more() {
    while (!draining && running < run.request.collections_at_once && next_task < tasks.size()) {
      collection_task& task = tasks[next_task++];
      if (!task.outcome) start(task);
    }
    if (draining)
      for (; next_task < tasks.size(); ++next_task)
        if (!tasks[next_task].outcome) conclude(tasks[next_task], interrupted(), {});
    if (running == 0 && next_task == tasks.size()) end({});
  }

  void start(collection_task& task) {
    ++running;
    std::shared_ptr<reader> pages =
        run.request.source->read(session, {task.what, task.table, task.range, task.method});
    task.talk = pages;
    task.seen.state = collection_snapshot::state_kind::reading;
    collection_work work;
    work.pages = pages;
    work.was_complete = task.was_complete;
    work.final_position.collection = task.what.name;
    work.final_position.object = task.what.object;
    work.final_position.complete = true;
    if (task.what.version) work.final_position.cursor = source_time - run.request.overlap;
    const transformer_config transform{task.table, task.mode, run.batches};
    work.make_transformer = [transform, writer = writer,
                             system = &self->system()](const fetcher_actor& owner) {
      return spawn_transformer(*system, transform, writer, owner);
    };
    task.worker = spawn(pages, std::move(work));
  }

  fetcher_actor spawn(std::shared_ptr<conversation> what, std::optional<collection_work> work) {
    fetcher_config config;
    config.talk = std::move(what);
    config.work = std::move(work);
    config.tenant = run.request.tenant;
    config.session = session;
    config.http = http;
    config.pool = pool;
    config.owner = pipeline_actor{self};
    config.retries = run.retries;
    config.credits = run.credits;
    config.now = run.now;
    config.chance = run.chance;
    fetcher_actor worker = spawn_fetcher(self->system(), std::move(config));
    self->monitor(worker);
    self->send(worker, atom::go_v);
    return worker;
  }

  void converse(std::shared_ptr<conversation> what,
                std::function<void(const conversation_end&)> ended_with) {
    talk = std::move(what);
    talk_ended = std::move(ended_with);
    talker = spawn(talk, {});
  }

  void progress(const collection_progress_report& report) {
    for (collection_task& t : tasks) {
      if (t.what.name != report.collection) continue;
      t.seen.counts = report.counts;
      if (report.expected) t.seen.expected = report.expected;
    }
  }

  void conversation_ended(const conversation_end& done) {
    if (done.what == talk) {
      snapshot.requests += done.counts.requests;
      talk.reset();
      talker = fetcher_actor{};
      const auto then = std::exchange(talk_ended, {});
      then(done);
      return;
    }
    for (collection_task& t : tasks) {
      if (t.talk != done.what || t.outcome) continue;
      --running;
      t.worker = fetcher_actor{};
      for (notice n : done.notices) {
        if (n.collection.empty()) n.collection = t.what.name;
        summary.notices.push_back(std::move(n));
      }
      t.method = static_cast<const reader&>(*done.what).method();
      if (done.why && done.why->code == errc::field_missing && !t.described_again && !draining &&
          !talk)
        return describe_again(t);
      conclude(t, done.why, done.counts);
      return start_more();
    }
  }

  /// A field vanished between describe and query: describe this object anew and read it without.
  void describe_again(collection_task& task) {
    task.described_again = true;
    ++running;
    selection what;
    what.include = {task.what.object};
    const auto index = static_cast<std::size_t>(&task - tasks.data());
    const auto go_on = [this, index](const conversation_end& done) {
      --running;
      collection_task& t = tasks[index];
      const auto* read = static_cast<const catalog_conversation*>(done.what.get());
      if (done.why || read->result_catalog().collections.empty()) {
        conclude(t,
                 done.why.value_or(error{
                     errc::object_missing, t.what.object + " vanished", {}, retry::never, {}, {}}),
                 {});
        return start_more();
      }
      t.what = read->result_catalog().collections.front();
      make_table(t);
      summary.notices.push_back(
          {t.what.name, "field_vanished",
           fmt::format(
               "a field of {} was removed or hidden while it was being read; it was described "
               "again and read without that field, the column is kept",
               t.what.object)});
      ++running;
      prepare_one(index, [this, index] {
        --running;
        if (!tasks[index].outcome) start(tasks[index]);
        start_more();
      });
    };
    converse(run.request.source->read_catalog(session, what), go_on);
  }

  void conclude(collection_task& task, std::optional<error> why, const collection_counts& counts) {
    collection_outcome outcome;
    outcome.collection = task.what.name;
    outcome.object = task.what.object;
    outcome.counts = counts;
    outcome.method = task.method;
    outcome.kind = !why                               ? outcome_kind::success
                   : why->code == errc::request_limit ? outcome_kind::throttled
                                                      : outcome_kind::failure;
    outcome.why = std::move(why);
    task.seen.state = collection_snapshot::state_kind::done;
    task.seen.outcome = outcome.kind;
    task.seen.counts = counts;
    task.outcome = std::move(outcome);
  }

  // -- sessions
  // --------------------------------------------------------------------------------------

  /// One login at a time, however many fetchers met the end of the session (salesforce-api.md 1.3).
  caf::typed_response_promise<shared<login_end>> relogin(const session_ptr& stale) {
    auto answer = self->make_response_promise<shared<login_end>>();
    if (stale != session) {
      answer.deliver(share(login_end{session}));
      return answer;
    }
    wait_for_login.push_back(answer);
    if (wait_for_login.size() > 1) return answer;
    login_talk = run.request.source->log_in();
    login_worker = spawn(login_talk, {});
    return answer;
  }

  std::shared_ptr<conversation> login_talk;
  fetcher_actor login_worker;

  void relogin_ended(const conversation_end& done) {
    result<session_ptr> fresh = failure(errc::internal, "no session");
    if (done.why) {
      fresh = failure(*done.why);
    } else {
      session = std::static_pointer_cast<login_conversation>(done.what)->result_session();
      fresh = session;
    }
    snapshot.requests += done.counts.requests;
    login_talk.reset();
    login_worker = fetcher_actor{};
    const auto told = share(login_end{std::move(fresh)});
    for (auto& answer : std::exchange(wait_for_login, {}))
      answer.deliver(told);
  }

  // -- the end
  // ---------------------------------------------------------------------------------------

  static error interrupted() {
    return {errc::interrupted,
            "the run was ended by a signal",
            "Run again: it goes on from what is committed",
            retry::later,
            {},
            {}};
  }

  void drain() {
    if (draining || ended) return;
    draining = true;
    if (talker) self->send(talker, atom::drain_v);
    for (const collection_task& t : tasks)
      if (t.worker) self->send(t.worker, atom::drain_v);
    if (!tasks.empty() && running > 0) start_more();
  }

  void end(std::optional<error> why) {
    if (ended) return;
    ended = true;
    for (collection_task& t : tasks) {
      if (!t.outcome && why) conclude(t, why, {});
      if (t.outcome) summary.collections.push_back(std::move(*t.outcome));
    }
    std::sort(summary.collections.begin(), summary.collections.end(),
              [](const auto& a, const auto& b) { return a.collection < b.collection; });
    if (!why && draining) why = interrupted();
    summary.why = std::move(why);
    summary.requests_other = snapshot.requests;
    summary.ended = run.now();
    conclude_run(summary);
    tell();
    if (!writer) return leave();
    self->send_exit(writer, caf::exit_reason::user_shutdown);  // its death ends this actor: `down`
  }

  void leave() {
    self->send(watcher, share(std::move(summary)));
    self->quit();
  }

  void down(const caf::down_msg& message) {
    if (writer && message.source == writer.address()) {
      writer = writer_actor{};
      if (ended) return leave();
      return end(error_of(message.reason));
    }
    if (!message.reason) return;
    const auto died = [&](const fetcher_actor& f) { return f && message.source == f.address(); };
    if (died(talker)) return conversation_ended({talk, error_of(message.reason), {}, {}});
    if (died(login_worker)) return relogin_ended({login_talk, error_of(message.reason), {}, {}});
    for (collection_task& t : tasks) {
      if (!died(t.worker)) continue;
      const auto what = t.talk;
      return conversation_ended({what, error_of(message.reason), t.seen.counts, {}});
    }
  }

  void stage(std::string words) {
    snapshot.stage = std::move(words);
    tell();
  }

  void tell() {
    snapshot.now = run.now();
    snapshot.collections.clear();
    for (const collection_task& t : tasks)
      snapshot.collections.push_back(t.seen);
    self->send(watcher, share(snapshot));
  }

  void tick() {
    if (ended) return;
    tell();
    self->delayed_send(self, snapshot_interval, atom::tick_v, std::uint64_t{0});
  }
};

pipeline_actor::behavior_type pipeline(pipeline_actor::stateful_pointer<pipeline_state> self,
                                       pipeline_run run, const http_actor& http,
                                       const pool_actor& pool, const supervisor_actor& watcher) {
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
        if (done->what == self->state.login_talk) return self->state.relogin_ended(*done);
        self->state.conversation_ended(*done);
      },
      [self](atom::relogin, const session_ptr& stale) { return self->state.relogin(stale); },
  };
}

}  // namespace

pipeline_actor spawn_pipeline(caf::actor_system& system, pipeline_run run, http_actor http,
                              pool_actor pool, supervisor_actor watcher) {
  return system.spawn(pipeline, std::move(run), std::move(http), std::move(pool),
                      std::move(watcher));
}

}  // namespace millrace
