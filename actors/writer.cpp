// The writer: a thin shell around the blocking warehouse interface. Batches that were ordered while
// it was busy commit together: a transaction waits for the disk once, however much it holds.
#include "actors/writer.hpp"

#include "actors/support.hpp"
#include "engine/model/comparison.hpp"

#include <fmt/format.h>

#include <exception>
#include <map>

namespace millrace {
namespace {

/// Bytes of batches that commit together: more gains little, and is repeated batch by batch when
/// one of them fails.
constexpr std::size_t together_bytes_max = std::size_t{16} << 20U;

struct writer_state {
  static inline const char* name = "writer";

  /// An order that waits for its transaction.
  struct ordered {
    shared<write_order> order;
    caf::typed_response_promise<shared<write_end>> promise;
  };

  writer_thread_actor::pointer self = nullptr;
  std::vector<ordered> waiting;
  std::size_t waiting_bytes = 0;
  writer_config config;
  std::unique_ptr<warehouse> house;
  bool schema_open = false;
  std::map<std::string, error> failed;  ///< collections whose batches are refused, and why

  /// What ended the warehouse for this run: further calls would only wait for the same again.
  std::optional<error> lost;

  result<void> connected() {
    if (lost) return failure(*lost);
    // Who was given up must not come later with what it still has to do: others went on meanwhile.
    if (!config.thread->goes_on(house ? "using the connection" : "connecting"))
      return failure(errc::warehouse_unreachable, "nobody waits for this writer any more");
    if (house) return {};
    MILLRACE_TRY(house, config.connect(config.thread));
    return {};
  }

  /// What throws fails alone (I6). Whatever it left of the connection is not used again.
  template <class Call>
  auto guarded(const Call& call) -> decltype(call()) {
    try {
      return call();
    } catch (const std::exception& e) {
      return thrown(e.what());
    } catch (...) {
      return thrown("an exception of an unknown kind");
    }
  }

  tl::unexpected<error> thrown(const std::string& what) {
    if (house) house->distrust();
    house.reset();
    return failure(errc::internal,
                   fmt::format("an exception while {}: {}", config.thread->doing(), what),
                   "This is a fault of millrace or of the ODBC driver: please report it with the "
                   "log");
  }

  template <class Answer, class Call>
  shared<Answer> answer(const Call& call) {
    return share(Answer{guarded(call)});
  }

  result<warehouse_state> open() {
    MILLRACE_CHECK(connected());
    MILLRACE_TRY(auto checkpoints, house->read_checkpoints());
    return warehouse_state{house->facts(), std::move(checkpoints)};
  }

  result<std::vector<warehouse_finding>> examine() {
    MILLRACE_CHECK(connected());
    return house->examine(config.now());
  }

  result<table_report> prepare(const table_schema& table, bool only_plan) {
    MILLRACE_CHECK(connected());
    failed.erase(table.collection);
    table_report report;
    if (only_plan) {
      MILLRACE_TRY(report.change, house->plan_table(table));
      return report;
    }
    MILLRACE_CHECK(schema_opened());
    MILLRACE_TRY(report.change,
                 patiently([&] { return house->ensure_table(table, config.now()); }));
    MILLRACE_TRY(report.empty, patiently([&] { return house->table_is_empty(table); }));
    return report;
  }

  result<void> schema_opened() {
    if (schema_open) return {};
    MILLRACE_CHECK(patiently([&] { return house->open_schema(); }));
    schema_open = true;
    return {};
  }

  result<receipt> write(const write_order& order) {
    const std::string& collection = order.rows->table->collection;
    if (const auto before = failed.find(collection); before != failed.end())
      return failure(before->second);
    MILLRACE_CHECK(connected());
    // A repeat is always safe (I18), also of a commit whose fate is unknown.
    auto done = guarded(
        [&] { return patiently([&] { return house->write(written(order), config.now()); }); });
    if (!done) failed.emplace(collection, done.error());
    return done;
  }

  static batch_write written(const write_order& order) {
    return {order.rows.get(), order.mode, order.position ? &*order.position : nullptr};
  }

  caf::typed_response_promise<shared<write_end>> take(const shared<write_order>& order) {
    auto promise = self->make_response_promise<shared<write_end>>();
    // The message comes after all orders that are in the mailbox already.
    if (waiting.empty()) self->send(self, atom::commit_v);
    waiting.push_back({order, promise});
    waiting_bytes += order->rows->bytes();
    if (waiting_bytes >= together_bytes_max) commit();
    return promise;
  }

