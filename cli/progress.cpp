// Rendering progress. The live display repaints the lines that it wrote before.
#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace millrace {
namespace {

using state = collection_snapshot::state_kind;

constexpr double smoothing = 0.3;

struct totals {
  std::uint64_t rows = 0;
  std::uint64_t expected = 0;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  bool all_known = true;
};

totals totals_of(const run_snapshot& s) {
  totals t;
  t.requests = s.requests;
  for (const collection_snapshot& c : s.collections) {
    t.rows += c.counts.rows_merged;
    t.requests += c.counts.requests;
    t.bytes += c.counts.bytes;
    if (c.state == state::done) {
      ++t.done;
      t.expected += c.counts.rows_merged;
      if (c.outcome && *c.outcome != outcome_kind::success) ++t.failed;
    } else if (c.expected) {
      t.expected += std::max(*c.expected, c.counts.rows_merged);
    } else {
      t.all_known = false;
    }
  }
  return t;
}

std::string bar(std::uint64_t done, std::uint64_t all, std::size_t width) {
  const std::size_t full =
      all == 0 ? 0
               : static_cast<std::size_t>(static_cast<double>(done) / static_cast<double>(all) *
                                          static_cast<double>(width));
  std::string out;
  for (std::size_t i = 0; i < width; ++i)
    out += i < full ? "█" : "░";
  return out;
}

std::string collection_line(const collection_snapshot& c, double rate) {
  std::string line =
      fmt::format("  {} {:>11}", fitted(c.collection, 28), grouped(c.counts.rows_merged));
  if (c.expected && *c.expected > 0) {
    const auto part = std::min<std::uint64_t>(100, c.counts.rows_merged * 100 / *c.expected);
    line += fmt::format(" {} {:>3}%", bar(c.counts.rows_merged, *c.expected, 10), part);
  } else {
    line += std::string(16, ' ');
  }
  line += fmt::format(" {:>9}/s {:>5} calls  {}", grouped(static_cast<std::uint64_t>(rate)),
                      c.counts.requests, name_of(c.method));
  return line;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}
std::size_t terminal_height() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 5 ? size.ws_row : 24;
}

