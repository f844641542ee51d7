// One function for each table of the configuration; a fault never stops the reading.
#include "engine/config/configuration_reader.hpp"

#include "engine/config/auth_reader.hpp"
#include "engine/config/choice_reader.hpp"
#include "engine/config/suggest.hpp"
#include "engine/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 5> kinds{"host", "tenant", "warehouse", "source",
                                                "pipeline"};
constexpr std::array<std::string_view, 2> groups{"@standard", "@custom"};

template <class Settings>
void sort_by_name(std::vector<Settings>& all) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

std::string place_text(const config_place& place) {
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

template <std::size_t N>
std::string nearest_of(std::string_view wrong, const std::array<std::string_view, N>& words) {
  return nearest_word(wrong, std::vector<std::string>(words.begin(), words.end()));
}

}  // namespace

void configuration_reader::read(const std::string& file, const toml::table& root) {
  context_.file = file;
  for (const auto& [key, node] : root)
    read_top(key, node);
}

void configuration_reader::read_top(const toml::key& key, const toml::node& node) {
  const std::string name{key.str()};
  const config_place place = context_.place_of(key.source());
  if (std::find(kinds.begin(), kinds.end(), name) == kinds.end()) {
    std::string near = nearest_of(name, kinds);
    if (!near.empty()) near = fmt::format("[{}]", near);
    for (const option& o : option_table())
      if (near.empty() && o.key == name) near = fmt::format("{} in [{}]", name, o.section);
    context_.faults.add(
        place, {fmt::format("unknown table [{}]", name),
                "[host], [tenant.NAME], [warehouse.NAME], [source.NAME] or [pipeline.NAME]",
                std::move(near)});
    return;
  }
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    context_.faults.add(place, {fmt::format("{} is no table", name),
                                name == "host" ? "[host]" : fmt::format("[{}.NAME]", name)});
    return;
  }
  if (name == "host") {
    if (once("host", place)) read_host(*table);
    return;
  }
  for (const auto& [child, value] : *table)
    read_named(name, child, value);
}

void configuration_reader::read_named(const std::string& kind, const toml::key& key,
                                      const toml::node& node) {
  const std::string name{key.str()};
  const config_place place = context_.place_of(key.source());
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    context_.faults.add(place, {fmt::format("{}.{} is no table", kind, name),
                                fmt::format("[{}.NAME] above the keys", kind)});
    return;
  }
  if (!is_config_name(name)) {
    context_.faults.add(place, {fmt::format("the name {} cannot be used", quoted(name)),
                                "letters, digits, '_' and '-', 64 at most"});
    return;
  }
  if (!once(kind + "." + name, place)) return;
  if (kind == "tenant") read_tenant(name, *table);
  if (kind == "warehouse") read_warehouse(name, place, *table);
  if (kind == "source") read_source(name, place, *table);
  if (kind == "pipeline") read_pipeline(name, place, *table);
}

/// The same table in two files is a slip that would hide one of them.
bool configuration_reader::once(const std::string& what, const config_place& place) {
  const auto [at, fresh] = seen_.emplace(what, place);
  if (fresh) return true;
  context_.faults.add(place,
                      {fmt::format("[{}] is there already, at {}", what, place_text(at->second)),
                       "each table in one file only"});
  return false;
}

void configuration_reader::read_host(const toml::table& table) {
  section_reader s(table, "host", "host", context_);
  host_settings_config& host = out_.host;
  if (const auto v = s.size("memory")) host.memory_bytes = *v;
  if (const auto v = s.number("runs")) host.runs = *v;
  if (const auto v = s.duration("drain")) host.drain = *v;
  if (const auto v = s.duration("stall_timeout")) host.stall_timeout = *v;
  if (auto v = s.text("ca_file")) host.ca_file = std::move(*v);
  if (auto v = s.text("state")) host.state = std::move(*v);
  if (auto v = s.text("http")) {
    host.http = *v == "off" ? std::string() : std::move(*v);
    if (!host.http.empty() && !is_loopback_address(host.http))
      s.fault("http", {fmt::format("is {}", quoted(host.http)),
                       "a loopback address and a port, such as \"127.0.0.1:9470\" or "
                       "\"[::1]:9470\", or \"off\""});
  }
  s.finish();
}

