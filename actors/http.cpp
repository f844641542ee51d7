// The http actor: numbers of exchanges on one side, transfers of the loop on the other.
#include "actors/http.hpp"

#include "actors/support.hpp"

#include <map>

namespace millrace {
namespace {

/// Carries a transfer's events to its fetcher. Called by the loop's thread.
class relay final : public transfer_events {
 public:
  relay(fetcher_actor to, http_actor home, std::uint64_t exchange)
      : to_(std::move(to)), home_(std::move(home)), exchange_(exchange) {}

  void on_head(transfer_id, const http_head& head) override {
    caf::anon_send(to_, share(transfer_head{exchange_, head}));
  }
  void on_chunk(transfer_id, std::string chunk) override {
    caf::anon_send(to_, share(body_piece{exchange_, std::move(chunk)}));
  }
  void on_done(transfer_id, result<http_response> outcome) override {
    caf::anon_send(to_, share(transfer_end{exchange_, std::move(outcome)}));
    caf::anon_send(home_, atom::finish_v, exchange_);
    // Let go of the handles: the loop may keep this object until it is stopped.
    to_ = fetcher_actor{};
    home_ = http_actor{};
  }

 private:
  fetcher_actor to_;
  http_actor home_;
  std::uint64_t exchange_;
};

struct http_state {
  static inline const char* name = "http";

  struct transfer {
    transfer_id id = 0;
    bool streaming = false;
    caf::actor_addr owner;
  };

  http_actor::pointer self = nullptr;
  std::unique_ptr<http_loop> loop;
  std::map<std::uint64_t, transfer> open;
  std::map<caf::actor_addr, unsigned> owners;  ///< with the number of their open exchanges

  void start(const transfer_order& order, const fetcher_actor& from) {
    if (!from) return;  // nobody to tell
    const caf::actor_addr owner = from.address();
    if (++owners[owner] == 1) self->monitor(from);
    transfer& t = open[order.exchange];
    t.owner = owner;
    t.id = loop->start(order.request, order.use,
                       std::make_shared<relay>(from, http_actor{self}, order.exchange));
  }

  void collect(std::uint64_t exchange) {
    if (const auto found = open.find(exchange); found != open.end())
      loop->collect(found->second.id);
  }

  void stream(std::uint64_t exchange, std::uint64_t bytes) {
    const auto found = open.find(exchange);
    if (found == open.end()) return;
    if (std::exchange(found->second.streaming, true)) {
      loop->grant(found->second.id, bytes);
    } else {
      loop->stream(found->second.id, bytes);
    }
  }

  void cancel(std::uint64_t exchange) {
    if (const auto found = open.find(exchange); found != open.end()) loop->cancel(found->second.id);
  }

  void finish(std::uint64_t exchange) {
    const auto found = open.find(exchange);
    if (found == open.end()) return;
    const auto owner = owners.find(found->second.owner);
    if (owner != owners.end() && --owner->second == 0) {
      self->demonitor(owner->first);
      owners.erase(owner);
    }
    open.erase(found);
  }

  void down(const caf::down_msg& message) {
    for (const auto& [exchange, t] : open)
      if (t.owner == message.source) loop->cancel(t.id);
  }
};

http_actor::behavior_type http(http_actor::stateful_pointer<http_state> self,
                               const std::shared_ptr<std::unique_ptr<http_loop>>& loop) {
  harden(self);
  self->state.self = self;
  self->state.loop = std::move(*loop);
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  return {
      [self](atom::start, const shared<transfer_order>& order) {
        self->state.start(*order, caf::actor_cast<fetcher_actor>(self->current_sender()));
      },
      [self](atom::collect, std::uint64_t exchange) { self->state.collect(exchange); },
      [self](atom::stream, std::uint64_t exchange, std::uint64_t bytes) {
        self->state.stream(exchange, bytes);
      },
      [self](atom::cancel, std::uint64_t exchange) { self->state.cancel(exchange); },
      [self](atom::finish, std::uint64_t exchange) { self->state.finish(exchange); },
  };
}

}  // namespace

result<http_actor> spawn_http(caf::actor_system& system, const http_limits& limits) {
  MILLRACE_TRY(auto loop, http_loop::open(limits));
  // The actor library copies what it passes to an actor: the loop travels behind a shared pointer.
  return system.spawn(http, std::make_shared<std::unique_ptr<http_loop>>(std::move(loop)));
}

}  // namespace millrace
