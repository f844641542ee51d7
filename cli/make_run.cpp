// The one place where a connector's and a warehouse's configuration meet their code.
#include "cli/make_run.hpp"

#include "cli/make_choices.hpp"
#include "cli/make_source.hpp"
#include "connectors/files/kept_file.hpp"
#include "connectors/odbc/odbc_warehouse.hpp"
#include "connectors/salesforce/digests.hpp"
#include "engine/config/suggest.hpp"
#include "engine/config/warehouse_place.hpp"

#include <fmt/format.h>

#include <map>

namespace millrace {
namespace {

/// What one warehouse taught is known to all pipelines that load it.
using memories = std::map<std::string, std::shared_ptr<loader_memory>>;
/// One for each source, whose logins know of one another.
using connectors = std::map<std::string, std::shared_ptr<const connector>>;

/// What the runs of one command share.
struct shared_parts {
  memories learned;
  std::shared_ptr<odbc::statement_watch> watch = make_statement_watch();
  std::shared_ptr<odbc::idle_connections> idle = make_idle_connections();
  connectors sources;
  std::map<std::string, std::shared_ptr<call_ledger>> ledgers;  ///< what each source has used
  std::map<std::string, std::shared_ptr<source_limits>> paces;
};

run_request make_run(const configuration& config, const pipeline_settings& p, run_purpose purpose,
                     shared_parts& shared) {
  const source_settings& s = *config.find_source(p.source);
  run_request run;
  run.purpose = purpose;
  run.pipeline = p.name;
  run.schema = p.schema;
  run.tenant = p.tenant;
  run.source = shared.sources.at(p.source);
  run.what.include = p.collections;
  run.what.exclude = p.exclude;
  run.what.silent_fields = s.silent_fields;
  run.upkeep = p.upkeep;
  run.on_type_change = p.on_type_change;
  run.what.choices = with_fingerprints(p);
  run.hash = [salt = p.hash_salt](std::string_view value) { return hash_of(salt, value); };
  std::shared_ptr<call_ledger>& ledger = shared.ledgers[p.source];
  if (!ledger) ledger = std::make_shared<call_ledger>(s.budget);
  run.ledger = ledger;
  std::shared_ptr<source_limits>& pace = shared.paces[p.source];
  if (!pace) pace = std::make_shared<source_limits>(s.limits);
  run.pace = pace;
  run.overlap = s.overlap;
  run.when = p.shortest();
  if (p.has_own_cadences()) run.usual = p.when;
  run.keep_runs = p.keep_runs;
  run.collections_at_once = s.concurrency;
  const warehouse_settings& w = *config.find_warehouse(p.warehouse);
  run.warehouse_name = w.name;
  run.silence_longest = silence_longest(w.statement_timeout);
  run.connections = w.connections;
  std::shared_ptr<loader_memory>& memory = shared.learned[p.warehouse];
  if (!memory) memory = make_loader_memory();
  run.connect = [target = make_target(config, p), memory, watch = shared.watch, idle = shared.idle,
                 rounded = make_rounding_log()](std::size_t lane,
                                                const std::shared_ptr<writer_thread>& thread) {
    warehouse_target mine = target;
    mine.memory = memory;
    mine.watch = watch;
    mine.idle = idle;
    mine.rounded = rounded;
    mine.lane = lane;
    mine.thread = thread;
    return odbc::open_warehouse(mine);
  };
  run.cancel_statements = [watch = shared.watch] { cancel_statements(*watch); };
  run.drain_patience = config.host.drain;
  // A run that only reads the catalog never connects, and cuts names as a sync will.
  run.limits = odbc::expected_limits(make_target(config, p));
  return run;
}

/// Named by where the rows go as well: two configurations may use one name for different things.
std::shared_ptr<kept_text> make_record(const configuration& config, const pipeline_settings& p) {
  if (config.host.state.empty()) return nullptr;
  constexpr std::size_t digits = 12;
  const warehouse_place place =
      place_of(config.find_warehouse(p.warehouse)->odbc.reveal(), p.schema);
  const std::string where =
      salesforce::fingerprint(place.database + '\n' + p.schema).substr(0, digits);
  return files::make_kept_file(fmt::format("{}/runs/{}-{}", config.host.state, p.name, where));
}

/// All but `make`.
supervised_pipeline make_entry(const configuration& config, const pipeline_settings& p,
                               run_purpose purpose) {
  supervised_pipeline out;
  out.name = p.name;
  out.schema = p.schema;
  out.tenant = p.tenant;
  out.weight = config.weight_of(p.tenant);
  out.source = p.source;
  out.warehouse = p.warehouse;
  out.when = p.shortest();
  if (purpose == run_purpose::load) out.record = make_record(config, p);
  return out;
}

std::map<std::string, warehouse_bounds> bounds_of(const configuration& config) {
  std::map<std::string, warehouse_bounds> out;
  for (const warehouse_settings& w : config.warehouses)
    out[w.name] = {w.runs, w.connections_total};
  return out;
}

/// Of every source, so that a key that cannot be used is told whatever is run.
result<void> make_sources(const configuration& config, shared_parts& shared) {
  for (const source_settings& s : config.sources) {
    MILLRACE_TRY(shared.sources[s.name], make_source(s));
  }
  return {};
}

}  // namespace

result<host_plan> make_plan(const std::shared_ptr<const configuration>& config) {
  const auto shared = std::make_shared<shared_parts>();
  MILLRACE_CHECK(make_sources(*config, *shared));
  host_plan plan;
  plan.pipelines.reserve(config->pipelines.size());
  for (const pipeline_settings& p : config->pipelines) {
    supervised_pipeline entry = make_entry(*config, p, run_purpose::load);
    entry.make = [config, shared, &p]() -> result<run_request> {
      return make_run(*config, p, run_purpose::load, *shared);
    };
    plan.pipelines.push_back(std::move(entry));
  }
  plan.warehouses = bounds_of(*config);
  return plan;
}

warehouse_target make_target(const configuration& config, const pipeline_settings& pipeline) {
  const warehouse_settings& w = *config.find_warehouse(pipeline.warehouse);
  warehouse_target target;
  target.name = w.name;
  target.connection_string = w.odbc.reveal();
  target.schema = pipeline.schema;
  target.dialect = w.dialect;
  target.dialect_folders = w.dialects;
  target.statement_timeout = w.statement_timeout;
  target.refused_values = w.refused_values;
  return target;
}

host_settings make_host(const configuration& config) {
  host_settings host;
  host.memory_bytes = config.host.memory_bytes;
  host.runs_at_once = config.host.runs;
  host.stall_timeout = config.host.stall_timeout;
  host.ca_file = config.host.ca_file;
  host.user_agent = fmt::format("millrace/{}", MILLRACE_VERSION);
  return host;
}

result<const pipeline_settings*> find_pipeline(const configuration& config,
                                               const std::string& name) {
  if (const pipeline_settings* found = config.find_pipeline(name)) return found;
  std::vector<std::string> names;
  std::string list;
  for (const pipeline_settings& p : config.pipelines) {
    names.push_back(p.name);
    if (names.size() <= 20) list += (list.empty() ? "" : ", ") + p.name;
  }
  const std::string near = nearest_word(name, names);
  return failure(errc::usage,
                 fmt::format("there is no pipeline '{}'{}", name,
                             near.empty() ? "" : fmt::format("; did you mean '{}'?", near)),
                 fmt::format("Pipelines of this configuration: {}", list.empty() ? "none" : list));
}

result<host_plan> make_runs(const configuration& config, const command& asked,
                            run_purpose purpose) {
  std::vector<run_request> runs;
  shared_parts shared;
  MILLRACE_CHECK(make_sources(config, shared));
  if (asked.targets.empty()) {
    for (const pipeline_settings& p : config.pipelines)
      runs.push_back(make_run(config, p, purpose, shared));
  }
  std::map<std::string, std::size_t> of_pipeline;
  std::map<std::string, bool> whole;
  for (const std::string& target : asked.targets) {
    const std::size_t slash = target.find('/');
    const std::string name = target.substr(0, slash);
    MILLRACE_TRY(const pipeline_settings* p, find_pipeline(config, name));
    const auto [at, fresh] = of_pipeline.emplace(name, runs.size());
    if (fresh) runs.push_back(make_run(config, *p, purpose, shared));
    if (slash + 1 == target.size())
      return failure(errc::usage, fmt::format("'{}' names no collection", target),
                     "Write PIPELINE or PIPELINE/COLLECTION");
    if (slash == std::string::npos) {
      whole[name] = true;
      runs[at->second].what.only.clear();
    } else if (!whole[name]) {
      runs[at->second].what.only.push_back(target.substr(slash + 1));
    }
  }
  for (run_request& run : runs) {
    run.full = asked.full;
    run.count_windows = asked.count;
    run.deep = asked.deep;
    run.check_columns = asked.columns;
  }
  host_plan out;
  out.warehouses = bounds_of(config);
  out.pipelines.reserve(runs.size());
  for (run_request& run : runs) {
    out.pipelines.push_back(make_entry(config, *config.find_pipeline(run.pipeline), purpose));
    out.pipelines.back().make = [request = std::move(run)]() -> result<run_request> {
      return request;
    };
  }
  return out;
}

}  // namespace millrace