void configuration_reader::read_tenant(const std::string& name, const toml::table& table) {
  section_reader s(table, "tenant.NAME", "tenant." + name, context_);
  tenant_settings t;
  t.name = name;
  if (const auto v = s.number("weight")) t.weight = *v;
  s.finish();
  out_.tenants.push_back(std::move(t));
}

void configuration_reader::read_warehouse(const std::string& name, const config_place& place,
                                          const toml::table& table) {
  section_reader s(table, "warehouse.NAME", "warehouse." + name, context_);
  warehouse_settings w;
  w.name = name;
  w.place = place;
  if (auto v = s.secret_text("odbc")) w.odbc = std::move(*v);
  if (auto v = s.text("dialect")) w.dialect = std::move(*v);
  if (auto v = s.texts("dialects")) w.dialects = std::move(*v);
  if (const auto v = s.number("connections")) w.connections = *v;
  if (const auto v = s.number("connections_total")) w.connections_total = *v;
  if (const auto v = s.number("runs")) w.runs = *v;
  if (const auto v = s.duration("statement_timeout")) w.statement_timeout = *v;
  if (const auto v = s.choice("refused_values")) w.refused_values = value_policy_of(*v);
  s.finish();
  out_.warehouses.push_back(std::move(w));
}

void configuration_reader::read_source(const std::string& name, const config_place& place,
                                       const toml::table& table) {
  section_reader s(table, "source.NAME", "source." + name, context_);
  source_settings source;
  source.name = name;
  source.place = place;
  if (auto v = s.choice("connector")) source.connector = std::move(*v);
  if (auto v = s.url("login_url")) source.login_url = std::move(*v);
  if (auto v = s.text("api_version"); v && *v != "auto") {
    if (is_api_version(*v)) {
      source.api_version = std::move(*v);
    } else {
      s.fault("api_version", {fmt::format("is {}", quoted(*v)),
                              "\"auto\" or a version such as \"62.0\", from "
                              "\"50.0\" on"});
    }
  }
  if (const auto v = s.choice("api")) {
    if (*v == "rest") source.api = source_settings::api_kind::rest;
    if (*v == "bulk") source.api = source_settings::api_kind::bulk;
  }
  if (const auto v = s.duration("overlap")) source.overlap = *v;
  if (auto v = s.texts("silent_fields")) source.silent_fields = std::move(*v);
  if (const auto v = s.number("concurrency")) source.concurrency = *v;
  if (const auto v = s.number("requests_at_once")) source.limits.requests_at_once = *v;
  if (const auto v = s.number("requests_per_second")) source.limits.requests_per_second = *v;
  if (const auto v = s.number("logins_per_hour")) source.limits.logins_per_hour = *v;
  if (const toml::table* auth = s.table("auth")) read_auth(*auth, source, context_);
  if (const toml::table* budget = s.table("api_budget")) read_budget(*budget, source);
  s.finish();
  out_.sources.push_back(std::move(source));
}

void configuration_reader::read_budget(const toml::table& table, source_settings& source) {
  section_reader s(table, "source.NAME.api_budget", "source." + source.name + ".api_budget",
                   context_);
  const auto read = [&](const char* key, call_limit& to) {
    const auto text = s.text(key);
    if (!text) return;
    if (const auto limit = parse_call_limit(*text)) {
      to = *limit;
    } else {
      s.fault(key, {fmt::format("is {}", quoted(*text)),
                    "a number of calls such as \"5000\", or a part such as \"60%\""});
    }
  };
  read("day", source.budget.day);
  read("run", source.budget.run);
  s.finish();
}

