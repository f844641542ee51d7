// The supervisor: a shell around the rules of engine/schedule.
#include "actors/supervisor.hpp"

#include "actors/support.hpp"
#include "engine/schedule/run_record.hpp"
#include "engine/schedule/timetable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace millrace {
namespace {

/// How long the wall clock is trusted to go on as it does: it may be set, and machines sleep.
constexpr milliseconds longest_sleep{30'000};
/// How often runs are looked at, whether they last.
constexpr milliseconds look_interval{5'000};
/// When a pipeline that another process holds is tried again.
constexpr milliseconds held_wait{60'000};

error unknown(const std::string& pipeline) {
  return {errc::usage, fmt::format("there is no pipeline '{}'", pipeline), {}, retry::never, {},
          {}};
}

struct supervisor_state {
  static inline const char* name = "supervisor";

  /// A pipeline, and what was learned of it.
  struct kept {
    supervised_pipeline what;
    std::uint32_t failures = 0;
    std::uint64_t skipped = 0;  ///< ticks
    bool lasts = true;          ///< as far as anybody knows
    bool gone = false;          ///< not in the plan any more; it runs to its end
    std::string because;
  };
  struct child {
    std::string pipeline;
    std::string schema;
    time_point began{};
    std::uint64_t skipped = 0;
    pipeline_actor handle;
    std::unique_ptr<kept_text::hold> hold;
    std::optional<run_verdict> verdict;  ///< of its summary
    outcome_kind outcome = outcome_kind::failure;
    bool interrupted = false;
  };

  supervisor_actor::pointer self = nullptr;
  supervisor_config config;
  watcher_actor watcher;
  std::map<std::string, kept> pipelines;
  timetable times;
  std::unique_ptr<run_queue> queue;
  std::map<std::string, due_run> queued;  ///< that wait for a place
  std::map<caf::actor_addr, child> children;
  std::map<std::string, breaker> sources;
  std::map<std::string, breaker> warehouses;
  std::uint64_t timer = 0;  ///< the number of the one that counts
  bool draining = false;

  // -- what there is to run
  // ------------------------------------------------------------------------------

  void go() {
    if (draining) return;
    queue = std::make_unique<run_queue>(config.queue);
    apply(config.plan);
    config.plan = {};
  }

  void apply(const host_plan& plan) {
    if (draining) return;
    queue->bound_warehouses(plan.runs_of_warehouse);
    // Somebody may have mended what could not be used.
    for (const auto& [of, b] : std::exchange(sources, {}))
      queue->let_go_source(of);
    for (const auto& [of, b] : std::exchange(warehouses, {}))
      queue->let_go_warehouse(of);
    for (auto& [pipeline, k] : pipelines)
      k.gone = true;
    const time_point now = config.now();
    for (const supervised_pipeline& p : plan.pipelines) {
      const auto [at, fresh] = pipelines.try_emplace(p.name);
      at->second.what = p;
      at->second.gone = false;
      // One that was taken out and comes back while it still runs is put in when that has ended.
      if (fresh || times.knows(p.name))
        times.put(p.name, p.when, fresh ? recall(at->second) : std::nullopt, now);
      if (fresh && p.paused) times.pause(p.name);
      tell_standing(p.name);
    }
    for (auto at = pipelines.begin(); at != pipelines.end();)
      at = at->second.gone ? take_out(at) : std::next(at);
    advance();
  }

  std::map<std::string, kept>::iterator take_out(std::map<std::string, kept>::iterator at) {
    const std::string pipeline = at->first;
    times.remove(pipeline);
    if (queue->withdraw(pipeline)) queued.erase(pipeline);
    if (runs(pipeline)) return std::next(at);
    tell(pipeline_standing{pipeline, standing_kind::gone, {}, 0, 0, {}});
    return pipelines.erase(at);
  }

  /// When its last run began; none: nothing is known of one.
  std::optional<time_point> recall(kept& k) const {
    if (config.once || !k.what.record) return {};
    const auto hold = k.what.record->try_hold();
    if (!hold || !*hold) return {};
    const auto text = (*hold)->read();
    const auto record = text && *text ? parse_run_record(**text) : std::nullopt;
    if (!record) return {};
    k.failures = record->failures;
    k.lasts = record->ended - record->begun > lasting_run;
    // A clock that was ahead must not keep a pipeline waiting until then.
    return std::min(record->begun, config.now());
  }

  [[nodiscard]] bool runs(const std::string& pipeline) const {
    return std::any_of(children.begin(), children.end(),
                       [&](const auto& c) { return c.second.pipeline == pipeline; });
  }

  // -- time
  // ----------------------------------------------------------------------------------------------

  void advance() {
    const time_point now = config.now();
    if (!draining) {
      for (const due_run& due : times.take_due(now))
        enqueue(due);
      renew_breakers(now);
      begin_next();
    }
    leave_when_done();
    sleep(now);
  }

  void sleep(time_point now) {
    milliseconds wait = longest_sleep;
    if (!children.empty()) wait = look_interval;
    const auto until = [&](std::optional<time_point> at) {
      if (at) wait = std::min(wait, std::max(milliseconds{1}, *at - now));
    };
    until(times.next());
    for (const auto* all : {&sources, &warehouses})
      for (const auto& [of, b] : *all)
        if (b.state(now) == breaker::state_kind::open) until(b.until());
    self->delayed_send(self, wait, atom::tick_v, ++timer);
  }

  void tick(std::uint64_t number) {
    if (number != timer) return;  // a later one is under way
    const time_point now = config.now();
    for (const auto& [address, c] : children)
      if (now - c.began > lasting_run) queue->turns_out_to_last(c.pipeline);
    advance();
  }

  void renew_breakers(time_point now) {
    for (auto& [of, b] : sources)
      if (b.state(now) == breaker::state_kind::probing) queue->let_go_source(of);
    for (auto& [of, b] : warehouses)
      if (b.state(now) == breaker::state_kind::probing) queue->probe_warehouse(of);
  }

  // -- runs
  // ----------------------------------------------------------------------------------------------

  void enqueue(const due_run& due) {
    kept& k = pipelines.at(due.pipeline);
    k.skipped += due.skipped;
    queued[due.pipeline] = due;
    const supervised_pipeline& p = k.what;
    queue->add({p.name, p.tenant, p.weight, k.lasts && !config.once, p.source, p.warehouse});
    tell_standing(due.pipeline);
  }

  void begin_next() {
    while (const auto next = queue->next())
      begin(next->pipeline);
  }

  void begin(const std::string& pipeline) {
    kept& k = pipelines.at(pipeline);
    child c;
    c.pipeline = pipeline;
    c.schema = k.what.schema;
    c.began = config.now();
    const due_run due = queued.extract(pipeline).mapped();
    c.skipped = due.skipped;
    if (k.what.record) {
      auto hold = k.what.record->try_hold();
      if (!hold) return not_begun(c, hold.error());
      if (!*hold) return not_begun(c, held(pipeline));
      c.hold = std::move(*hold);
    }
    auto request = k.what.make();
    if (!request) return not_begun(c, request.error());
    request->only_due = !config.once && !due.asked_for;
    request->skipped_ticks = c.skipped;
    c.handle = config.spawn(std::move(*request), run_watcher_actor{self});
    self->monitor(c.handle);
    self->send(c.handle, atom::go_v);
    k.because.clear();
    const caf::actor_addr address = c.handle.address();
    children.emplace(address, std::move(c));
    tell_standing(pipeline);
  }

  static error held(const std::string& pipeline) {
    return {errc::held,
            fmt::format("another process runs {} now", pipeline),
            "Wait for it to end. A host that runs all the time is told by `millrace status`",
            retry::later,
            {},
            {}};
  }

  void not_begun(child& c, const error& why) {
    queue->ended(c.pipeline);
    pipelines.at(c.pipeline).because = why.message;
    const time_point now = config.now();
    const bool by_another = why.code == errc::held;
    times.ended(c.pipeline, by_another ? std::nullopt : std::optional{now}, now, now + held_wait);
    // The other process tells of its run.
    if (config.once || !by_another) tell_failure(c, why);
    settle(c);
  }

  /// A run that ended without a word crashed: that is a failure, never silence (I4).
  void tell_failure(const child& c, error why) {
    run_summary summary;
    summary.pipeline = c.pipeline;
    summary.schema = c.schema;
    summary.started = c.began;
    summary.ended = config.now();
    summary.skipped_ticks = c.skipped;
    summary.why = std::move(why);
    conclude_run(summary);
    self->send(watcher, share(std::move(summary)));
  }

  void summary(const shared<run_summary>& told) {
    const auto from = children.find(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    if (from == children.end()) return self->send(watcher, told);
    child& c = from->second;
    c.verdict = judge(*told);
    c.outcome = told->outcome;
    c.interrupted = told->why && told->why->code == errc::interrupted;
    self->send(watcher, told);
  }

  void down(const caf::down_msg& message) {
    const auto found = children.find(message.source);
    if (found == children.end()) return;
    child c = std::move(found->second);
    children.erase(found);
    if (!c.verdict) {
      error why = error_of(message.reason);
      c.verdict = run_verdict{blame_kind::pipeline, true, why};
      tell_failure(c, std::move(why));
    }
    ended(c);
    settle(c);
    advance();
  }

  /// What the run teaches: of the pipeline, and of what it used.
  void ended(child& c) {
    kept& k = pipelines.at(c.pipeline);
    const time_point now = config.now();
    queue->ended(c.pipeline);
    const run_verdict& verdict = *c.verdict;
    if (c.interrupted) return times.ended(c.pipeline, {}, now, now);
    believe(sources, k.what.source, verdict, blame_kind::source, c.began);
    believe(warehouses, k.what.warehouse, verdict, blame_kind::warehouse, c.began);
    k.failures = verdict.blame == blame_kind::nobody ? 0 : k.failures + 1;
    k.lasts = now - c.began > lasting_run;
    k.because = verdict.why ? verdict.why->message : std::string();
    // A run that was asked for once may be of a part of the collections: no tick is served by it.
    if (c.hold && !config.once) {
      // Without it the pipeline is due once too often after the next start, no more.
      (void)c.hold->replace(
          text_of(run_record{c.began, std::max(now, c.began), c.outcome, k.failures}));
    }
    c.hold.reset();
    std::optional<time_point> again;
    // Whoever waits for a probe is due at once, and does not begin before it.
    if (verdict.blame == blame_kind::warehouse) {
      again = now;
    } else if (verdict.again_soon) {
      again = now + wait_before_rerun(config.reruns, k.failures, config.chance());
    }
    times.ended(c.pipeline, c.began, now, again);
  }

  void believe(std::map<std::string, breaker>& all, const std::string& of,
               const run_verdict& verdict, blame_kind kind, time_point began) {
    const bool warehouse = kind == blame_kind::warehouse;
    if (verdict.blame == kind && !config.once) {
      const auto at = all.try_emplace(of, config.breakers).first;
      at->second.failed(began, config.now(), config.chance());
      return warehouse ? queue->hold_warehouse(of) : queue->hold_source(of);
    }
    if (all.erase(of) == 0) return;
    if (warehouse) {
      queue->let_go_warehouse(of);
    } else {
      queue->let_go_source(of);
    }
  }

  /// After a run: what is not in the plan any more, or was to run once, goes.
  void settle(const child& c) {
    const auto found = pipelines.find(c.pipeline);
    if (config.once) {
      times.remove(c.pipeline);
      pipelines.erase(found);
    } else if (found->second.gone) {
      tell(pipeline_standing{c.pipeline, standing_kind::gone, {}, 0, 0, {}});
      pipelines.erase(found);
    } else {
      // Ticks that passed while it ran do not call for another run.
      if (!times.knows(c.pipeline))
        times.put(c.pipeline, found->second.what.when, config.now(), config.now());
      tell_standing(c.pipeline);
    }
  }

  // -- what others see
  // -----------------------------------------------------------------------------------

  void tell(pipeline_standing standing) {
    if (!config.once) self->send(watcher, share(std::move(standing)));
  }

  void tell_standing(const std::string& pipeline) {
    if (config.once) return;
    const kept& k = pipelines.at(pipeline);
    pipeline_standing standing;
    standing.pipeline = pipeline;
    standing.next = times.next_of(pipeline);
    standing.skipped = k.skipped;
    standing.failures = k.failures;
    standing.because = k.because;
    standing.kind = runs(pipeline)              ? standing_kind::running
                    : queued.contains(pipeline) ? standing_kind::queued
                    : times.is_paused(pipeline) ? standing_kind::paused
                                                : standing_kind::waiting;
    tell(std::move(standing));
  }

  [[nodiscard]] run_places places() const {
    if (!queue) return {};
    return {queue->running(), queue->waiting()};
  }

  // -- orders
  // --------------------------------------------------------------------------------------------

  shared<control_end> sync(const std::string& pipeline) {
    if (!times.knows(pipeline)) return share(control_end{failure(unknown(pipeline))});
    if (!times.ask_for(pipeline, config.now()))
      return share(control_end{
          failure(errc::held, fmt::format("{} runs already, or waits for a place", pipeline), {})});
    advance();
    return share(control_end{});
  }

  shared<control_end> pause(const std::string& pipeline, bool wanted) {
    if (!times.knows(pipeline)) return share(control_end{failure(unknown(pipeline))});
    if (wanted) {
      times.pause(pipeline);
    } else {
      times.resume(pipeline, config.now());
    }
    tell_standing(pipeline);
    advance();
    return share(control_end{});
  }

  // -- the end
  // -------------------------------------------------------------------------------------------

  void drain() {
    draining = true;
    for (const auto& [address, c] : children)
      self->send(c.handle, atom::drain_v);
    leave_when_done();
  }

  void leave_when_done() {
    if (!children.empty()) return;
    if (draining) {
      if (config.once) skip_rest();
      return self->quit();
    }
    if (config.once && queue->waiting() == 0) self->quit();
  }

  /// Pipelines that a drain kept from starting are told of as well: nothing is silent.
  void skip_rest() {
    for (const auto& [pipeline, due] : std::exchange(queued, {}))
      tell_skipped(pipelines.at(pipeline).what);
    for (const supervised_pipeline& p : config.plan.pipelines)  // before it was told to go
      tell_skipped(p);
  }

  void tell_skipped(const supervised_pipeline& p) {
    child c;
    c.pipeline = p.name;
    c.schema = p.schema;
    c.began = config.now();
    tell_failure(c, {errc::interrupted,
                     "the run was ended by a signal before it began",
                     "Run again",
                     retry::later,
                     {},
                     {}});
  }
};

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_config config,
    const watcher_actor& watcher) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.watcher = watcher;
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::go) { self->state.go(); },
      [self](atom::drain) { self->state.drain(); },
      [self](atom::tick, std::uint64_t number) { self->state.tick(number); },
      [self](const shared<run_snapshot>& told) { self->send(self->state.watcher, told); },
      [self](const shared<run_plan>& told) { self->send(self->state.watcher, told); },
      [self](const shared<run_summary>& told) { self->state.summary(told); },
      [self](const shared<host_plan>& plan) { self->state.apply(*plan); },
      [self](atom::sync, const std::string& pipeline) { return self->state.sync(pipeline); },
      [self](atom::pause, const std::string& pipeline) {
        return self->state.pause(pipeline, true);
      },
      [self](atom::resume, const std::string& pipeline) {
        return self->state.pause(pipeline, false);
      },
      [self](atom::report) { return share(self->state.places()); },
  };
}

}  // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                  watcher_actor watcher) {
  return system.spawn(supervisor, std::move(config), std::move(watcher));
}

}  // namespace millrace
