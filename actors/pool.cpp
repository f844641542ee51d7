// The pool: a thin shell around the rule.
#include "actors/pool.hpp"

#include "actors/support.hpp"
#include "engine/schedule/credit_pool.hpp"

#include <map>

namespace millrace {

struct pool_state {
  static inline const char* name = "pool";
  using promise = caf::typed_response_promise<std::uint64_t>;

  struct waiting {
    promise answer;
    caf::actor_addr who;
    std::string tenant;
    std::uint64_t bytes = 0;
  };
  struct holder {
    std::string tenant;
    std::uint64_t bytes = 0;
  };

  pool_actor::pointer self = nullptr;
  std::unique_ptr<credit_pool> rule;
  std::map<credit_pool::ticket, waiting> asked;
  std::map<caf::actor_addr, holder> holders;

  promise reserve(const std::string& tenant, std::uint64_t bytes) {
    const caf::strong_actor_ptr sender = self->current_sender();  // a promise takes it away
    auto answer = self->make_response_promise<std::uint64_t>();
    const auto who = caf::actor_cast<caf::actor_addr>(sender);
    if (holders.try_emplace(who, holder{tenant, 0}).second && sender != nullptr)
      self->monitor(sender);
    const auto ticket = rule->request(tenant, bytes);
    asked.emplace(ticket, waiting{answer, who, tenant, bytes});
    grant();
    // Those who wait for one another's credit would wait for ever if each kept what it has.
    if (asked.contains(ticket)) self->send(caf::actor_cast<fetcher_actor>(sender), atom::flush_v);
    return answer;
  }

  void release(const std::string& tenant, std::uint64_t bytes) {
    const auto found = holders.find(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    if (found != holders.end()) found->second.bytes -= std::min(found->second.bytes, bytes);
    rule->release(tenant, bytes);
    grant();
  }

  void down(const caf::down_msg& message) {
    for (auto at = asked.begin(); at != asked.end();) {
      if (at->second.who == message.source) {
        rule->withdraw(at->first);
        at = asked.erase(at);
      } else {
        ++at;
      }
    }
    const auto found = holders.find(message.source);
    if (found != holders.end()) {
      rule->release(found->second.tenant, found->second.bytes);
      holders.erase(found);
    }
    grant();
  }

  void grant() {
    for (const auto ticket : rule->take_granted()) {
      const auto found = asked.find(ticket);
      if (found == asked.end()) continue;
      waiting w = std::move(found->second);
      asked.erase(found);
      holders[w.who].bytes += w.bytes;
      w.answer.deliver(w.bytes);
    }
  }
};

pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, pool_config config) {
  harden(self);
  self->state.self = self;
  self->state.rule = std::make_unique<credit_pool>(config.capacity_bytes, config.tenant_bytes);
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::reserve, const std::string& tenant, std::uint64_t bytes) {
        return self->state.reserve(tenant, bytes);
      },
      [self](atom::release, const std::string& tenant, std::uint64_t bytes) {
        self->state.release(tenant, bytes);
      },
      [self](atom::report) {
        const credit_pool& rule = *self->state.rule;
        return share(pool_use{rule.in_use(), rule.capacity(), rule.waiting()});
      },
  };
}

pool_actor spawn_pool(caf::actor_system& system, pool_config config) {
  return system.spawn(pool, config);
}

}  // namespace millrace
