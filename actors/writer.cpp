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

  result<warehouse_state> open() {
    if (!house) {
      MILLRACE_TRY(house, config.connect());
    }
    MILLRACE_TRY(auto checkpoints, house->read_checkpoints());
    return warehouse_state{house->facts(), std::move(checkpoints)};
  }

  result<table_report> prepare(const table_schema& table, bool only_plan) {
    if (!house) return failure(errc::internal, "a table is prepared before the warehouse is open");
    failed.erase(table.collection);
    table_report report;
    if (only_plan) {
      MILLRACE_TRY(report.change, house->plan_table(table));
      return report;
    }
    if (!schema_open) {
      MILLRACE_CHECK(house->open_schema());
      schema_open = true;
    }
    MILLRACE_TRY(report.change, house->ensure_table(table));
    MILLRACE_TRY(report.empty, house->table_is_empty(table));
    return report;
  }

  result<receipt> write(const write_order& order) {
    if (!house) return failure(errc::internal, "a batch arrives before the warehouse is open");
    const std::string& collection = order.rows->table->collection;
    if (const auto before = failed.find(collection); before != failed.end())
      return failure(before->second);
    const checkpoint* position = order.position ? &*order.position : nullptr;
    auto done = house->write(*order.rows, order.mode, position, config.now());
    for (unsigned attempt = 1; !done && attempt < config.attempts_max; ++attempt) {
      // The driver has waited for the lock already; a repeat is always safe (I18).
      if (done.error().again != retry::later) break;
      done = house->write(*order.rows, order.mode, position, config.now());
    }
    if (!done) failed.emplace(collection, done.error());
    return done;
  }
};

writer_actor::behavior_type writer(writer_actor::stateful_pointer<writer_state> self,
                                   writer_config config) {
  harden(self);
  self->state.config = std::move(config);
  return {
      [self](atom::open) { return share(warehouse_opened{self->state.open()}); },
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
