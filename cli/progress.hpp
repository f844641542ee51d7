// The progress of runs: a live display on a terminal, plain lines otherwise. Both go to stderr.
#pragma once

#include "engine/model/run_report.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace millrace {

/// Rows per second of each collection, smoothed, from the snapshots seen.
class progress_rates {
 public:
  void see(const run_snapshot& snapshot);
  [[nodiscard]] double rate(const std::string& pipeline, const std::string& collection) const;
  /// Of the whole pipeline.
  [[nodiscard]] double rate(const std::string& pipeline) const { return rate(pipeline, {}); }

 private:
  struct track {
    std::uint64_t rows = 0;
    time_point when{};
    double per_second = 0;
  };
  void add(const std::string& key, std::uint64_t rows, time_point now);
  std::map<std::string, track> tracks_;
};

/// At most `height` lines of at most `width` cells: the collections under way, then totals.
std::string render_progress(const run_snapshot& snapshot, const progress_rates& rates,
                            std::size_t width, std::size_t height, bool color);

/// Draws snapshots as they come. Not for several threads at once.
class progress_display {
 public:
  enum class style { live, lines, json, silent };
  progress_display(style how, bool color) : style_(how), color_(color) {}
  void show(const run_snapshot& snapshot);
  /// Takes the live display away, so that something else can be written.
  void clear();

 private:
  void show_lines(const run_snapshot& snapshot);
  style style_;
  bool color_;
  progress_rates rates_;
  std::map<std::string, run_snapshot> latest_;
  std::map<std::string, std::string> stages_;
  std::map<std::string, std::size_t>
      told_;  ///< finished collections that were told of, by pipeline
  std::size_t lines_ = 0;
};

}  // namespace millrace