void configuration_reader::read_pipeline(const std::string& name, const config_place& place,
                                         const toml::table& table) {
  section_reader s(table, "pipeline.NAME", "pipeline." + name, context_);
  pipeline_settings p;
  p.name = name;
  p.place = place;
  if (auto v = s.text("source")) p.source = std::move(*v);
  if (auto v = s.text("warehouse")) p.warehouse = std::move(*v);
  if (auto v = s.text("schema")) {
    p.schema = std::move(*v);
    if (!is_schema_name(p.schema))
      s.fault("schema", {fmt::format("is {}", quoted(p.schema)),
                         "letters, digits and '_', no digit first, 63 at most"});
  }
  p.tenant = p.source;
  if (auto v = s.text("tenant")) p.tenant = std::move(*v);
  read_cadence(s, p);
  read_collections(s, p);
  if (const auto v = s.duration("keep_runs")) p.keep_runs = *v;
  if (auto v = s.secret_text("hash_salt")) p.hash_salt = std::move(*v);
  if (const toml::table* choices = s.table("collection")) read_choices(*choices, p, s, context_);
  s.finish();
  auto& keys = keys_[name];
  for (const char* key : {"source", "warehouse", "schema"})
    keys.emplace(key, s.place_of(key));
  out_.pipelines.push_back(std::move(p));
}

void configuration_reader::read_cadence(section_reader& s, pipeline_settings& p) {
  const auto every = s.duration("every");
  if (every) p.when.every = *every;
  const auto zone = s.text("time_zone");
  const auto at = s.text("at");
  if (zone && !at)
    s.fault("time_zone", {"goes with `at`, and there is none", "at = \"30 6 * * *\""});
  if (!at) return;
  if (every) s.fault("at", {"and `every` are both there", "one of the two"});
  auto times = calendar_times::parse(*at, zone.value_or("UTC"));
  if (times) {
    p.when.at = std::move(*times);
  } else {
    s.fault("at", {times.error().message, times.error().advice});
  }
}

void configuration_reader::read_collections(section_reader& s, pipeline_settings& p) {
  if (auto v = s.texts("collections")) {
    p.collections = std::move(*v);
    if (p.collections.empty())
      s.fault("collections", {"is empty: nothing would be loaded", "at least one word"});
  }
  if (auto v = s.texts("exclude")) p.exclude = std::move(*v);
  if (const auto v = s.choice("deletes")) {
    p.upkeep.deletes = *v == "mark"     ? deletes_policy::mark
                       : *v == "remove" ? deletes_policy::remove
                                        : deletes_policy::ignore;
  }
  if (const auto v = s.choice("on_type_change")) p.on_type_change = type_change_of(*v);
  if (const auto v = s.duration("deletions_every")) p.upkeep.deletions_every = *v;
  if (const auto v = s.duration("census_every")) p.upkeep.census_every = *v;
  if (const auto v = s.duration("refresh_every")) p.upkeep.refresh_every = *v;
  const auto check = [&](std::string_view key, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (!word.starts_with('@') || std::find(groups.begin(), groups.end(), word) != groups.end())
        continue;
      const std::string near = nearest_of(word, groups);
      s.fault(key,
              {fmt::format("holds {}, which is no group", quoted(word)),
               "\"@standard\" or \"@custom\"", near.empty() ? "" : fmt::format("\"{}\"", near)});
    }
  };
  check("collections", p.collections);
  check("exclude", p.exclude);
}

config_place configuration_reader::place_in(const pipeline_settings& p,
                                            std::string_view key) const {
  return keys_.at(p.name).at(std::string(key));
}

