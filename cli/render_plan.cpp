// Plans as text and as JSON. What the calls are compared with is the org's own word: what all its
// clients have used of the day together.
#include "cli/render_plan.hpp"

#include "cli/json_parts.hpp"
#include "cli/render_summary.hpp"
#include "cli/text.hpp"
#include "engine/model/utf8.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

namespace json = boost::json;

std::string window_text(const window& w) {
  if (w.everything()) return "everything";
  std::string text;
  if (w.from) text += "from " + to_canonical(*w.from);
  if (w.to) text += " to " + to_canonical(*w.to);
  return text;
}

std::string change_text(const table_change& change) {
  if (change.create) return "create";
  std::string text;
  const auto add = [&](const char* what, std::size_t count) {
    if (count > 0) text += fmt::format("{}{} {} columns", text.empty() ? "" : ", ", what, count);
  };
  add("add", change.add_columns.size());
  add("widen", change.widen_columns.size());
  return text.empty() ? "as it is" : text;
}

/// "3", "5 to 29", "at least 3".
std::string calls_text(const call_estimate& calls) {
  if (calls.least == calls.most) return (calls.open ? "at least " : "") + grouped(calls.least);
  return fmt::format("{} to {}{}", grouped(calls.least), grouped(calls.most),
                     calls.open ? " or more" : "");
}

/// What is due beside the changes.
std::string upkeep_text(const collection_estimate& calls) {
  std::string text;
  const auto add = [&](const char* what, const std::optional<call_estimate>& part) {
    if (part) text += (text.empty() ? "" : ", ") + std::string(what);
  };
  add("deletions", calls.deletions);
  add("census", calls.census);
  add("refresh", calls.refresh);
  add("history", calls.history);
  return text;
}

bool is_missing(const notice& n) {
  return n.code == "object_absent" || n.code == "object_not_readable";
}

std::string statements_text(const run_plan& plan, bool color, bool verbose) {
  std::string out;
  std::size_t created = 0;
  for (const planned_collection& c : plan.collections) {
    if (c.change.create && !verbose) {
      ++created;
      continue;
    }
    for (const std::string& statement : c.change.statements)
      out += "  " + printable(statement) + '\n';
  }
  if (created > 0)
    out += fmt::format("  {} (-v shows them)\n",
                       counted(created, "table is created", "tables are created"));
  return out.empty() ? out : toned("Statements", tone::strong, color) + '\n' + out;
}

/// Sums of what collections cost, by what it is for.
struct sums {
  call_estimate all;
  call_estimate changes;
  call_estimate deletions;
  call_estimate census;
  call_estimate refresh;
  call_estimate history;
};
sums sums_of(const run_plan& plan) {
  sums s;
  for (const planned_collection& c : plan.collections) {
    if (!c.calls) continue;
    s.all += c.calls->total();
    s.changes += c.calls->changes;
    if (c.calls->deletions) s.deletions += *c.calls->deletions;
    if (c.calls->census) s.census += *c.calls->census;
    if (c.calls->refresh) s.refresh += *c.calls->refresh;
    if (c.calls->history) s.history += *c.calls->history;
  }
  s.all += plan.forecast->catalog;
  s.all += plan.forecast->first_pages;
  s.changes += plan.forecast->first_pages;
  return s;
}

/// Calls that a limit leaves; none: there is no limit, or it is not known.
std::optional<std::uint64_t> left_of(const std::optional<std::uint64_t>& limit,
                                     std::uint64_t used) {
  if (!limit) return {};
  return *limit - std::min(*limit, used);
}

struct room {
  std::optional<std::uint64_t> org;  ///< calls that the org has left
  std::optional<std::uint64_t> day;  ///< that the day's budget leaves
  std::optional<std::uint64_t> run;  ///< that the run's budget allows beside the login
  [[nodiscard]] std::optional<std::uint64_t> least() const {
    std::optional<std::uint64_t> out;
    for (const auto& one : {org, day, run})
      if (one && (!out || *one < *out)) out = one;
    return out;
  }
};
room room_of(const run_forecast& f) {
  room r;
  if (f.usage.allowed > 0) r.org = left_of(f.usage.allowed, f.usage.used);
  r.day = left_of(f.rules.day.of(f.usage.allowed), f.usage.used);
  r.run = left_of(f.rules.run.of(f.usage.allowed), f.login);
  return r;
}

