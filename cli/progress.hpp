// The progress of runs as text: what a live display shows, and what is said line by line where
// there is no terminal. Pure: snapshots in, text out; `progress_display` writes it.
#pragma once

#include "engine/model/run_report.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

/// Rows per second of each collection and of each pipeline, smoothed over some seconds.
class progress_rates {
 public:
  void see(const run_snapshot& snapshot);
  void forget(const std::string& pipeline);
  [[nodiscard]] double of_collection(const std::string& pipeline,
                                     const std::string& collection) const;
  [[nodiscard]] double of_pipeline(const std::string& pipeline) const;
  /// Whether rows came lately.
  [[nodiscard]] bool moves(const std::string& pipeline, time_point now) const;

 private:
  struct track {
    bool begun = false;
    std::uint64_t rows = 0;
    time_point when{};
    time_point grew{};  ///< when rows came last
    double sum = 0;     ///< of rates, each weighted less the older it is
    double weight = 0;  ///< of that sum: what makes the first seconds right
    void add(std::uint64_t rows_now, time_point now);
    [[nodiscard]] double per_second() const { return weight > 0 ? sum / weight : 0; }
  };
  struct pipeline_tracks {
    track all;
    std::map<std::string, track> collections;
  };
  std::map<std::string, pipeline_tracks> tracks_;
};

/// One pipeline: at most `height` lines (two at least) of at most `width` cells. A head with what
/// is done and waits, a line for each collection with its state, rows and calls, those under way
/// first, and totals with the time left where it is known.
std::string render_progress(const run_snapshot& snapshot, const progress_rates& rates,
                            std::size_t width, std::size_t height, bool color);
/// Several pipelines within `height` lines; those that find no room are counted.
std::string render_progress(const std::map<std::string, run_snapshot>& pipelines,
                            const progress_rates& rates, std::size_t width, std::size_t height,
                            bool color);

/// Something worth a line in a log.
struct progress_event {
  time_point when{};
  std::string name;  ///< for machines: "stage", "collection", "progress", "run"
  std::string pipeline;
  std::string run;         ///< `run_id`; empty: of no run
  std::string collection;  ///< empty: of the whole pipeline
  std::string text;        ///< for people
  std::vector<std::pair<std::string, std::variant<std::uint64_t, std::string>>> fields;
};
/// "2024-01-02T03:04:05.678Z acme-20240102T030400000Z leads: success, ...", or a JSON object;
/// without a line break. The name of a run begins with its pipeline's.
std::string render_event(const progress_event& event, bool as_json);

/// Turns snapshots into events: a change of stage, a collection that ended, and now and then how
/// far a long run is; at its end what went wrong, and what the user should know.
class progress_events {
 public:
  /// `few`: neither stages nor collections of which nothing changed; the log of a host that runs
  /// thousands of pipelines stays readable.
  enum class detail : std::uint8_t { all, few };
  explicit progress_events(detail wanted = detail::all) : wanted_(wanted) {}

  std::vector<progress_event> see(const run_snapshot& snapshot);
  /// The run's end; the pipeline may run again.
  std::vector<progress_event> finish(const run_summary& summary);

 private:
  struct told {
    std::string run;
    std::string stage;
    std::set<std::string> collections;
    std::uint64_t rows = 0;  ///< at the last line that told how far it is
    time_point last{};
  };
  detail wanted_;
  std::map<std::string, told> told_;
};

}  // namespace millrace