  void commit() {
    std::vector<ordered> orders = std::exchange(waiting, {});
    waiting_bytes = 0;
    if (orders.size() > 1 && commit_together(orders)) return;
    // Each for itself: a failure is that of one batch, and the others of its collection stop (I6).
    for (ordered& one : orders)
      one.promise.deliver(answer<write_end>([&] { return write(*one.order); }));
  }

  bool commit_together(std::vector<ordered>& orders) {
    if (!guarded([this] { return connected(); })) return false;
    std::vector<batch_write> batches;
    batches.reserve(orders.size());
    for (const ordered& one : orders) {
      if (failed.contains(one.order->rows->table->collection)) return false;
      batches.push_back(written(*one.order));
    }
    auto done = guarded([&] { return house->write_together(batches, config.now()); });
    if (!done) return false;
    for (std::size_t i = 0; i < orders.size(); ++i)
      orders[i].promise.deliver(share(write_end{std::move((*done)[i])}));
    return true;
  }

  result<std::uint64_t> gather(const table_schema& keys) {
    MILLRACE_CHECK(connected());
    failed.erase(keys.collection);
    MILLRACE_CHECK(patiently([&] { return house->begin_keys(keys); }));
    return std::uint64_t{0};
  }

  result<key_difference> compare(const table_schema& table, const table_schema& keys) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->compare_keys(table, keys); });
  }

  result<std::uint64_t> count(const table_schema& table, const live_rows& which) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->count_rows(table, which); });
  }

  result<std::vector<std::string>> search(const table_schema& table, const live_rows& which,
                                          const key_filter& known) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->keys_beyond(table, which, known, odd_ones::named_max); });
  }

  result<std::uint64_t> remove(const table_schema& table, const std::vector<std::string>& keys) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->remove(table, keys); });
  }

  result<std::uint64_t> forget(const std::string& collection) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->forget({collection}); });
  }

  result<std::uint64_t> conceal(const table_schema& table) {
    MILLRACE_CHECK(connected());
    return patiently([&] { return house->remove_concealed(table); });
  }

  /// Also of a run that came to no table: it is its schema's first one, perhaps.
  result<void> record(const run_history& what) {
    MILLRACE_CHECK(connected());
    MILLRACE_CHECK(schema_opened());
    return patiently([&] { return house->record(what, config.now()); });
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

writer_thread_actor::behavior_type writer(writer_thread_actor::stateful_pointer<writer_state> self,
                                          writer_config config) {
  harden(self);
  self->state.self = self;
  self->state.config = std::move(config);
  return {
      [self](atom::open) {
        return self->state.answer<warehouse_opened>([&] { return self->state.open(); });
      },
      [self](atom::examine) {
        return self->state.answer<warehouse_examined>([&] { return self->state.examine(); });
      },
      [self](atom::prepare, const table_ptr& table, bool only_plan) {
        return self->state.answer<table_ready>(
            [&] { return self->state.prepare(*table, only_plan); });
      },
      [self](atom::write, const shared<write_order>& order) { return self->state.take(order); },
      [self](atom::gather, const table_ptr& keys) {
        return self->state.answer<table_done>([&] { return self->state.gather(*keys); });
      },
      [self](atom::compare, const table_ptr& table, const table_ptr& keys) {
        return self->state.answer<keys_compared>(
            [&] { return self->state.compare(*table, *keys); });
      },
      [self](atom::count, const table_ptr& table, const shared<live_rows>& which) {
        return self->state.answer<table_done>([&] { return self->state.count(*table, *which); });
      },
      [self](atom::search, const table_ptr& table, const shared<live_rows>& which,
             const shared<key_filter>& known) {
        return self->state.answer<keys_found>(
            [&] { return self->state.search(*table, *which, *known); });
      },
      [self](atom::remove, const table_ptr& table, const shared<std::vector<std::string>>& keys) {
        return self->state.answer<table_done>([&] { return self->state.remove(*table, *keys); });
      },
      [self](atom::forget, const std::string& collection) {
        return self->state.answer<table_done>([&] { return self->state.forget(collection); });
      },
      [self](atom::conceal, const table_ptr& table) {
        return self->state.answer<table_done>([&] { return self->state.conceal(*table); });
      },
      [self](atom::record, const shared<run_history>& what) {
        return self->state.answer<record_end>([&] { return self->state.record(*what); });
      },
      [self](atom::commit) { self->state.commit(); },
  };
}

}  // namespace

writer_actor spawn_writer(caf::actor_system& system, writer_config config) {
  return system.spawn<caf::detached>(writer, std::move(config));
}

writer_actor spawn_writer_on_workers(caf::actor_system& system, writer_config config) {
  return system.spawn(writer, std::move(config));
}

}  // namespace millrace