/// Whether there is room: "yes", "no", or "unknown" when only more could tell.
std::string_view verdict_of(const call_estimate& calls, const room& r) {
  const auto left = r.least();
  if (!left) return "unknown";
  if (calls.least > *left) return "no";
  return calls.most <= *left && !calls.open ? "yes" : calls.most <= *left ? "likely" : "unknown";
}

std::string forecast_text(const run_plan& plan, bool color) {
  const run_forecast& f = *plan.forecast;
  const sums s = sums_of(plan);
  std::string out = toned(fmt::format("API calls: {}", calls_text(s.all)), tone::strong, color) +
                    fmt::format("\n  {} for the catalog, {} for changes", calls_text(f.catalog),
                                calls_text(s.changes));
  const auto add = [&](const char* what, const call_estimate& part) {
    if (part.most > 0) out += fmt::format(", {} for {}", calls_text(part), what);
  };
  if (f.first_pages.least > 0)
    out += fmt::format(", of them {} for the first pages of collections that had few the last time",
                       calls_text(f.first_pages));
  add("deletions", s.deletions);
  add("the census", s.census);
  add("the refresh", s.refresh);
  add("the history of new columns", s.history);
  out += fmt::format("; the login's {} cost none\n", counted(f.login, "request", "requests"));
  if (f.usage.allowed > 0)
    out += fmt::format("  the org: all clients have used {} of {} within 24 hours, {} are left\n",
                       grouped(f.usage.used), grouped(f.usage.allowed),
                       grouped(f.usage.allowed - std::min(f.usage.used, f.usage.allowed)));
  const room r = room_of(f);
  const auto budget = [&](const char* what, const call_limit& limit,
                          const std::optional<std::uint64_t>& left) {
    if (left)
      out +=
          fmt::format("  the {}'s budget of {} leaves {}\n", what, text_of(limit), grouped(*left));
  };
  budget("day", f.rules.day, r.day);
  budget("run", f.rules.run, r.run);
  const std::string_view verdict = verdict_of(s.all, r);
  if (verdict == "no") {
    out += toned("  That is not enough: the run would be throttled, and go on later where it ended",
                 tone::bad, color) +
           '\n';
  } else if (verdict == "unknown") {
    out += "  Whether that is enough depends on what is found\n";
  }
  return out;
}

json::object estimate_json(const call_estimate& calls) {
  return {{"least", calls.least}, {"most", calls.most}, {"open", calls.open}};
}

json::object calls_json(const collection_estimate& calls) {
  json::object out = estimate_json(calls.total());
  out["changes"] = estimate_json(calls.changes);
  if (calls.deletions) out["deletions"] = estimate_json(*calls.deletions);
  if (calls.census) out["census"] = estimate_json(*calls.census);
  if (calls.refresh) out["refresh"] = estimate_json(*calls.refresh);
  if (calls.history) out["history"] = estimate_json(*calls.history);
  return out;
}

json::object forecast_json(const run_plan& plan) {
  const run_forecast& f = *plan.forecast;
  const sums s = sums_of(plan);
  const room r = room_of(f);
  json::object out = estimate_json(s.all);
  out["catalog"] = estimate_json(f.catalog);
  out["login"] = f.login;
  out["changes"] = estimate_json(s.changes);
  out["first_pages"] = estimate_json(f.first_pages);
  out["deletions"] = estimate_json(s.deletions);
  out["census"] = estimate_json(s.census);
  out["refresh"] = estimate_json(s.refresh);
  out["history"] = estimate_json(s.history);
  json::object limits;
  if (f.usage.allowed > 0) {
    limits["used"] = f.usage.used;
    limits["allowed"] = f.usage.allowed;
  }
  if (r.org) limits["org_left"] = *r.org;
  if (r.day) limits["day_budget_left"] = *r.day;
  if (r.run) limits["run_budget_left"] = *r.run;
  out["limits"] = std::move(limits);
  out["fits"] = verdict_of(s.all, r);
  return out;
}

