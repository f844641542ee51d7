// The supervisor of runs that are asked for once.
#include "actors/supervisor.hpp"

#include "actors/support.hpp"

#include <map>

namespace millrace {
namespace {

struct supervisor_state {
  static inline const char* name = "supervisor";

  struct child {
    std::string pipeline;
    std::string schema;
    time_point started{};
    pipeline_actor handle;
    bool told = false;  ///< its summary has come
  };

  supervisor_actor::pointer self = nullptr;
  supervisor_config config;
  http_actor http;
  pool_actor pool;
  watcher_actor watcher;
  std::map<caf::actor_addr, child> children;
  std::size_t next = 0;
  bool draining = false;

  void start_more() {
    while (!draining && children.size() < config.runs_at_once && next < config.runs.size()) {
      pipeline_run& run = config.runs[next++];
      child c{run.request.pipeline, run.request.schema, run.now(), {}, false};
      c.handle = spawn_pipeline(self->system(), run, http, pool, supervisor_actor{self});
      self->monitor(c.handle);
      self->send(c.handle, atom::go_v);
      const caf::actor_addr address = c.handle.address();
      children.emplace(address, std::move(c));
    }
    if (children.empty() && (draining || next == config.runs.size())) {
      if (draining) skip_rest();
      self->quit();
    }
  }

  /// Pipelines that a drain kept from starting are told of as well: nothing is silent.
  void skip_rest() {
    for (; next < config.runs.size(); ++next) {
      const pipeline_run& run = config.runs[next];
      tell_failure(run.request.pipeline, run.request.schema, run.now(), run.now(),
                   {errc::interrupted,
                    "the run was ended by a signal before it began",
                    "Run again",
                    retry::later,
                    {},
                    {}});
    }
  }

  void tell_failure(const std::string& pipeline, const std::string& schema, time_point started,
                    time_point ended, error why) {
    run_summary summary;
    summary.pipeline = pipeline;
    summary.schema = schema;
    summary.started = started;
    summary.ended = ended;
    summary.why = std::move(why);
    conclude_run(summary);
    self->send(watcher, share(std::move(summary)));
  }

  void drain() {
    draining = true;
    for (const auto& [address, c] : children)
      self->send(c.handle, atom::drain_v);
    start_more();
  }

  void summary(const shared<run_summary>& told) {
    const auto from = children.find(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    if (from != children.end()) from->second.told = true;
    self->send(watcher, told);
  }

  void down(const caf::down_msg& message) {
    const auto found = children.find(message.source);
    if (found == children.end()) return;
    const child c = found->second;
    children.erase(found);
    // A run that ended without a word crashed: that is a failure, never silence (I4).
    if (!c.told)
      tell_failure(c.pipeline, c.schema, c.started, config.runs.front().now(),
                   error_of(message.reason));
    start_more();
  }
};

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_config config,
    const http_actor& http, const pool_actor& pool, const watcher_actor& watcher) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.http = http;
  state.pool = pool;
  state.watcher = watcher;
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::go) { self->state.start_more(); },
      [self](atom::drain) { self->state.drain(); },
      [self](const shared<run_snapshot>& told) { self->send(self->state.watcher, told); },
      [self](const shared<run_plan>& told) { self->send(self->state.watcher, told); },
      [self](const shared<run_summary>& told) { self->state.summary(told); },
  };
}

}  // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_config config,
                                  http_actor http, pool_actor pool, watcher_actor watcher) {
  return system.spawn(supervisor, std::move(config), std::move(http), std::move(pool),
                      std::move(watcher));
}

}  // namespace millrace