template <class Settings>
void configuration_reader::refer(const pipeline_settings& p, const std::string& kind,
                                 const std::string& wanted, const std::vector<Settings>& all) {
  // Suggestions cost a walk over all names: enough of them for people, few enough for thousands.
  constexpr std::size_t suggestions_max = 100;
  if (wanted.empty()) return;  // its absence is a fault already
  if (seen_.contains(kind + "." + wanted)) return;
  const auto [near, fresh] = near_.emplace(kind + "." + wanted, std::string());
  if (fresh && near_.size() <= suggestions_max) {
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const Settings& s : all)
      names.push_back(s.name);
    near->second = nearest_word(wanted, names);
  }
  context_.faults.add(place_in(p, kind),
                      {fmt::format("pipeline.{}.{} is {}, and there is no [{}.NAME] of this name",
                                   p.name, kind, quoted(wanted), kind),
                       fmt::format("the name of a {}", kind),
                       near->second.empty() ? "" : fmt::format("\"{}\"", near->second)});
}

/// Two sources in one set of tables would mix their rows and overwrite each other's checkpoints. It
/// counts where the connection strings lead, not what the warehouses are called; and a file has no
/// schemas, so that whatever is loaded into it has one set of tables.
void configuration_reader::check_schemas() {
  std::map<std::pair<std::string, std::string>, const pipeline_settings*> first;
  for (const pipeline_settings& p : out_.pipelines) {
    if (p.schema.empty() || p.warehouse.empty() || p.source.empty()) continue;
    const warehouse_settings* warehouse = out_.find_warehouse(p.warehouse);
    if (warehouse == nullptr) continue;  // a fault of its own
    warehouse_place place = place_of(warehouse->odbc.reveal(), p.schema);
    // Of a string that says nothing of a place only its name is known.
    if (place.database.empty()) place.database = p.warehouse;
    const auto [at, fresh] = first.emplace(
        std::pair(std::move(place.database), place.is_file ? std::string() : p.schema), &p);
    if (!fresh) check_shared_tables(p, *at->second, place);
  }
}

/// `p` and `other` have one set of tables.
void configuration_reader::check_shared_tables(const pipeline_settings& p,
                                               const pipeline_settings& other,
                                               const warehouse_place& place) {
  const bool same_schema = other.schema == p.schema;
  if (same_schema && other.source == p.source) return;
  const std::string there =
      fmt::format("pipeline.{} at {}", other.name, place_text(place_in(other, "schema")));
  const bool one_warehouse = other.warehouse == p.warehouse;
  if (!same_schema && place.is_file && !place.named_by_schema) {
    // The string is what is wrong: it names one file for all schemas.
    context_.faults.add(
        place_in(p, "schema"),
        {fmt::format("pipeline.{} loads the schema {} into the same file as {} loads {}, since the "
                     "`odbc` of the warehouse {} names one file for every schema",
                     p.name, quoted(p.schema), there, quoted(other.schema), quoted(p.warehouse)),
         "`{schema}` in the file's name, or a warehouse of its own"});
    return;
  }
  context_.faults.add(
      place_in(p, "schema"),
      {fmt::format("pipeline.{} loads {} into {} than {}", p.name,
                   other.source == p.source ? "another schema" : "another source",
                   one_warehouse ? fmt::format("the schema {} of the warehouse {}",
                                               quoted(p.schema), quoted(p.warehouse))
                                 : fmt::format("the same tables, by the warehouse {}, which leads "
                                               "to the same database as {},",
                                               quoted(p.warehouse), quoted(other.warehouse)),
                   there),
       "a schema of its own for each source"});
}

void configuration_reader::finish(bool whole) {
  sort_by_name(out_.tenants);
  sort_by_name(out_.warehouses);
  sort_by_name(out_.sources);
  sort_by_name(out_.pipelines);
  place_tokens(out_, context_);
  check_schemas();
  if (!whole) return;
  for (const pipeline_settings& p : out_.pipelines) {
    refer(p, "source", p.source, out_.sources);
    refer(p, "warehouse", p.warehouse, out_.warehouses);
  }
}

}  // namespace millrace
