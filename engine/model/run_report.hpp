// What a run tells: snapshots while it goes on, a plan when it only looks, and one summary at its
// end.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/comparison.hpp"
#include "engine/model/outcome.hpp"
#include "engine/model/run_summary.hpp"
#include "engine/model/table.hpp"
#include "engine/model/table_change.hpp"
#include "engine/model/window.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/call_estimate.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// How far a run goes.
enum class run_purpose : std::uint8_t {
  load,      ///< the whole way
  plan,      ///< up to the tables, changing nothing; a `run_plan` is told
  validate,  ///< the same, and the warehouse is tried
  check,     ///< compares the tables with the source, changing nothing; a `run_plan` is told
  discover,  ///< login and catalog only, without the warehouse; a `run_plan` is told
};

/// One collection, some times a second.
struct collection_snapshot {
  std::string collection;
  std::string object;
  enum class state_kind : std::uint8_t { waiting, reading, done } state = state_kind::waiting;
  std::optional<outcome_kind> outcome;
  read_method method = read_method::rest;
  collection_counts counts;
  std::optional<std::uint64_t> expected;
};
struct run_snapshot {
  std::string pipeline;
  std::string stage;  ///< "logging in", "reading the catalog", "preparing tables", "loading"
  time_point started{};
  time_point now{};
  std::uint64_t requests = 0;  ///< for login and catalog
  std::vector<collection_snapshot> collections;
};

/// For runs that only look: what a load would do.
struct planned_collection {
  collection what;
  table_ptr table;
  std::optional<error> why_not;  ///< it cannot be prepared
  table_change change;
  window range;
  read_method method = read_method::rest;
  std::optional<std::uint64_t> records;  ///< that the source holds, roughly
  std::optional<std::uint64_t> to_read;  ///< of the window, when it is known
  std::optional<collection_estimate> calls;
  std::optional<copy_comparison> compared;  ///< for `check`
};
/// What a run's calls are told by, beside its collections.
struct run_forecast {
  call_estimate catalog;      ///< for the list of objects, descriptions and counts
  call_estimate first_pages;  ///< of readings that begin together; not in what collections cost
  std::uint64_t login = 0;    ///< requests, which count for the run's budget alone
  call_usage usage;           ///< of the day, as the source said last
  budget_rules rules;
};
struct run_plan {
  std::string pipeline;
  std::string schema;
  bool read_catalog = false;          ///< the login was good, and the org said what it has
  std::optional<driver_facts> facts;  ///< none: the warehouse was not looked at
  std::vector<warehouse_finding> findings;
  std::vector<planned_collection> collections;
  std::vector<notice> notices;
  std::optional<run_forecast> forecast;  ///< for `plan`
};

}  // namespace millrace
