// Histories as text and as JSON. Whatever the warehouse holds is a foreign hand's: it is made
// printable, and valid.
#include "cli/render_history.hpp"

#include "cli/text.hpp"
#include "engine/model/utf8.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

namespace json = boost::json;

std::string nothing_yet(const history_order& asked) {
  if (asked.collection.empty())
    return fmt::format(
        "{} has no history yet: a run that reached the warehouse leaves one at its end\n",
        asked.pipeline);
  return fmt::format(
      "{} has no history of {} yet: runs that changed nothing of a collection leave none of it\n",
      asked.pipeline, printable(asked.collection));
}

/// Whole runs, or the lines of one collection.
bool is_line(const history_order& asked, const kept_run& r) {
  return asked.collection.empty() == r.collection.empty();
}

std::string error_text(const kept_run& r) {
  if (r.error_code.empty()) return {};
  return r.error.empty() ? r.error_code : r.error_code + ": " + r.error;
}

std::vector<std::string> line_of(const kept_run& r) {
  return {r.outcome,
          r.run,
          to_canonical(r.started).substr(0, 19),
          spoken(r.ended - r.started),
          grouped(r.records),
          grouped(r.rows_written),
          grouped(r.deleted),
          grouped(r.collection.empty() ? r.calls : r.requests),
          error_text(r)};
}

std::string lines_text(const history_order& asked, const run_history& history, bool color) {
  std::vector<std::vector<std::string>> rows{{"outcome", "run", "begun at", "duration", "records",
                                              "written", "deleted", "calls", "error"}};
  for (const kept_run& r : history.runs)
    if (is_line(asked, r)) rows.push_back(line_of(r));
  return table_of(rows, {false, false, false, true, true, true, true, true, false}, color);
}

/// Collections that were no success, under their runs.
std::string troubles_text(const run_history& history, bool color) {
  std::string out;
  for (const kept_run& r : history.runs) {
    if (r.collection.empty() || r.outcome == "success") continue;
    if (out.empty()) out = toned("Collections", tone::strong, color) + '\n';
    out += fmt::format("  {} {}: {}{}\n", printable(r.run), printable(r.collection),
                       printable(r.outcome),
                       r.error_code.empty() ? "" : ", " + printable(error_text(r)));
  }
  return out;
}

/// The latest first; notices that several runs told stand with the first of them.
std::string notices_text(const run_history& history, bool color) {
  std::string out;
  std::vector<std::string> told;
  for (const kept_run& r : history.runs) {
    if (r.notices_of.empty() || std::find(told.begin(), told.end(), r.notices_of) != told.end())
      continue;
    told.push_back(r.notices_of);
    for (const kept_notice& n : history.notices) {
      if (n.run != r.notices_of) continue;
      if (out.empty()) out = toned("Notices", tone::strong, color) + '\n';
      out += fmt::format("  since {} {}{}\n", printable(n.run),
                         n.collection.empty() ? "" : printable(n.collection) + ": ",
                         printable(n.text));
    }
  }
  return out;
}

// -- for machines
// ----------------------------------------------------------------------------------------

json::object part_json(const kept_run& r) {
  json::object out{{"outcome", mended_text(r.outcome)},
                   {"records", r.records},
                   {"rows_written", r.rows_written},
                   {"deleted", r.deleted},
                   {"refused", r.refused},
                   {"quarantined", r.quarantined},
                   {"requests", r.requests}};
  if (!r.collection.empty()) {
    out["collection"] = mended_text(r.collection);
    out["object"] = mended_text(r.object);
  }
  if (!r.error_code.empty())
    out["error"] =
        json::object{{"code", mended_text(r.error_code)}, {"message", mended_text(r.error)}};
  return out;
}

json::array notices_of(const kept_run& r, const run_history& history) {
  json::array out;
  for (const kept_notice& n : history.notices) {
    if (r.notices_of.empty() || n.run != r.notices_of) continue;
    json::object one{{"collection", mended_text(n.collection)},
                     {"code", mended_text(n.code)},
                     {"text", mended_text(n.text)},
                     {"told_at", to_iso(n.told)}};
    if (!n.record.empty()) one["record"] = mended_text(n.record);
    if (!n.field.empty()) one["field"] = mended_text(n.field);
    out.push_back(std::move(one));
  }
  return out;
}

json::object line_json(const kept_run& r, const run_history& history) {
  json::object out = part_json(r);
  out["run"] = mended_text(r.run);
  out["started_at"] = to_iso(r.started);
  out["ended_at"] = to_iso(r.ended);
  out["duration_ms"] = (r.ended - r.started).count();
  out["notices"] = notices_of(r, history);
  if (!r.collection.empty()) return out;
  out["exit_code"] = r.exit_code;
  out["calls"] = r.calls;
  out["collections_read"] = r.collections;
  out["skipped_ticks"] = r.skipped_ticks;
  json::array parts;
  for (const kept_run& part : history.runs)
    if (part.run == r.run && !part.collection.empty()) parts.push_back(part_json(part));
  out["collections"] = std::move(parts);
  return out;
}

}  // namespace

std::string render_history(const history_order& asked, const run_history& history, bool color) {
  if (history.runs.empty()) return nothing_yet(asked);
  std::string out = lines_text(asked, history, color);
  if (asked.collection.empty()) out += troubles_text(history, color);
  return out + notices_text(history, color);
}

std::string history_json(const history_order& asked, const run_history& history) {
  json::array runs;
  for (const kept_run& r : history.runs)
    if (is_line(asked, r)) runs.push_back(line_json(r, history));
  json::object out{{"pipeline", asked.pipeline}};
  if (!asked.collection.empty()) out["collection"] = mended_text(asked.collection);
  out["runs"] = std::move(runs);
  return json::serialize(out);
}

}  // namespace millrace
