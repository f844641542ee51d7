// The writer: a thin shell around the blocking warehouse interface.
#include "actors/writer.hpp"

#include "actors/support.hpp"

#include <map>

namespace millrace {
namespace {

struct writer_state {
  static inline const char* name = "writer";

  writer_config config;
  std::unique_ptr<warehouse> house;
  bool schema_open = false;
  std::map<std::string, error> failed;  ///< collections whose batches are refused, and why

  /// What ended the warehouse for this run: further calls would only wait for the same again.
  std::optional<error> lost;

  result<void> connected() {
    if (lost) return failure(*lost);
    if (house) return {};
    MILLRACE_TRY(house, config.connect());
    return {};
  }

  result<warehouse_state> open() {
    MILLRACE_CHECK(connected());
    MILLRACE_TRY(auto checkpoints, house->read_checkpoints());
    return warehouse_state{house->facts(), std::move(checkpoints)};
  }

  result<std::vector<warehouse_finding>> examine() {
    MILLRACE_CHECK(connected());
    return house->examine();
  }

  result<table_report> prepare(const table_schema& table, bool only_plan) {
    MILLRACE_CHECK(connected());
    failed.erase(table.collection);
    table_report report;
    if (only_plan) {
      MILLRACE_TRY(report.change, house->plan_table(table));
      return report;
    }
    if (!schema_open) {
      MILLRACE_CHECK(patiently([&] { return house->open_schema(); }));
      schema_open = true;
    }
    MILLRACE_TRY(report.change, patiently([&] { return house->ensure_table(table); }));
    MILLRACE_TRY(report.empty, patiently([&] { return house->table_is_empty(table); }));
    return report;
  }

  result<receipt> write(const write_order& order) {
    const std::string& collection = order.rows->table->collection;
    if (const auto before = failed.find(collection); before != failed.end())
      return failure(before->second);
    MILLRACE_CHECK(connected());
    const checkpoint* position = order.position ? &*order.position : nullptr;
    // A repeat is always safe (I18), also of a commit whose fate is unknown.
    auto done =
        patiently([&] { return house->write(*order.rows, order.mode, position, config.now()); });
    if (!done) failed.emplace(collection, done.error());
    return done;
  }

  /// Repeats what met a passing fault: a lock, a deadlock, a connection that broke.
  template <class Call>
  auto patiently(const Call& call) -> decltype(call()) {
    auto done = call();
    milliseconds waited{0};
    for (unsigned attempt = 1; !done; ++attempt) {
      const auto wait =
          wait_before_retry(config.retries, attempt, waited, done.error(), config.chance());
      if (!wait) break;
      config.pause(*wait);
      waited += *wait;
      done = call();
    }
    if (!done && is_lost(done.error())) lost = done.error();
    return done;
  }

  /// After patience was of no use: a server that cannot be reached, or a database file that
  /// somebody else holds. Another collection would wait as long for the same (I6 keeps to tables).
  [[nodiscard]] bool is_lost(const error& why) const {
    return why.code == errc::warehouse_unreachable ||
           (why.code == errc::warehouse_busy && house->facts().limits.connections_max == 1);
  }
};

writer_actor::behavior_type writer(writer_actor::stateful_pointer<writer_state> self,
                                   writer_config config) {
  harden(self);
  self->state.config = std::move(config);
  return {
      [self](atom::open) { return share(warehouse_opened{self->state.open()}); },
      [self](atom::examine) { return share(warehouse_examined{self->state.examine()}); },
      [self](atom::prepare, const table_ptr& table, bool only_plan) {
        return share(table_ready{self->state.prepare(*table, only_plan)});
      },
      [self](atom::write, const shared<write_order>& order) {
        return share(write_end{self->state.write(*order)});
      },
  };
}

}  // namespace

writer_actor spawn_writer(caf::actor_system& system, writer_config config, bool detached) {
  if (detached) return system.spawn<caf::detached>(writer, std::move(config));
  return system.spawn(writer, std::move(config));
}

}  // namespace millrace
