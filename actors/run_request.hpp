// What the host is asked to run: one run, a pipeline that it keeps, all of them. No actor type
// shows here.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/storage.hpp"
#include "connectors/warehouse.hpp"
#include "engine/error.hpp"
#include "engine/model/run_report.hpp"
#include "engine/schedule/cadence.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/run_queue.hpp"
#include "engine/schedule/source_limits.hpp"
#include "engine/schedule/upkeep.hpp"
#include "engine/schedule/writer_threads.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

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
  cadence when;  ///< of the runs after this one
  /// How often collections without a cadence of their own are due; none: no collection has one.
  std::optional<cadence> usual = {};
  bool only_due = false;  ///< the run serves a tick: what is not due waits for a later one
  std::uint64_t skipped_ticks = 0;  ///< of its cadence, that passed before it without a run
  milliseconds keep_runs{std::chrono::hours(24 * 30)};  ///< what they came to; 0: for ever
  upkeep_rules upkeep;
  type_change_policy on_type_change = type_change_policy::widen;
  std::shared_ptr<call_ledger> ledger;  ///< of the source; none: it may be asked without bound
  std::shared_ptr<source_limits> pace;  ///< of the source; none: it is asked without waiting
  std::size_t collections_at_once = 4;
  std::string warehouse_name;
  /// Connects to the warehouse, as the connection of this number; called in a writer's thread,
  /// which shows by `thread` that it goes on.
  std::function<result<std::unique_ptr<warehouse>>(std::size_t lane,
                                                   const std::shared_ptr<writer_thread>& thread)>
      connect;
  milliseconds silence_longest = millrace::silence_longest(milliseconds{15 * 60 * 1000});
  /// Cancels the warehouse's statements that run now; from any thread. None: they cannot be.
  std::function<void()> cancel_statements;
  milliseconds drain_patience{5'000};              ///< how long a drain waits for them before that
  std::size_t connections = 1;                     ///< that load side by side, at most
  std::shared_ptr<shared_slots> connections_left;  ///< for those after the first; null: any number
  warehouse_limits limits;  ///< as far as they are known before anybody connects
};

/// A pipeline that the host keeps. What it costs while it waits is this and an entry in a table.
struct supervised_pipeline {
  std::string name;
  std::string schema;
  std::string tenant;
  std::uint32_t weight = 1;  ///< of the tenant
  std::string source;
  std::string warehouse;
  cadence when;
  bool paused = false;  ///< when it is new to the host
  /// Held while it runs, so that no other process runs it; keeps the last run (`run_record`). Null:
  /// nothing is held or kept.
  std::shared_ptr<kept_text> record;
  /// Made when it runs. Called on a worker thread; quick.
  std::function<result<run_request>()> make;
};

/// Everything that a host keeps.
struct host_plan {
  std::vector<supervised_pipeline> pipelines;          ///< each name once
  std::map<std::string, warehouse_bounds> warehouses;  ///< without an entry there are none
};

}  // namespace millrace
