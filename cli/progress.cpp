// Rendering progress.
#include "cli/progress.hpp"

#include "cli/text.hpp"
#include "engine/model/run_id.hpp"
#include "engine/model/utf8.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace {
namespace {

using state = collection_snapshot::state_kind;

constexpr double memory_seconds = 5;         // rows come in batches: shorter memories jump
constexpr milliseconds still_after{10'000};  // without a row: longer than any batch takes
constexpr milliseconds between_lines{30'000};
constexpr std::size_t lines_each_min = 4;

struct totals {
  std::uint64_t rows = 0;
  std::uint64_t expected = 0;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t waiting = 0;
  bool all_known = true;
};

totals totals_of(const run_snapshot& s) {
  totals t;
  t.requests = s.requests;
  for (const collection_snapshot& c : s.collections) {
    t.rows += c.counts.rows_merged;
    t.requests += c.counts.requests;
    t.bytes += c.counts.bytes;
    if (c.state == state::waiting) ++t.waiting;
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

std::uint64_t whole(double number) {
  return static_cast<std::uint64_t>(std::max(number, 0.0));
}

/// None: some collection has told no number, or nothing moves.
std::optional<milliseconds> time_left(const totals& t, double rate) {
  if (!t.all_known || t.expected <= t.rows || rate < 0.01) return {};
  const double seconds = static_cast<double>(t.expected - t.rows) / rate;
  constexpr double seconds_max = 365.0 * 24 * 3600;  // more says nothing, and would not fit
  if (seconds > seconds_max) return {};
  return milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

std::string bar(std::uint64_t done, std::uint64_t all, std::size_t width) {
  const double part = all == 0 ? 0 : static_cast<double>(done) / static_cast<double>(all);
  const auto full = static_cast<std::size_t>(std::min(part, 1.0) * static_cast<double>(width));
  std::string out;
  for (std::size_t i = 0; i < width; ++i)
    out += i < full ? "█" : "░";
  return out;
}

/// Rounded down, so that 100 means all of them.
std::uint64_t percent(std::uint64_t done, std::uint64_t all) {
  return all == 0
             ? 0
             : whole(100.0 * static_cast<double>(std::min(done, all)) / static_cast<double>(all));
}

/// The word for what a collection does, or how it ended.
std::string_view state_of(const collection_snapshot& c) {
  switch (c.state) {
    case state::waiting:
      return "waiting";
    case state::reading:
      return "reading";
    case state::done:
      break;
  }
  return c.outcome ? name_of(*c.outcome) : "done";
}

/// The bar where it says something: of how many is known, and they are still coming.
std::string part_of(const collection_snapshot& c) {
  constexpr std::size_t bar_width = 8;
  if (c.state != state::reading || !c.expected || *c.expected == 0)
    return std::string(bar_width + 5, ' ');
  return fmt::format("{} {:>3}%", bar(c.counts.rows_merged, *c.expected, bar_width),
                     percent(c.counts.rows_merged, *c.expected));
}

/// All columns are seen on 80 cells; wider terminals show more of the names.
std::string collection_line(const collection_snapshot& c, double rate, std::size_t width) {
  constexpr std::size_t all_but_name = 65;
  const std::size_t name_width =
      std::clamp<std::size_t>(width - std::min(width, all_but_name), 14, 28);
  std::string line =
      fmt::format("  {} {:<9}", fitted(printable(c.collection), name_width), state_of(c));
  if (c.state == state::waiting) {
    if (c.expected) line += fmt::format(" {:>10} records", grouped(*c.expected));
    return line;
  }
  const std::string speed =
      c.state == state::reading ? fmt::format("{}/s", grouped(whole(rate))) : "";
  return line + fmt::format(" {:>10} {} {:>9} {:>5} {:<5}  {}", grouped(c.counts.rows_merged),
                            part_of(c), speed, c.counts.requests,
                            c.counts.requests == 1 ? "call" : "calls", name_of(c.method));
}

/// What moves comes first, then what went wrong, then what is complete, then what waits: whatever
/// the height, the most telling lines are seen.
std::vector<const collection_snapshot*> by_interest(const run_snapshot& s) {
  const auto rank = [](const collection_snapshot* c) {
    if (c->state == state::reading) return 0;
    if (c->state == state::waiting) return 3;
    return c->outcome == outcome_kind::success ? 2 : 1;
  };
  std::vector<const collection_snapshot*> all;
  all.reserve(s.collections.size());
  for (const collection_snapshot& c : s.collections)
    all.push_back(&c);
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return all;
}

/// Cut when it is too wide, not filled when it is not.
std::string cut(const std::string& line, std::size_t width) {
  return fitted(line, std::min(width, width_of(line)));
}

std::string head_of(const run_snapshot& s, const totals& t) {
  std::string head = fmt::format("{}: {}", s.pipeline, s.stage);
  if (s.collections.empty()) return head;
  head += fmt::format(", {} of {} collections done", t.done, s.collections.size());
  if (t.failed > 0) head += fmt::format(" ({} failed)", t.failed);
  if (t.waiting > 0) head += fmt::format(", {} waiting", t.waiting);
  return head;
}

/// The time left is told while rows come: where nothing moves nobody knows it, and a rate that
/// fades would make it grow.
std::string totals_text(const run_snapshot& s, const totals& t, double rate, bool moves) {
  std::string text = fmt::format("{}, {}/s, {}, {}, {}", counted(t.rows, "row", "rows"),
                                 grouped(whole(rate)), counted(t.requests, "call", "calls"),
                                 spoken_bytes(t.bytes), spoken(s.now - s.started));
  const auto left = moves ? time_left(t, rate) : std::nullopt;
  if (left) text += fmt::format(", about {} left", spoken(*left));
  return text;
}

}  // namespace

void progress_rates::track::add(std::uint64_t rows_now, time_point now) {
  const double seconds = static_cast<double>((now - when).count()) / 1000.0;
  if (begun && seconds <= 0) return;
  if (begun) {
    const double fresh = static_cast<double>(rows_now - std::min(rows_now, rows)) / seconds;
    const double kept = std::exp(-seconds / memory_seconds);
    sum = sum * kept + fresh * (1 - kept);
    weight = weight * kept + (1 - kept);
  }
  if (!begun || rows_now > rows) grew = now;
  begun = true;
  rows = rows_now;
  when = now;
}

void progress_rates::see(const run_snapshot& snapshot) {
  pipeline_tracks& tracks = tracks_[snapshot.pipeline];
  std::uint64_t all = 0;
  for (const collection_snapshot& c : snapshot.collections) {
    all += c.counts.rows_merged;
    if (c.state == state::reading)
      tracks.collections[c.collection].add(c.counts.rows_merged, snapshot.now);
  }
  tracks.all.add(all, snapshot.now);
}

void progress_rates::forget(const std::string& pipeline) {
  tracks_.erase(pipeline);
}

double progress_rates::of_collection(const std::string& pipeline,
                                     const std::string& collection) const {
  const auto tracks = tracks_.find(pipeline);
  if (tracks == tracks_.end()) return 0;
  const auto found = tracks->second.collections.find(collection);
  return found == tracks->second.collections.end() ? 0 : found->second.per_second();
}

double progress_rates::of_pipeline(const std::string& pipeline) const {
  const auto tracks = tracks_.find(pipeline);
  return tracks == tracks_.end() ? 0 : tracks->second.all.per_second();
}

bool progress_rates::moves(const std::string& pipeline, time_point now) const {
  const auto tracks = tracks_.find(pipeline);
  return tracks != tracks_.end() && now - tracks->second.all.grew <= still_after;
}

std::string render_progress(const run_snapshot& s, const progress_rates& rates, std::size_t width,
                            std::size_t height, bool color) {
  const totals t = totals_of(s);
  std::string out = toned(cut(head_of(s, t), width), tone::strong, color) + '\n';
  constexpr std::size_t lines = 2;  // the head, and the totals
  const std::size_t room = height - std::min(height, lines);
  const auto all = by_interest(s);
  const std::size_t shown = std::min(room, all.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const collection_snapshot& c = *all[i];
    const std::string line =
        cut(collection_line(c, rates.of_collection(s.pipeline, c.collection), width), width);
    const bool bad = c.state == state::done && c.outcome != outcome_kind::success;
    out += toned(line,
                 bad                         ? tone::bad
                 : c.state == state::reading ? tone::plain
                                             : tone::dim,
                 color) +
           '\n';
  }
  std::string foot =
      "  " + totals_text(s, t, rates.of_pipeline(s.pipeline), rates.moves(s.pipeline, s.now));
  if (shown < all.size()) foot += fmt::format(", {} more not shown", all.size() - shown);
  return out + toned(cut(foot, width), tone::dim, color) + '\n';
}

std::string render_progress(const std::map<std::string, run_snapshot>& pipelines,
                            const progress_rates& rates, std::size_t width, std::size_t height,
                            bool color) {
  if (pipelines.empty()) return {};
  const bool all_fit = pipelines.size() * lines_each_min <= height;
  const std::size_t room = all_fit || height < 3 ? height : height - 1;
  const std::size_t shown =
      all_fit ? pipelines.size() : std::max<std::size_t>(1, room / lines_each_min);
  const std::size_t each = room / shown;
  std::string out;
  std::size_t count = 0;
  for (const auto& [name, snapshot] : pipelines) {
    if (count++ == shown) break;
    out += render_progress(snapshot, rates, width, each, color);
  }
  if (shown < pipelines.size() && height >= 3)
    out += toned(cut(fmt::format("and {} more pipelines", pipelines.size() - shown), width),
                 tone::dim, color) +
           '\n';
  return out;
}

std::string render_event(const progress_event& e, bool as_json) {
  if (as_json) {
    boost::json::object line{{"time", to_iso(e.when)}, {"event", e.name}, {"pipeline", e.pipeline}};
    if (!e.run.empty()) line["run"] = e.run;
    if (!e.collection.empty()) line["collection"] = e.collection;
    for (const auto& [key, value] : e.fields)
      std::visit([&line, &k = key](const auto& v) { line[k] = v; }, value);
    return boost::json::serialize(line);
  }
  return fmt::format("{} {} {}{}", to_iso(e.when), e.run.empty() ? e.pipeline : e.run,
                     e.collection.empty() ? "" : e.collection + ": ", printable(e.text));
}

std::vector<progress_event> progress_events::see(const run_snapshot& s) {
  std::vector<progress_event> events;
  const auto [at, fresh] = told_.try_emplace(s.pipeline);
  told& before = at->second;
  if (fresh) {
    before.last = s.now;
    before.run = run_id(s.pipeline, s.started);
  }
  bool moved = false;
  if (before.stage != s.stage) {
    moved = true;
    before.stage = s.stage;
    if (wanted_ == detail::all)
      events.push_back({s.now, "stage", s.pipeline, before.run, {}, s.stage, {{"stage", s.stage}}});
  }
  for (const collection_snapshot& c : s.collections) {
    if (c.state != state::done || !before.collections.insert(c.collection).second) continue;
    moved = true;
    const bool idle = c.outcome == outcome_kind::success && c.counts.rows_written == 0;
    if (wanted_ == detail::few && idle) continue;
    const std::string outcome{c.outcome ? name_of(*c.outcome) : "done"};
    events.push_back({s.now,
                      "collection",
                      s.pipeline,
                      before.run,
                      c.collection,
                      fmt::format("{}, {} read, {} written, {}", outcome,
                                  counted(c.counts.records, "record", "records"),
                                  counted(c.counts.rows_written, "row", "rows"),
                                  counted(c.counts.requests, "call", "calls")),
                      {{"outcome", outcome},
                       {"records", c.counts.records},
                       {"rows_written", c.counts.rows_written},
                       {"requests", c.counts.requests}}});
  }
  if (!moved && s.now - before.last >= between_lines && !s.collections.empty()) {
    moved = true;
    const totals t = totals_of(s);
    const double elapsed = static_cast<double>((s.now - s.started).count()) / 1000.0;
    const double rate = elapsed > 0 ? static_cast<double>(t.rows) / elapsed : 0;
    events.push_back({s.now,
                      "progress",
                      s.pipeline,
                      before.run,
                      {},
                      fmt::format("{} of {} collections done, {}", t.done, s.collections.size(),
                                  totals_text(s, t, rate, t.rows > before.rows)),
                      {{"collections_done", std::uint64_t{t.done}},
                       {"collections", std::uint64_t{s.collections.size()}},
                       {"rows", t.rows},
                       {"requests", t.requests},
                       {"bytes", t.bytes}}});
    before.rows = t.rows;
  }
  if (moved) before.last = s.now;
  return events;
}

namespace {

/// What a log is read for: which collection failed and why, and what was told beside it.
void tell_troubles(const run_summary& s, const std::string& run,
                   std::vector<progress_event>& events) {
  for (const collection_outcome& c : s.collections) {
    // Of those that ended with the run its own line tells.
    if (!c.why || (s.why && c.why->code == s.why->code && c.why->message == s.why->message))
      continue;
    const std::string code{name_of(c.why->code)};
    events.push_back({s.ended,
                      "problem",
                      s.pipeline,
                      run,
                      c.collection,
                      fmt::format("{}; {}: {}", name_of(c.kind), code, c.why->message),
                      {{"outcome", std::string(name_of(c.kind))},
                       {"error", code},
                       {"text", mended_text(c.why->message)}}});
  }
  for (const notice& n : s.notices)
    events.push_back({s.ended,
                      "notice",
                      s.pipeline,
                      run,
                      n.collection,
                      n.text,
                      {{"code", n.code}, {"text", mended_text(n.text)}}});
}

}  // namespace

std::vector<progress_event> progress_events::finish(const run_summary& s) {
  told_.erase(s.pipeline);
  const std::string run = run_id(s.pipeline, s.started);
  std::vector<progress_event> events;
  tell_troubles(s, run, events);
  std::uint64_t written = 0;
  for (const collection_outcome& c : s.collections)
    written += c.counts.rows_written;
  const std::string outcome{name_of(s.outcome)};
  std::string text = fmt::format("{}, {} written, {}", outcome, counted(written, "row", "rows"),
                                 spoken(s.ended - s.started));
  progress_event e{s.ended,
                   "run",
                   s.pipeline,
                   run,
                   {},
                   {},
                   {{"outcome", outcome},
                    {"exit_code", static_cast<std::uint64_t>(std::max(s.exit_code, 0))},
                    {"rows_written", written},
                    {"duration_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(
                                        (s.ended - s.started).count(), 0))}}};
  if (!s.not_due.empty()) {
    text += fmt::format(", {} not due", counted(s.not_due.size(), "collection", "collections"));
    e.fields.emplace_back("not_due", std::uint64_t{s.not_due.size()});
  }
  if (s.why) {
    text += fmt::format("; {}: {}", name_of(s.why->code), s.why->message);
    e.fields.emplace_back("error", std::string(name_of(s.why->code)));
    e.fields.emplace_back("text", mended_text(s.why->message));
  }
  e.text = std::move(text);
  events.push_back(std::move(e));
  return events;
}

}  // namespace millrace
