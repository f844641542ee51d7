// How a run of a pipeline ended: the outcome of each collection, and what follows from them.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/outcome.hpp"
#include "engine/time.hpp"

#include <cstdint>
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
  std::optional<error> why;  ///< why the run as a whole did not reach its end
  std::vector<collection_outcome> collections;
  std::vector<notice> notices;
  std::uint64_t requests_other = 0;  ///< for login and catalog
};

/// Fills `outcome` and `exit_code` from the rest. Success only when every collection succeeded and
/// the run reached its end (I4). Some failed: partial, 3; all: the exit code of the first one's
/// error, or of `why`.
void conclude_run(run_summary& summary);

/// The exit code of a command that made these runs: 0 when all succeeded, one run's own code when
/// there is only one kind of trouble, 3 otherwise.
int exit_code_of(const std::vector<run_summary>& summaries);

}  // namespace millrace
