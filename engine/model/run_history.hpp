// What a warehouse keeps of runs: a row for each, rows for what its collections came to, and its
// notices. Made of the concluded summary, so that all who tell of a run tell the same.
#pragma once

#include "engine/model/run_summary.hpp"
#include "engine/model/window.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// A run, or what it came to for one collection.
struct kept_run {
  std::string run;  ///< `run_id`
  std::string pipeline;
  std::string collection;  ///< empty: the whole run
  std::string object;      ///< of the collection
  time_point started{};    ///< of the run
  time_point ended{};      ///< of the run
  std::string outcome;     ///< `name_of` an `outcome_kind`
  int exit_code = 0;       ///< of the whole run
  std::uint64_t records = 0;
  std::uint64_t rows_written = 0;
  std::uint64_t deleted = 0;
  std::uint64_t refused = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t requests = 0;
  std::uint64_t calls = 0;          ///< of the whole run
  std::string error_code;           ///< empty: there was no error
  std::string error;                ///< what happened
  std::uint64_t collections = 0;    ///< of the whole run
  std::uint64_t skipped_ticks = 0;  ///< of the whole run
  std::string notices_of;           ///< the run under which its notices are; empty: it had none
};

/// A notice, under the run that told it first.
struct kept_notice {
  std::string run;
  std::string pipeline;
  std::string collection;  ///< empty: the whole pipeline
  time_point told{};
  std::string code;
  std::string text;
  std::string record = {};  ///< the record's Id, where the notice is about one
  std::string field = {};   ///< likewise
};

/// What is written at the end of a run, or read back.
struct run_history {
  std::vector<kept_run> runs;  ///< of a run the whole one first
  std::vector<kept_notice> notices;
  std::optional<checkpoint> note;           ///< what the next run is to know of these notices
  std::optional<time_point> remove_before;  ///< rows of older runs of the pipeline go
};

/// Whose rows are to be read back.
struct history_order {
  std::string pipeline;
  std::string collection;  ///< or its object, in any case; empty: whole runs, with their parts
  std::size_t runs = 20;   ///< at most, the latest
};

/// How long notices outlive the run that told them: later ones refer to them for so long.
inline constexpr milliseconds notices_renewed{std::chrono::hours(24)};

/// What a run leaves. Of its collections only those that were no plain success, or moved rows, have
/// a row. Notices that the run before told already, all of them and no others, are not written
/// again within a day: most orgs have some that every run tells. Nor are old rows looked for more
/// than once a day. `checkpoints`: as they were when the run began. `keep`: how long rows are kept;
/// 0: for ever. All text is bounded and valid.
run_history history_of(const run_summary& summary, const std::vector<checkpoint>& checkpoints,
                       milliseconds keep);

}  // namespace millrace
