// Summaries as text and as JSON.
#include "cli/render_summary.hpp"

#include "cli/json_parts.hpp"
#include "cli/text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <map>
#include <tuple>

namespace millrace {
namespace {

namespace json = boost::json;

void put_counts(json::object& out, const collection_counts& c) {
  out["records"] = c.records;
  out["rows_merged"] = c.rows_merged;
  out["rows_written"] = c.rows_written;
  out["batches"] = c.batches;
  out["requests"] = c.requests;
  out["retries"] = c.retries;
  out["bytes"] = c.bytes;
  out["adjusted"] = c.adjusted;
  out["deleted"] = c.deleted;
  out["refused"] = c.refused;
  out["quarantined"] = c.quarantined;
}

json::object collection_json(const collection_outcome& c) {
  json::object out{{"collection", c.collection},
                   {"object", c.object},
                   {"outcome", name_of(c.kind)},
                   {"method", name_of(c.method)}};
  put_counts(out, c.counts);
  if (c.why) out["error"] = error_json(*c.why);
  return out;
}

/// "leads, cases and 3 more".
std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t shown_max = 5;
  std::string text;
  const std::size_t shown = names.size() > shown_max + 1 ? shown_max : names.size();
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

/// I13: what waited for calls, and when it goes on.
std::string waiting_text(const run_summary& s) {
  if (!s.continues) return {};
  const std::string when =
      s.continues_with_next_run
          ? fmt::format("with the next run, which is due at {}", to_iso(*s.continues))
          : fmt::format(
                "with the next run that finds calls free: all that count now are free again "
                "by {}",
                to_iso(*s.continues));
  if (s.waiting.empty()) return fmt::format("The run goes on {}\n", when);
  return fmt::format("{} for calls: {}; this goes on {}\n",
                     counted(s.waiting.size(), "collection waits", "collections wait"),
                     names_text(s.waiting), when);
}

/// One fault that stops many collections, such as a full disk, is told once.
void append_errors(std::string& out, const run_summary& s, bool color) {
  struct group {
    const error* why;
    std::vector<std::string> collections;
  };
  std::vector<group> groups;
  std::map<std::tuple<errc, std::string_view, std::string_view>, std::size_t> index;
  for (const collection_outcome& c : s.collections) {
    if (!c.why) continue;
    if (s.why && s.why->code == c.why->code && s.why->message == c.why->message) continue;
    const auto [at, fresh] = index.emplace(
        std::tuple(c.why->code, std::string_view(c.why->message), std::string_view(c.why->advice)),
        groups.size());
    if (fresh) groups.push_back({&*c.why, {}});
    groups[at->second].collections.push_back(c.collection);
  }
  for (const group& g : groups)
    out += names_text(g.collections) + ": " + render_error(*g.why, color);
}

}  // namespace

std::string render_error(const error& e, bool color) {
  std::string out = toned(fmt::format("error {}", name_of(e.code)), tone::bad, color);
  out += fmt::format(": {}\n  {}\n", printable(e.message), sentence_of(e.code));
  for (const auto& [key, value] : e.context)
    out += fmt::format("  {}: {}\n", key, printable(value));
  if (!e.advice.empty()) out += fmt::format("  What to do: {}\n", printable(e.advice));
  return out;
}

std::string render_notices(const std::vector<notice>& notices, bool color) {
  if (notices.empty()) return {};
  std::string out = toned("Notices", tone::strong, color) + '\n';
  for (const notice& n : notices)
    out += fmt::format("  {}{}\n", n.collection.empty() ? "" : printable(n.collection) + ": ",
                       printable(n.text));
  return out;
}

std::string render_summary(const run_summary& s, bool color, bool verbose) {
  std::vector<std::vector<std::string>> rows{
      {"outcome", "collection", "records", "written", "calls", "by"}};
  std::size_t unchanged = 0;
  for (const collection_outcome& c : s.collections) {
    // Many collections move rarely: the table shows what happened, --verbose shows all.
    if (!verbose && c.kind == outcome_kind::success && c.counts.rows_written == 0) {
      ++unchanged;
      continue;
    }
    rows.push_back({std::string(name_of(c.kind)), c.collection, grouped(c.counts.records),
                    grouped(c.counts.rows_written), grouped(c.counts.requests),
                    std::string(name_of(c.method))});
  }
  std::string out;
  if (rows.size() > 1) out += table_of(rows, {false, false, true, true, true, false}, color);
  if (unchanged > 0) out += counted(unchanged, "collection", "collections") + " without a change\n";
  append_errors(out, s, color);
  out += render_notices(s.notices, color);
  if (s.why) out += render_error(*s.why, color);
  out += waiting_text(s);
  const collection_counts total = totals_of(s);
  if (total.adjusted > 0)
    out += counted(total.adjusted, "value was", "values were") +
           " changed to what the warehouse can store\n";
  if (total.refused > 0)
    out += counted(total.refused, "value was", "values were") +
           " refused by the warehouse: NULL was written\n";
  if (total.quarantined > 0)
    out += counted(total.quarantined, "row was", "rows were") +
           " refused by the warehouse, and kept in _millrace_refused\n";
  if (total.deleted > 0)
    out += counted(total.deleted, "row", "rows") + " of deleted records found\n";
  const bool good = s.outcome == outcome_kind::success;
  out += toned(fmt::format("{}: {}", s.pipeline, name_of(s.outcome)), good ? tone::good : tone::bad,
               color);
  out += fmt::format(", {} read, {} written, {}, {}\n", counted(total.records, "record", "records"),
                     counted(total.rows_written, "row", "rows"),
                     counted(calls_of(s), "API call", "API calls"), spoken(s.ended - s.started));
  return out;
}

std::string summary_json(const std::vector<run_summary>& summaries, int exit_code) {
  json::array runs;
  for (const run_summary& s : summaries) {
    json::array collections;
    for (const collection_outcome& c : s.collections)
      collections.push_back(collection_json(c));
    json::object totals;
    put_counts(totals, totals_of(s));
    json::object run{{"pipeline", s.pipeline},
                     {"schema", s.schema},
                     {"outcome", name_of(s.outcome)},
                     {"exit_code", s.exit_code},
                     {"started_at", to_iso(s.started)},
                     {"ended_at", to_iso(s.ended)},
                     {"duration_ms", (s.ended - s.started).count()},
                     {"totals", totals},
                     {"collections", collections},
                     {"notices", notices_json(s.notices)}};
    run["calls"] = json::value_from(s.calls);
    if (s.usage.allowed > 0)
      run["day"] = json::object{{"used", s.usage.used}, {"allowed", s.usage.allowed}};
    if (s.continues)
      run["throttled"] = json::object{{"waiting", json::value_from(s.waiting)},
                                      {"continues", to_iso(*s.continues)},
                                      {"with_next_run", s.continues_with_next_run}};
    if (s.why) run["error"] = error_json(*s.why);
    runs.push_back(std::move(run));
  }
  return json::serialize(json::object{{"exit_code", exit_code}, {"runs", runs}});
}

}  // namespace millrace
