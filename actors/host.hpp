// The host: the actor system and everything that is there once per process. The only place that
// spawns http, pool and supervisor, and that stops them, in order. No actor type shows here, so
// that the command does not compile the actor library.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/warehouse.hpp"
#include "engine/error.hpp"
#include "engine/model/run_report.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/upkeep.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// Bounds of the process.
struct host_settings {
  std::uint64_t memory_bytes = std::uint64_t{512} << 20U;
  std::size_t worker_threads = 2;
  std::size_t runs_at_once = 4;
  std::string ca_file;  ///< empty: the system's
  std::string user_agent = "millrace";
};

/// One run of one pipeline, with everything passed in.
struct run_request {
  run_purpose purpose = run_purpose::load;
  std::string pipeline;
  std::string schema;
  std::string tenant;
  std::shared_ptr<const connector> source;
  selection what;
  batch_builder::hash_function hash;       ///< of the values of hashed fields; from any thread
  bool full = false;                       ///< read everything again, whatever the checkpoints say
  bool deep = false;                       ///< for `check`: record by record ..
  std::vector<std::string> check_columns;  ///< .. by these columns, beside the stamp
  bool count_windows = false;              ///< for `plan`: ask how many records have changed
  milliseconds overlap{15 * 60 * 1000};
  milliseconds every{3 * 60 * 60 * 1000};  ///< when the next run is due after this one began
  upkeep_rules upkeep;
  type_change_policy on_type_change = type_change_policy::widen;
  std::shared_ptr<call_ledger> ledger;  ///< of the source; none: it may be asked without bound
  std::size_t collections_at_once = 4;
  /// Connects to the warehouse, as the connection of this number; called in a writer's thread.
  std::function<result<std::unique_ptr<warehouse>>(std::size_t lane)> connect;
  /// Cancels the warehouse's statements that run now; from any thread. None: they cannot be.
  std::function<void()> cancel_statements;
  milliseconds drain_patience{30'000};  ///< how long a drain waits for them before that
  std::size_t connections = 1;          ///< that load side by side, at most
  warehouse_limits limits;              ///< as far as they are known before anybody connects
};

/// What runs tell while they go on. Called on a worker thread, never two at once.
struct run_listener {
  std::function<void(const run_snapshot&)> on_snapshot;
  std::function<void(const run_plan&)> on_plan;
  std::function<void(const run_summary&)> on_summary;
};

class host {
 public:
  static result<std::unique_ptr<host>> open(const host_settings& settings);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host();

  /// Runs them all and returns when the last one has ended. Call once at a time.
  void run(std::vector<run_request> requests, run_listener listener);
  /// Ends what runs: no new pages, what is in flight is committed or rolled back. From any thread.
  void drain();

 private:
  class core;
  explicit host(std::unique_ptr<core> inner);
  std::unique_ptr<core> core_;
};

}  // namespace millrace
