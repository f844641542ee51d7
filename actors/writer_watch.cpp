// Passes on what it is given, and looks from time to time whether the writer goes on.
#include "actors/writer_watch.hpp"

#include "actors/support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace millrace {
namespace {

/// A silence is seen so much late, at most: a part of the longest one.
constexpr int looks_in_a_silence = 16;
constexpr milliseconds between_looks_least{200};

error too_many_are_stuck(const std::string& warehouse) {
  error e{errc::warehouse_unreachable,
          fmt::format("{} calls of earlier runs have not come back from the warehouse {}; nobody "
                      "connects to it before one of them has",
                      writer_threads::stuck_max, warehouse),
          "Look why the warehouse, or what is between it and this machine, accepts connections and "
          "does not answer; a restart of millrace forgets these calls",
          retry::later,
          {},
          {}};
  return std::move(e.with("warehouse", warehouse));
}

struct watch_state {
  static inline const char* name = "writer_watch";

  writer_watch_actor::pointer self = nullptr;
  writer_watch_config config;
  writer_actor writer;  ///< null: nobody connects, or it is over
  std::shared_ptr<writer_thread> thread;
  std::optional<error> refused;                                     ///< why no writer was begun
  std::map<std::uint64_t, std::function<void(const error&)>> open;  ///< who waits; told of an error
  std::uint64_t next_number = 1;
  std::uint64_t signs = 0;  ///< of life, that were seen
  caf::actor_clock::time_point alive_at;
  bool looking = false;  ///< a tick is under way
  bool leaving = false;

  void start() {
    if (config.threads->stuck(config.warehouse) >= writer_threads::stuck_max) {
      refused = too_many_are_stuck(config.warehouse);
      return;
    }
    thread = std::make_shared<writer_thread>(config.threads, config.warehouse);
    config.writer.thread = thread;
    writer = config.spawn(self->system(), std::move(config.writer));
    config.writer = {};
    self->monitor(writer);
  }

  template <class Answer, class... Order>
  caf::typed_response_promise<shared<Answer>> pass_on(const Order&... order) {
    auto promise = self->make_response_promise<shared<Answer>>();
    auto refuse = [promise](const error& why) mutable {
      promise.deliver(share(Answer{failure(why)}));
    };
    if (refused) {
      refuse(*refused);
      return promise;
    }
    if (open.empty()) alive();
    const std::uint64_t number = next_number++;
    open.emplace(number, refuse);
    self->request(writer, caf::infinite, order...)
        .then(
            [this, number, promise](const shared<Answer>& answer) mutable {
              // Nobody waits for an answer that comes after all.
              if (open.erase(number) == 0) return;
              promise.deliver(answer);
              alive();
            },
            [this, number](caf::error& why) {
              if (auto waiting = open.extract(number)) waiting.mapped()(error_of(why));
            });
    look_later();
    return promise;
  }

  // -- whether it lives
  // ----------------------------------------------------------------------------------

  void alive() {
    alive_at = self->clock().now();
    if (thread) signs = thread->signs_of_life();
  }

  void look_later() {
    if (std::exchange(looking, true)) return;
    self->delayed_send(self,
                       std::max(between_looks_least, config.silence_longest / looks_in_a_silence),
                       atom::tick_v);
  }

  void look() {
    looking = false;
    if (!has_something_to_do()) return;
    if (thread->signs_of_life() != signs) alive();
    const auto silent = std::chrono::duration_cast<milliseconds>(self->clock().now() - alive_at);
    if (silent >= config.silence_longest) return give_up(unanswered(silent));
    look_later();
  }

  /// To close its connection is something to do as well.
  [[nodiscard]] bool has_something_to_do() const { return writer && (leaving || !open.empty()); }

