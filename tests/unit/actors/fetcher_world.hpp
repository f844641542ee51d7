// Fetchers with real transformers and a real pool between a fake http and a fake writer.
#pragma once

#include "actors/fetcher.hpp"
#include "actors/pool.hpp"
#include "actors/transformer.hpp"

#include "deterministic.hpp"
#include "fake_http.hpp"
#include "scripted_source.hpp"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// Stands for a writer: acknowledges what it is given, or holds it, or refuses it.
struct fake_writer {
  std::vector<shared<write_order>> orders;
  std::vector<std::pair<caf::typed_response_promise<shared<write_end>>, std::uint64_t>> held;
  bool holds = false;
  std::optional<error> refuses;

  [[nodiscard]] std::uint64_t rows() const {
    std::uint64_t sum = 0;
    for (const auto& order : orders)
      sum += order->rows->rows;
    return sum;
  }
  /// A promise may only be kept by its actor, within a message.
  void let_go() {
    holds = false;
    for (auto& [promise, rows] : std::exchange(held, {}))
      promise.deliver(std::make_shared<const write_end>(write_end{receipt{rows, rows}}));
  }
};

inline writer_actor::behavior_type fake_writer_actor(writer_actor::pointer self,
                                                     fake_writer* house) {
  return {
      [house](atom::open) {  // stands for: the warehouse answers again
        house->let_go();
        return std::make_shared<const warehouse_opened>();
      },
      [](atom::examine) { return std::make_shared<const warehouse_examined>(); },
      [](atom::prepare, const table_ptr&, bool) { return std::make_shared<const table_ready>(); },
      [](atom::gather, const table_ptr&) { return std::make_shared<const table_done>(); },
      [](atom::compare, const table_ptr&, const table_ptr&) {
        return std::make_shared<const keys_compared>();
      },
      [](atom::count, const table_ptr&, const shared<live_rows>&) {
        return std::make_shared<const table_done>();
      },
      [](atom::search, const table_ptr&, const shared<live_rows>&, const shared<key_filter>&) {
        return std::make_shared<const keys_found>();
      },
      [](atom::remove, const table_ptr&, const shared<std::vector<std::string>>&) {
        return std::make_shared<const table_done>();
      },
      [](atom::forget, const std::string&) { return std::make_shared<const table_done>(); },
      [](atom::conceal, const table_ptr&) { return std::make_shared<const table_done>(); },
      [](atom::record, const shared<run_history>&) { return std::make_shared<const record_end>(); },
      [self, house](atom::write, const shared<write_order>& order) {
        auto promise = self->make_response_promise<shared<write_end>>();
        house->orders.push_back(order);
        const std::uint64_t rows = order->rows->rows;
        if (house->refuses) {
          promise.deliver(std::make_shared<const write_end>(write_end{failure(*house->refuses)}));
        } else if (house->holds) {
          house->held.emplace_back(promise, rows);
        } else {
          promise.deliver(std::make_shared<const write_end>(write_end{receipt{rows, rows}}));
        }
        return promise;
      },
  };
}

/// Stands for a pipeline: keeps what it is told, and logs in when the test has a session for it.
struct fake_owner {
  std::vector<shared<collection_progress_report>> progress;
  std::vector<shared<conversation_end>> ends;
  std::vector<shared<remembered_job>> jobs;
  bool remembers = true;
  int logins = 0;
  session_ptr fresh;
};

inline pipeline_actor::behavior_type fake_owner_actor(pipeline_actor::pointer, fake_owner* log) {
  return {
      [](atom::go) {},
      [](atom::drain) {},
      [](atom::tick, std::uint64_t) {},
      [log](const shared<collection_progress_report>& told) { log->progress.push_back(told); },
      [log](const shared<conversation_end>& told) { log->ends.push_back(told); },
      [log](atom::relogin, const session_ptr&) -> shared<login_end> {
        ++log->logins;
        return std::make_shared<const login_end>(login_end{log->fresh});
      },
      [log](atom::remember, const shared<remembered_job>& job) {
        log->jobs.push_back(job);
        return log->remembers;
      },
  };
}

struct fetcher_world : deterministic {
  static constexpr std::uint64_t slice = std::uint64_t{64} << 10U;

  fake_http net;
  fake_writer house;
  fake_owner log;
  batch_limits batches{100'000, std::size_t{1} << 30U};
  credit_limits credits{4 * slice, slice};
  std::optional<known_answer> first_page;  ///< of the next reading that starts
  http_actor http = system().spawn(fake_http_actor, &net);
  writer_actor writer = system().spawn(fake_writer_actor, &house);
  pipeline_actor owner = system().spawn(fake_owner_actor, &log);
  pool_actor pool;

  /// Who is still there must go before the system does.
  ~fetcher_world() {
    house.held.clear();
    end(owner);
    end(writer);
    end(http);
    end(pool);
  }

  void open_pool(std::uint64_t capacity, std::uint64_t share = 0) {
    pool = spawn_pool(system(), {capacity, share});
  }

  milliseconds clock_set_by{0};  ///< since the beginning, by somebody
  std::size_t pages_at_once = 1;
  std::shared_ptr<shared_slots> slots;
  std::optional<job_keeping> jobs;
  std::shared_ptr<source_limits> pace;

  fetcher_actor start(std::shared_ptr<reader> pages, const std::string& name = "t") {
    if (!pool) open_pool(std::uint64_t{1} << 30U);
    auto table = std::make_shared<table_schema>();
    table->collection = name;
    table->columns.resize(2);
    collection_work work;
    work.pages = pages;
    work.first_page = std::exchange(first_page, {});
    work.pages_at_once = pages_at_once;
    work.jobs = jobs;
    work.final_position.collection = name;
    work.final_position.complete = true;
    work.final_position.cursor = time_point{std::chrono::hours{1}};
    work.make_transformer = [this, table](const fetcher_actor& f) {
      return spawn_transformer(system(), {table, merge_mode::changed, batches}, {writer}, f);
    };
    fetcher_config config;
    config.talk = std::move(pages);
    config.work = std::move(work);
    config.tenant = "tenant";
    config.session = std::make_shared<const scripted::numbered_session>(1);
    config.http = http;
    config.pool = pool;
    config.owner = owner;
    config.credits = credits;
    config.slots = slots;
    config.pace = pace;
    config.now = [this] {
      return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())} +
             clock_set_by;
    };
    config.chance = [] { return 1.0; };
    fetcher_actor made = spawn_fetcher(system(), std::move(config));
    caf::anon_send(made, atom::go_v);
    return made;
  }

  void release_batches() {
    caf::anon_send(writer, atom::open_v);
    settle();
  }

  /// What the only conversation, or the n-th one to end, ended with.
  [[nodiscard]] const conversation_end& ended(std::size_t index = 0) const {
    return *log.ends.at(index);
  }
};

}  // namespace millrace
