// What a host that runs tells of itself: how each pipeline stands, how its last run ended, and how
// far the one is that goes on. Written by what runs, read by whoever asks.
#pragma once

#include "engine/model/host_use.hpp"
#include "engine/model/pipeline_standing.hpp"
#include "engine/model/run_report.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// `brief`: without collections and notices, of which thousands of pipelines have many.
enum class status_detail : std::uint8_t { whole, brief };

/// From any thread.
class status_board {
 public:
  void note(const pipeline_standing& standing);
  void note(const run_snapshot& snapshot);
  void note(const run_summary& summary);
  /// It takes orders and begins runs; until then, and when it is being ended, it is not ready.
  void set_ready(bool ready);
  [[nodiscard]] bool ready() const;

  /// All pipelines, or one, as JSON; none: there is none of that name.
  [[nodiscard]] std::optional<std::string> status_json(const std::string& pipeline,
                                                       status_detail wanted, const host_use& use,
                                                       time_point now) const;
  /// In the text format of Prometheus.
  [[nodiscard]] std::string metrics(const host_use& use, time_point now) const;

 private:
  struct totals {
    std::map<outcome_kind, std::uint64_t> runs;
    std::uint64_t records = 0;
    std::uint64_t rows_written = 0;
    std::uint64_t requests = 0;
    double seconds = 0;
  };
  /// What stays of a run: thousands of pipelines have one each.
  struct collection_end {
    outcome_kind outcome = outcome_kind::failure;
    std::uint64_t records = 0;
    std::uint64_t rows_written = 0;
    std::uint64_t requests = 0;
    std::string why;
    time_point run{};                     ///< when its last run began
    std::optional<time_point> cursor;     ///< committed last
    std::optional<time_point> succeeded;  ///< when the last run began that read it to its end
  };
  struct run_end {
    time_point started{};
    time_point ended{};
    outcome_kind outcome = outcome_kind::failure;
    int exit_code = 0;
    std::string why;
    std::uint64_t rows_written = 0;
    std::size_t not_due = 0;
    std::vector<notice> notices;
    std::map<std::string, std::uint64_t> calls;
    call_usage usage;
  };
  struct entry {
    pipeline_standing standing;
    std::optional<run_end> last;
    std::map<std::string, collection_end> collections;
    std::optional<time_point> succeeded;  ///< the beginning of the last run that did
    std::optional<run_snapshot> now;      ///< of the run that goes on
    totals sum;
  };

  /// What a run tells of its collections; those that were not due keep what they have.
  static void note_collections(const run_summary& summary, entry& e);
  static boost::json::object json_of(const entry& e, time_point now, status_detail wanted);
  static boost::json::object json_of(const run_end& run);
  static boost::json::array collections_json(const entry& e, time_point now);

  mutable std::mutex mutex_;
  std::map<std::string, entry> pipelines_;
  bool ready_ = false;
};

}  // namespace millrace
