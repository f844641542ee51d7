// The live display goes up over the lines that it wrote before and writes them anew, in one write
// so that nothing flickers.
#include "cli/progress_display.hpp"

#include "cli/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace millrace {
namespace {

std::string go_back(std::size_t lines) {
  return lines == 0 ? "" : fmt::format("\x1b[{}A\x1b[J", lines);
}

void write_out(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void progress_display::say(const std::vector<progress_event>& events) const {
  std::string all;
  for (const progress_event& e : events)
    all += render_event(e, style_ == style::json) + '\n';
  write_out(all);
}

void progress_display::repaint() {
  const terminal_size size = size_of_terminal(STDERR_FILENO);
  // The last column and line stay free: a terminal that wraps or scrolls would spoil the count.
  const std::string all = render_progress(latest_, rates_, size.width - 1, size.height - 1, color_);
  write_out(go_back(lines_) + all);
  lines_ = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
}

void progress_display::show(const run_snapshot& snapshot) {
  if (style_ == style::silent) return;
  if (style_ != style::live) return say(events_.see(snapshot));
  rates_.see(snapshot);
  latest_.insert_or_assign(snapshot.pipeline, snapshot);
  repaint();
}

void progress_display::finish(const run_summary& summary) {
  if (style_ == style::silent) return;
  if (style_ != style::live) return say(events_.finish(summary));
  forget(summary.pipeline);
}

void progress_display::forget(const std::string& pipeline) {
  rates_.forget(pipeline);
  if (latest_.erase(pipeline) > 0) repaint();
}

void progress_display::clear() {
  write_out(go_back(lines_));
  lines_ = 0;
}

}  // namespace millrace
