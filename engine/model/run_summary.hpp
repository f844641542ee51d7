// How a run of a pipeline ended: the outcome of each collection, and what follows from them.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/outcome.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct run_summary {
  std::string pipeline;
  std::string schema;
  time_point started{};
  time_point ended{};
  outcome_kind outcome = outcome_kind::failure;  ///< see `conclude_run`
  int exit_code = 1;
  std::optional<error> why;         ///< why the run as a whole did not reach its end
  std::uint64_t skipped_ticks = 0;  ///< of its cadence, that passed before it without a run
  std::vector<collection_outcome> collections;
  std::vector<std::string> not_due = {};  ///< collections that a later run reads, by their cadence
  /// Collections that a run that only looks found fit to be loaded. They have no outcome: nothing
  /// was committed (I4).
  std::size_t looked_at = 0;
  std::vector<notice> notices;
  std::uint64_t requests_other = 0;            ///< for login and catalog
  std::map<std::string, std::uint64_t> calls;  ///< of the run, by purpose: "query", "describe"
  call_usage usage;  ///< of all clients of the source within a day, as it said last
  /// Collections that waited because a budget of calls was spent, and when they go on: at the next
  /// run, which is due then, or else not later than that, when the day has freed calls.
  std::vector<std::string> waiting;
  std::optional<time_point> continues;
  bool continues_with_next_run = false;
};

/// Counts of the whole run, with the requests for login and catalog.
collection_counts totals_of(const run_summary& summary);
/// Calls of the run; where they were not counted, requests.
std::uint64_t calls_of(const run_summary& summary);

/// Fills `outcome` and `exit_code` from the rest. Success, 0: every collection succeeded or was
/// skipped, and the run reached its end (I4). Partial, 3: some succeeded, or would have. Otherwise
/// nothing was loaded: the exit code of `why`, or of the collections' errors when all have the
/// same, or 4; throttled when nothing else stopped them.
void conclude_run(run_summary& summary);

/// The exit code of a command that made these runs: 0 when all succeeded, 3 when some did, the
/// runs' own code when all ended with the same, and 4 otherwise. A command without a run did not
/// do what it was asked: 1.
int exit_code_of(const std::vector<run_summary>& summaries);

}  // namespace millrace
