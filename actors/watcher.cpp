// The watcher.
#include "actors/watcher.hpp"

#include "actors/support.hpp"

namespace millrace {
namespace {

struct watcher_state {
  static inline const char* name = "watcher";
  watcher_config config;
};

watcher_actor::behavior_type watcher(watcher_actor::stateful_pointer<watcher_state> self,
                                     watcher_config config) {
  harden(self);
  self->state.config = std::move(config);
  return {
      [self](const shared<run_snapshot>& told) {
        if (self->state.config.on_snapshot) self->state.config.on_snapshot(*told);
      },
      [self](const shared<run_plan>& told) {
        if (self->state.config.on_plan) self->state.config.on_plan(*told);
      },
      [self](const shared<run_summary>& told) {
        if (self->state.config.on_summary) self->state.config.on_summary(*told);
      },
      [self](const shared<pipeline_standing>& told) {
        if (self->state.config.on_standing) self->state.config.on_standing(*told);
      },
  };
}

}  // namespace

watcher_actor spawn_watcher(caf::actor_system& system, watcher_config config) {
  return system.spawn(watcher, std::move(config));
}

}  // namespace millrace