json::array fields_json(const planned_collection& c) {
  json::array fields;
  for (std::size_t i = 0; i < c.what.fields.size(); ++i) {
    const field& f = c.what.fields[i];
    json::object one{{"field", f.name},
                     {"column", c.table->columns[i].name},
                     {"type", name_of(f.type)},
                     {"source_type", f.source_type},
                     {"label", mended_text(f.label)}};
    if (!f.refers_to.empty()) one["refers_to"] = json::value_from(f.refers_to);
    fields.push_back(std::move(one));
  }
  return fields;
}

json::object collection_json(const planned_collection& c) {
  json::array statements;
  for (const std::string& s : c.change.statements)
    statements.emplace_back(s);
  json::object entry{{"collection", c.what.name},      {"object", c.what.object},
                     {"table", change_text(c.change)}, {"statements", statements},
                     {"window", window_text(c.range)}, {"method", name_of(c.method)},
                     {"fields", fields_json(c)}};
  if (c.records) entry["records"] = *c.records;
  if (c.to_read) entry["to_read"] = *c.to_read;
  if (c.calls) entry["calls"] = calls_json(*c.calls);
  if (c.why_not) entry["error"] = error_json(*c.why_not);
  return entry;
}

}  // namespace

std::string render_plan(const run_plan& plan, bool color, bool verbose) {
  std::vector<std::vector<std::string>> rows{{"table", "object", "columns", "table will be",
                                              "window", "by", "records", "upkeep", "calls"}};
  for (const planned_collection& c : plan.collections) {
    const std::optional<std::uint64_t> records = c.range.everything() ? c.records : c.to_read;
    rows.push_back({c.what.name, c.what.object, std::to_string(c.what.fields.size()),
                    c.why_not ? "refused" : change_text(c.change), window_text(c.range),
                    std::string(name_of(c.method)), records ? grouped(*records) : "?",
                    c.calls ? upkeep_text(*c.calls) : "",
                    c.calls ? calls_text(c.calls->total()) : "none"});
  }
  std::string out =
      toned(fmt::format("{} into schema {}", plan.pipeline, plan.schema), tone::strong, color) +
      '\n';
  if (plan.facts)
    out +=
        fmt::format("warehouse: {} {} by {} {}\n", plan.facts->dbms_name, plan.facts->dbms_version,
                    plan.facts->driver_name, plan.facts->driver_version);
  out += table_of(rows, {false, false, true, false, false, false, true, false, true}, color);
  for (const planned_collection& c : plan.collections)
    if (c.why_not) out += c.what.name + ": " + render_error(*c.why_not, color);
  out += statements_text(plan, color, verbose);
  std::vector<notice> missing;
  std::vector<notice> others;
  for (const notice& n : plan.notices)
    (is_missing(n) ? missing : others).push_back(n);
  if (!missing.empty()) {
    out += toned("Not in this org, or not to be read", tone::strong, color) + '\n';
    for (const notice& n : missing)
      out += fmt::format("  {}: {}\n", printable(n.collection), printable(n.text));
  }
  out += render_notices(others, color);
  if (plan.forecast) out += forecast_text(plan, color);
  return out;
}

std::string plan_json(const std::vector<run_plan>& plans) {
  json::array out;
  for (const run_plan& plan : plans) {
    json::array collections;
    for (const planned_collection& c : plan.collections)
      collections.push_back(collection_json(c));
    json::array findings;
    for (const warehouse_finding& f : plan.findings)
      findings.push_back(json::object{{"what", f.what}, {"good", f.good}, {"text", f.text}});
    json::array missing;
    for (const notice& n : plan.notices)
      if (is_missing(n))
        missing.push_back(
            json::object{{"collection", n.collection}, {"text", mended_text(n.text)}});
    json::object one{{"pipeline", plan.pipeline}, {"schema", plan.schema},
                     {"warehouse", findings},     {"collections", collections},
                     {"missing", missing},        {"notices", notices_json(plan.notices)}};
    if (plan.forecast) one["calls"] = forecast_json(plan);
    out.push_back(std::move(one));
  }
  return json::serialize(json::object{{"plans", out}});
}

}  // namespace millrace