  [[nodiscard]] error unanswered(milliseconds silent) const {
    error e{errc::warehouse_unreachable,
            fmt::format("the warehouse {} has not answered for {} s: {}", config.warehouse,
                        std::chrono::floor<std::chrono::seconds>(silent).count(), thread->doing()),
            "Look whether the warehouse runs and what holds it up; a later run makes a new "
            "connection",
            retry::later,
            {},
            {}};
    return std::move(e.with("warehouse", config.warehouse));
  }

  void abandon() {
    if (!has_something_to_do()) return;
    give_up({errc::interrupted,
             fmt::format("the run was ended while the warehouse {} did not answer: {}",
                         config.warehouse, thread->doing()),
             "Run again: it goes on from what is committed",
             retry::later,
             {},
             {}});
  }

  void give_up(const error& why) {
    thread->give_up();
    // Handled when its call returns, if ever; until then it keeps what it uses.
    self->send_exit(writer, caf::exit_reason::user_shutdown);
    writer = writer_actor{};
    refuse_all(why);
    self->quit(exit_reason_of(why));
  }

  void refuse_all(const error& why) {
    for (auto& [number, waiting] : std::exchange(open, {}))
      waiting(why);
  }

  // -- the end
  // -------------------------------------------------------------------------------------------

  void leave() {
    if (!writer) return self->quit();
    if (std::exchange(leaving, true)) return;
    if (open.empty()) alive();
    self->send_exit(writer, caf::exit_reason::user_shutdown);
    look_later();
  }

  void down(const caf::down_msg& message) {
    if (!writer || message.source != writer.address()) return;
    writer = writer_actor{};
    refuse_all(error_of(message.reason));
    if (leaving) return self->quit();
    self->quit(message.reason);
  }
};

writer_watch_actor::behavior_type watch(writer_watch_actor::stateful_pointer<watch_state> self,
                                        writer_watch_config config) {
  harden(self);
  auto& state = self->state;
  state.self = self;
  state.config = std::move(config);
  state.start();
  self->set_down_handler([self](caf::down_msg& m) { self->state.down(m); });
  self->set_exit_handler([self](caf::exit_msg&) { self->state.leave(); });
  return {
      [self](atom::open order) { return self->state.pass_on<warehouse_opened>(order); },
      [self](atom::examine order) { return self->state.pass_on<warehouse_examined>(order); },
      [self](atom::prepare order, const table_ptr& table, bool only_plan) {
        return self->state.pass_on<table_ready>(order, table, only_plan);
      },
      [self](atom::write order, const shared<write_order>& rows) {
        return self->state.pass_on<write_end>(order, rows);
      },
      [self](atom::gather order, const table_ptr& keys) {
        return self->state.pass_on<table_done>(order, keys);
      },
      [self](atom::compare order, const table_ptr& table, const table_ptr& keys) {
        return self->state.pass_on<keys_compared>(order, table, keys);
      },
      [self](atom::count order, const table_ptr& table, const shared<live_rows>& which) {
        return self->state.pass_on<table_done>(order, table, which);
      },
      [self](atom::search order, const table_ptr& table, const shared<live_rows>& which,
             const shared<key_filter>& known) {
        return self->state.pass_on<keys_found>(order, table, which, known);
      },
      [self](atom::remove order, const table_ptr& table,
             const shared<std::vector<std::string>>& keys) {
        return self->state.pass_on<table_done>(order, table, keys);
      },
      [self](atom::forget order, const std::string& collection) {
        return self->state.pass_on<table_done>(order, collection);
      },
      [self](atom::conceal order, const table_ptr& table) {
        return self->state.pass_on<table_done>(order, table);
      },
      [self](atom::record order, const shared<run_history>& what) {
        return self->state.pass_on<record_end>(order, what);
      },
      [self](atom::tick) { self->state.look(); },
      [self](atom::abandon) { self->state.abandon(); },
  };
}

}  // namespace

writer_watch_actor spawn_writer_watch(caf::actor_system& system, writer_watch_config config) {
  return system.spawn(watch, std::move(config));
}

}  // namespace millrace
