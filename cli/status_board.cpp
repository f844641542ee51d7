// The board, its JSON and its metrics.
#include "cli/status_board.hpp"

#include "cli/json_parts.hpp"
#include "engine/model/run_id.hpp"
#include "engine/model/utf8.hpp"

#include <boost/json.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace millrace {
namespace {

namespace json = boost::json;
using prometheus::MetricFamily;
using prometheus::MetricType;

double seconds_between(time_point from, time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

json::object progress_json(const run_snapshot& s) {
  std::uint64_t done = 0;
  collection_counts all;
  json::array reading;
  for (const collection_snapshot& c : s.collections) {
    all += c.counts;
    if (c.state == collection_snapshot::state_kind::done) ++done;
    if (c.state == collection_snapshot::state_kind::reading)
      reading.push_back(json::value(c.collection));
  }
  return {{"run", run_id(s.pipeline, s.started)},
          {"stage", s.stage},
          {"started_at", to_iso(s.started)},
          {"collections", s.collections.size()},
          {"collections_done", done},
          {"reading", std::move(reading)},
          {"records", all.records},
          {"rows_written", all.rows_written},
          {"requests", all.requests + s.requests}};
}

}  // namespace

void status_board::note(const pipeline_standing& standing) {
  const std::lock_guard lock(mutex_);
  if (standing.kind == standing_kind::gone) {
    pipelines_.erase(standing.pipeline);
    return;
  }
  entry& e = pipelines_[standing.pipeline];
  e.standing = standing;
  if (standing.kind != standing_kind::running) e.now.reset();
}

void status_board::note(const run_snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  pipelines_[snapshot.pipeline].now = snapshot;
}

void status_board::note(const run_summary& summary) {
  run_end end;
  end.started = summary.started;
  end.ended = summary.ended;
  end.outcome = summary.outcome;
  end.exit_code = summary.exit_code;
  if (summary.why) end.why = mended_text(summary.why->message);
  end.notices = summary.notices;
  end.calls = summary.calls;
  end.usage = summary.usage;
  collection_counts all;
  for (const collection_outcome& c : summary.collections)
    all += c.counts;
  end.rows_written = all.rows_written;
  end.not_due = summary.not_due.size();
  const std::lock_guard lock(mutex_);
  entry& e = pipelines_[summary.pipeline];
  if (summary.outcome == outcome_kind::success) e.succeeded = summary.started;
  ++e.sum.runs[summary.outcome];
  e.sum.records += all.records;
  e.sum.rows_written += all.rows_written;
  e.sum.requests += all.requests + summary.requests_other;
  e.sum.seconds += seconds_between(summary.started, summary.ended);
  e.last = std::move(end);
  e.now.reset();
  note_collections(summary, e);
}

void status_board::note_collections(const run_summary& summary, entry& e) {
  // A run that broke off early says nothing of them: what was known before stays.
  if (summary.collections.empty()) return;
  std::map<std::string, collection_end> before = std::exchange(e.collections, {});
  for (const std::string& name : summary.not_due)
    if (auto known = before.extract(name)) e.collections.insert(std::move(known));
  for (const collection_outcome& c : summary.collections) {
    collection_end& end = e.collections[c.collection];
    if (const auto known = before.find(c.collection); known != before.end())
      end = std::move(known->second);
    end.outcome = c.kind;
    end.records = c.counts.records;
    end.rows_written = c.counts.rows_written;
    end.requests = c.counts.requests;
    end.why = c.why ? mended_text(c.why->message) : std::string();
    end.run = summary.started;
    if (c.cursor) end.cursor = c.cursor;
    if (c.kind == outcome_kind::success) end.succeeded = summary.started;
  }
}

void status_board::set_ready(bool ready) {
  const std::lock_guard lock(mutex_);
  ready_ = ready;
}

bool status_board::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

json::array status_board::collections_json(const entry& e, time_point now) {
  json::array out;
  for (const auto& [name, c] : e.collections) {
    json::object one{{"collection", name},
                     {"outcome", name_of(c.outcome)},
                     {"run", run_id(e.standing.pipeline, c.run)},
                     {"records", c.records},
                     {"rows_written", c.rows_written},
                     {"requests", c.requests}};
    if (c.cursor) one["cursor"] = to_iso(*c.cursor);
    if (c.succeeded) one["lag_ms"] = (now - *c.succeeded).count();
    if (!c.why.empty()) one["error"] = c.why;
    out.push_back(std::move(one));
  }
  return out;
}

json::object status_board::json_of(const run_end& run) {
  json::object out{{"outcome", name_of(run.outcome)},
                   {"exit_code", run.exit_code},
                   {"started_at", to_iso(run.started)},
                   {"ended_at", to_iso(run.ended)},
                   {"duration_ms", (run.ended - run.started).count()},
                   {"rows_written", run.rows_written},
                   {"not_due", run.not_due},
                   {"calls", json::value_from(run.calls)}};
  if (run.usage.allowed > 0)
    out["day"] = json::object{{"used", run.usage.used}, {"allowed", run.usage.allowed}};
  if (!run.why.empty()) out["error"] = run.why;
  return out;
}

json::object status_board::json_of(const entry& e, time_point now, status_detail wanted) {
  json::object out{{"pipeline", e.standing.pipeline},
                   {"state", name_of(e.standing.kind)},
                   {"skipped_ticks", e.standing.skipped},
                   {"failures", e.standing.failures}};
  if (e.standing.next) out["next_due"] = to_iso(*e.standing.next);
  if (!e.standing.because.empty()) out["because"] = mended_text(e.standing.because);
  if (e.succeeded) out["lag_ms"] = (now - *e.succeeded).count();
  if (e.now) out["run"] = progress_json(*e.now);
  if (e.last) {
    json::object last = json_of(*e.last);
    last["run"] = run_id(e.standing.pipeline, e.last->started);
    if (wanted == status_detail::whole) last["notices"] = notices_json(e.last->notices);
    out["last"] = std::move(last);
  }
  if (wanted == status_detail::whole) out["collections"] = collections_json(e, now);
  return out;
}

std::optional<std::string> status_board::status_json(const std::string& pipeline,
                                                     status_detail wanted, const host_use& use,
                                                     time_point now) const {
  const std::lock_guard lock(mutex_);
  json::array pipelines;
  if (pipeline.empty()) {
    for (const auto& [name, e] : pipelines_)
      pipelines.push_back(json_of(e, now, wanted));
  } else {
    const auto found = pipelines_.find(pipeline);
    if (found == pipelines_.end()) return {};
    pipelines.push_back(json_of(found->second, now, wanted));
  }
  return json::serialize(json::object{{"version", MILLRACE_VERSION},
                                      {"now", to_iso(now)},
                                      {"ready", ready_},
                                      {"runs", json::object{{"running", use.runs.running},
                                                            {"waiting", use.runs.waiting},
                                                            {"at_once", use.runs_at_once}}},
                                      {"memory", json::object{{"in_flight", use.memory.bytes},
                                                              {"bound", use.memory.bound},
                                                              {"waiting", use.memory.waiting}}},
                                      {"pipelines", std::move(pipelines)}});
}

std::string status_board::metrics(const host_use& use, time_point now) const {
  const auto family = [](const char* name, const char* help, MetricType type) {
    return MetricFamily{name, help, type, {}};
  };
  MetricFamily runs =
      family("millrace_runs_total", "Runs that ended, by outcome.", MetricType::Counter);
  MetricFamily seconds =
      family("millrace_run_seconds_total", "Time that runs took.", MetricType::Counter);
  MetricFamily records = family("millrace_records_total", "Records that arrived and were parsed.",
                                MetricType::Counter);
  MetricFamily written =
      family("millrace_rows_written_total", "Rows inserted or changed.", MetricType::Counter);
  MetricFamily requests =
      family("millrace_requests_total", "HTTP requests to the source.", MetricType::Counter);
  MetricFamily skipped =
      family("millrace_skipped_ticks_total",
             "Ticks of the cadence that passed without a run of their own.", MetricType::Counter);
  MetricFamily failures = family("millrace_failures_in_a_row",
                                 "Failed runs since the last good one.", MetricType::Gauge);
  MetricFamily lag =
      family("millrace_lag_seconds", "Time since the beginning of the last run that succeeded.",
             MetricType::Gauge);
  MetricFamily states =
      family("millrace_pipelines", "Pipelines, by what they do now.", MetricType::Gauge);
  MetricFamily memory = family("millrace_memory_bytes",
                               "Bytes in flight, and how many there may be.", MetricType::Gauge);
  const auto counter = [](MetricFamily& to, const std::string& pipeline, double value) {
    prometheus::ClientMetric m;
    m.label = {{"pipeline", pipeline}};
    m.counter.value = value;
    to.metric.push_back(std::move(m));
  };
  const auto gauge = [](MetricFamily& to, const char* label, std::string_view of, double value) {
    prometheus::ClientMetric m;
    m.label = {{label, std::string(of)}};
    m.gauge.value = value;
    to.metric.push_back(std::move(m));
  };
  gauge(memory, "kind", "in_flight", static_cast<double>(use.memory.bytes));
  gauge(memory, "kind", "bound", static_cast<double>(use.memory.bound));
  std::map<standing_kind, std::uint64_t> by_state;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, e] : pipelines_) {
      ++by_state[e.standing.kind];
      for (const auto& [outcome, count] : e.sum.runs) {
        prometheus::ClientMetric m;
        m.label = {{"pipeline", name}, {"outcome", std::string(name_of(outcome))}};
        m.counter.value = static_cast<double>(count);
        runs.metric.push_back(std::move(m));
      }
      counter(seconds, name, e.sum.seconds);
      counter(records, name, static_cast<double>(e.sum.records));
      counter(written, name, static_cast<double>(e.sum.rows_written));
      counter(requests, name, static_cast<double>(e.sum.requests));
      counter(skipped, name, static_cast<double>(e.standing.skipped));
      gauge(failures, "pipeline", name, e.standing.failures);
      if (e.succeeded) gauge(lag, "pipeline", name, seconds_between(*e.succeeded, now));
    }
  }
  for (const standing_kind kind : {standing_kind::waiting, standing_kind::queued,
                                   standing_kind::running, standing_kind::paused})
    gauge(states, "state", name_of(kind), static_cast<double>(by_state[kind]));
  return prometheus::TextSerializer{}.Serialize(
      {runs, seconds, records, written, requests, skipped, failures, lag, states, memory});
}

}  // namespace millrace