void write_error_line(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace

void progress_rates::add(const std::string& key, std::uint64_t rows, time_point now) {
  track& t = tracks_[key];
  const double seconds = static_cast<double>((now - t.when).count()) / 1000.0;
  if (t.when == time_point{} || seconds <= 0) {
    t.rows = rows;
    t.when = now;
    return;
  }
  const double fresh = static_cast<double>(rows - std::min(rows, t.rows)) / seconds;
  t.per_second = t.per_second == 0 ? fresh : t.per_second * (1 - smoothing) + fresh * smoothing;
  t.rows = rows;
  t.when = now;
}

void progress_rates::see(const run_snapshot& snapshot) {
  std::uint64_t all = 0;
  for (const collection_snapshot& c : snapshot.collections) {
    all += c.counts.rows_merged;
    if (c.state == state::reading)
      add(snapshot.pipeline + "/" + c.collection, c.counts.rows_merged, snapshot.now);
  }
  add(snapshot.pipeline + "/", all, snapshot.now);
}

double progress_rates::rate(const std::string& pipeline, const std::string& collection) const {
  const auto found = tracks_.find(pipeline + "/" + collection);
  return found == tracks_.end() ? 0 : found->second.per_second;
}

std::string render_progress(const run_snapshot& s, const progress_rates& rates, std::size_t width,
                            std::size_t height, bool color) {
  const totals t = totals_of(s);
  std::vector<std::string> lines;
  std::string head = fmt::format("{}: {}", s.pipeline, s.stage);
  if (!s.collections.empty())
    head += fmt::format(", {} of {} collections done{}", t.done, s.collections.size(),
                        t.failed > 0 ? fmt::format(" ({} failed)", t.failed) : "");
  lines.push_back(toned(fitted(head, std::min(width, width_of(head))), tone::strong, color));
  std::size_t hidden = 0;
  for (const collection_snapshot& c : s.collections) {
    if (c.state != state::reading) continue;
    if (lines.size() + 2 >= height) {
      ++hidden;
      continue;
    }
    const std::string line = collection_line(c, rates.rate(s.pipeline, c.collection));
    lines.push_back(fitted(line, std::min(width, width_of(line))));
  }
  const double rate = rates.rate(s.pipeline);
  std::string foot = fmt::format("  {} rows, {}/s, {} calls, {}, {}", grouped(t.rows),
                                 grouped(static_cast<std::uint64_t>(rate)), t.requests,
                                 spoken_bytes(t.bytes), spoken(s.now - s.started));
  if (hidden > 0) foot += fmt::format(", {} more under way", hidden);
  if (t.all_known && t.expected > t.rows && rate > 0)
    foot += fmt::format(", about {} left",
                        spoken(milliseconds{static_cast<std::int64_t>(
                            static_cast<double>(t.expected - t.rows) / rate * 1000)}));
  lines.push_back(toned(fitted(foot, std::min(width, width_of(foot))), tone::dim, color));
  std::string out;
  for (const std::string& line : lines)
    out += line + '\n';
  return out;
}

void progress_display::clear() {
  if (lines_ > 0) fmt::print(stderr, "\x1b[{}A\x1b[J", lines_);
  lines_ = 0;
}

void progress_display::show(const run_snapshot& snapshot) {
  if (style_ == style::silent) return;
  if (style_ != style::live) return show_lines(snapshot);
  rates_.see(snapshot);
  latest_[snapshot.pipeline] = snapshot;
  const bool over = snapshot.stage == "done";
  if (over) latest_.erase(snapshot.pipeline);
  clear();
  const std::size_t each =
      std::max<std::size_t>(4, (terminal_height() - 2) / std::max<std::size_t>(1, latest_.size()));
  std::string all;
  for (const auto& [name, latest] : latest_)
    all += render_progress(latest, rates_, terminal_width() - 1, each, color_);
  lines_ = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  std::fwrite(all.data(), 1, all.size(), stderr);
  std::fflush(stderr);
}

void progress_display::show_lines(const run_snapshot& s) {
  const std::string when = to_iso(s.now);
  const auto say = [&](const std::string& event, const std::string& collection,
                       const std::string& text, boost::json::object fields) {
    if (style_ == style::json) {
      boost::json::object line{{"time", when}, {"event", event}, {"pipeline", s.pipeline}};
      if (!collection.empty()) line["collection"] = collection;
      for (auto& f : fields)
        line[f.key()] = std::move(f.value());
      write_error_line(boost::json::serialize(line));
    } else {
      write_error_line(fmt::format("{} {} {}", when, s.pipeline, text));
    }
  };
  std::string& stage = stages_[s.pipeline];
  if (stage != s.stage) {
    stage = s.stage;
    say("stage", {}, s.stage, {{"stage", s.stage}});
  }
  std::set<std::string> done;
  std::size_t& told = told_[s.pipeline];
  std::size_t index = 0;
  for (const collection_snapshot& c : s.collections)
    if (c.state == state::done) ++index;
  if (index == told) return;
  for (const collection_snapshot& c : s.collections) {
    if (c.state != state::done) continue;
    const std::string key = s.pipeline + "/" + c.collection;
    if (!stages_.emplace(key, "done").second) continue;
    const std::string_view outcome = c.outcome ? name_of(*c.outcome) : "done";
    say("collection", c.collection,
        fmt::format("{}: {}, {} records, {} rows written, {} calls", c.collection, outcome,
                    grouped(c.counts.records), grouped(c.counts.rows_written), c.counts.requests),
        {{"outcome", outcome},
         {"records", c.counts.records},
         {"rows_written", c.counts.rows_written},
         {"requests", c.counts.requests}});
  }
  told = index;
}

}  // namespace millrace
