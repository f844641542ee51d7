// Where progress goes: stderr, as a live display that repaints itself or line by line.
#pragma once

#include "cli/progress.hpp"

#include <map>
#include <string>

namespace millrace {

/// Not for several threads at once.
class progress_display {
 public:
  enum class style { live, lines, json, silent };
  progress_display(style how, bool color,
                   progress_events::detail wanted = progress_events::detail::all)
      : style_(how), color_(color), events_(wanted) {}

  void show(const run_snapshot& snapshot);
  /// A run ended: it leaves the display, and where there are lines its outcome is one.
  void finish(const run_summary& summary);
  /// A run that only looked ended: it leaves the display.
  void forget(const std::string& pipeline);
  /// Takes the live display away, so that something else can be written.
  void clear();

 private:
  void say(const std::vector<progress_event>& events) const;
  void repaint();

  style style_;
  bool color_;
  progress_rates rates_;
  progress_events events_;
  std::map<std::string, run_snapshot> latest_;
  std::size_t lines_ = 0;  ///< that stand on the terminal
};

}  // namespace millrace
