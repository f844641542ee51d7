// Notices are told apart by a digest of all that a run told: whoever could forge one gains nothing.
#include "engine/model/run_history.hpp"

#include "engine/model/run_id.hpp"
#include "engine/model/utf8.hpp"
#include "engine/schedule/upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

/// Bytes of one text, and of a name.
constexpr std::size_t text_bytes_max = 4000;
constexpr std::size_t name_bytes_max = 128;
/// Of one run; the summary has them all.
constexpr std::size_t notices_max = 1000;
/// No collection of a source, but a note beside checkpoints: "acme/record".
constexpr std::string_view record_note = "record";

std::string name_in(std::string_view text) {
  return shortened_text(text, name_bytes_max);
}

void tell_error(kept_run& row, const std::optional<error>& why) {
  if (!why) return;
  row.error_code = name_of(why->code);
  row.error = shortened_text(why->message, text_bytes_max);
}

kept_run whole_run(const run_summary& s) {
  const collection_counts total = totals_of(s);
  kept_run row;
  row.run = run_id(s.pipeline, s.started);
  row.pipeline = s.pipeline;
  row.started = s.started;
  row.ended = s.ended;
  row.outcome = name_of(s.outcome);
  row.exit_code = s.exit_code;
  row.records = total.records;
  row.rows_written = total.rows_written;
  row.deleted = total.deleted;
  row.refused = total.refused;
  row.quarantined = total.quarantined;
  row.requests = total.requests;
  row.calls = calls_of(s);
  tell_error(row, s.why);
  row.collections = s.collections.size();
  row.skipped_ticks = s.skipped_ticks;
  return row;
}

bool is_worth_a_row(const collection_outcome& c) {
  return c.kind != outcome_kind::success || c.why || c.counts.rows_written > 0 ||
         c.counts.deleted > 0;
}

kept_run part_of(const kept_run& whole, const collection_outcome& c) {
  kept_run row;
  row.run = whole.run;
  row.pipeline = whole.pipeline;
  row.collection = name_in(c.collection);
  row.object = name_in(c.object);
  row.started = whole.started;
  row.ended = whole.ended;
  row.outcome = name_of(c.kind);
  row.records = c.counts.records;
  row.rows_written = c.counts.rows_written;
  row.deleted = c.counts.deleted;
  row.refused = c.counts.refused;
  row.quarantined = c.counts.quarantined;
  row.requests = c.counts.requests;
  tell_error(row, c.why);
  return row;
}

std::vector<kept_notice> notices_in(const run_summary& s, const std::string& run) {
  std::vector<kept_notice> out;
  const auto add = [&](std::string collection, std::string code, std::string text) -> kept_notice& {
    return out.emplace_back(kept_notice{run, s.pipeline, std::move(collection), s.ended,
                                        std::move(code), std::move(text)});
  };
  for (const notice& n : s.notices) {
    if (out.size() == notices_max) {
      add("", "more_notices",
          fmt::format("{} more, which the summary has", s.notices.size() - notices_max));
      break;
    }
    kept_notice& kept =
        add(name_in(n.collection), name_in(n.code), shortened_text(n.text, text_bytes_max));
    kept.record = name_in(n.record);
    kept.field = name_in(n.field);
  }
  return out;
}

/// FNV-1a, in whatever order the notices came.
std::string digest_of(const std::vector<kept_notice>& notices) {
  std::vector<std::string> texts;
  texts.reserve(notices.size());
  for (const kept_notice& n : notices)
    texts.push_back(n.collection + '\0' + n.code + '\0' + n.text + '\0');
  std::sort(texts.begin(), texts.end());
  std::uint64_t digest = 0xcbf29ce484222325U;
  for (const std::string& text : texts)
    for (const char c : text)
      digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", digest);
}

bool is_same_day(time_point a, time_point b) {
  return std::chrono::floor<std::chrono::days>(a) == std::chrono::floor<std::chrono::days>(b);
}

}  // namespace

run_history history_of(const run_summary& summary, const std::vector<checkpoint>& checkpoints,
                       milliseconds keep) {
  run_history out;
  out.runs.push_back(whole_run(summary));
  kept_run& whole = out.runs.front();
  std::vector<kept_notice> notices = notices_in(summary, whole.run);
  checkpoint note;
  note.collection = pass_name(summary.pipeline, record_note);
  note.object = notices.empty() ? std::string() : whole.run;
  note.cursor = summary.started;
  note.complete = true;
  note.committed_at = summary.ended;
  note.chosen = digest_of(notices);
  const auto before =
      std::find_if(checkpoints.begin(), checkpoints.end(),
                   [&](const checkpoint& c) { return c.collection == note.collection; });
  const bool of_today = before != checkpoints.end() && before->cursor &&
                        is_same_day(*before->cursor, summary.started);
  if (of_today && before->chosen == note.chosen) {
    whole.notices_of = before->object;
  } else {
    whole.notices_of = note.object;
    out.notices = std::move(notices);
    out.note = std::move(note);
  }
  if (!of_today && keep.count() > 0) out.remove_before = summary.started - keep;
  for (const collection_outcome& c : summary.collections) {
    if (!is_worth_a_row(c)) continue;
    kept_run row = part_of(out.runs.front(), c);
    row.notices_of = out.runs.front().notices_of;
    out.runs.push_back(std::move(row));
  }
  return out;
}

}  // namespace millrace
