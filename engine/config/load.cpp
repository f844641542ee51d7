// Files become tables, tables become settings. A fault never stops the reading: the user hears of
// all of them at once.
#include "engine/config/load.hpp"

#include "engine/config/options.hpp"
#include "engine/config/section_reader.hpp"
#include "engine/config/suggest.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace millrace {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

bool is_schema(std::string_view text) {
  return is_name(text) && text.find('-') == std::string_view::npos &&
         !(text.front() >= '0' && text.front() <= '9') && text.size() <= 63;
}

class configuration_reader {
 public:
  configuration_reader(const config_environment& world, loaded_configuration& out)
      : world_(world), out_(out) {}

  void read(const std::string& file, const std::string& text) {
    try {
      const toml::table root = toml::parse(text, file);
      file_ = file;
      for (const auto& [key, node] : root)
        read_top(key, node);
    } catch (const toml::parse_error& fault) {
      const auto where = fault.source().begin;
      out_.faults.push_back(
          error{errc::config_syntax,
                fmt::format("{}:{}:{}: {}", file, where.line, where.column, fault.description()),
                "This is not valid TOML: correct the line",
                retry::never,
                {},
                {}});
    }
  }

  void finish() {
    sort_by_name(out_.config.warehouses);
    sort_by_name(out_.config.sources);
    sort_by_name(out_.config.pipelines);
    for (const pipeline_settings& p : out_.config.pipelines) {
      refer(p, "source", p.source, names_of(out_.config.sources));
      refer(p, "warehouse", p.warehouse, names_of(out_.config.warehouses));
    }
  }

 private:
  template <class Settings>
  static void sort_by_name(std::vector<Settings>& all) {
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  template <class Settings>
  static const std::vector<Settings>& names_of(const std::vector<Settings>& all) {
    return all;
  }

  template <class Settings>
  void refer(const pipeline_settings& p, std::string_view key, const std::string& wanted,
             const std::vector<Settings>& all) {
    if (wanted.empty()) return;  // its absence is a fault already
    const auto found =
        std::lower_bound(all.begin(), all.end(), wanted,
                         [](const Settings& s, const std::string& w) { return s.name < w; });
    if (found != all.end() && found->name == wanted) return;
    std::vector<std::string> names;
    for (const Settings& s : all)
      if (names.size() < 1000) names.push_back(s.name);
    const std::string near = nearest_word(wanted, names);
    out_.faults.push_back(fault_at(
        p.place,
        fmt::format("pipeline.{}.{} names '{}', and there is no [{}.{}]{}", p.name, key, wanted,
                    key, wanted, near.empty() ? "" : fmt::format("; did you mean '{}'?", near))));
  }

  void read_top(const toml::key& key, const toml::node& node) {
    const std::string name{key.str()};
    const toml::table* table = node.as_table();
    const std::vector<std::string> known{"host", "warehouse", "source", "pipeline"};
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string near = nearest_word(name, known);
      out_.faults.push_back(fault_at(
          place_of(key.source()),
          fmt::format("unknown table [{}]; expected host, warehouse, source or pipeline{}", name,
                      near.empty() ? "" : fmt::format("; did you mean [{}]?", near))));
      return;
    }
    if (table == nullptr) {
      out_.faults.push_back(
          fault_at(place_of(node.source()),
                   fmt::format("{} must be a table, such as [{}.NAME]", name, name)));
      return;
    }
    if (name == "host") {
      if (!once("host", place_of(key.source()))) return;
      return read_host(*table);
    }
    for (const auto& [child, value] : *table)
      read_named(name, child, value);
  }

  void read_named(const std::string& kind, const toml::key& key, const toml::node& node) {
    const std::string name{key.str()};
    const config_place place = place_of(key.source());
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      out_.faults.push_back(fault_at(
          place, fmt::format("{}.{} must be a table: write [{}.NAME] above it", kind, name, kind)));
      return;
    }
    if (!is_name(name)) {
      out_.faults.push_back(fault_at(
          place, fmt::format("the name '{}' may hold letters, digits, '_' and '-' only", name)));
      return;
    }
    if (!once(kind + "." + name, place)) return;
    if (kind == "warehouse") read_warehouse(name, place, *table);
    if (kind == "source") read_source(name, place, *table);
    if (kind == "pipeline") read_pipeline(name, place, *table);
  }

  /// The same table in two files is a slip that would hide one of them.
  bool once(const std::string& what, const config_place& place) {
    const auto [at, fresh] = seen_.emplace(what, place);
    if (fresh) return true;
    out_.faults.push_back(fault_at(place, fmt::format("[{}] is there already, in {}:{}", what,
                                                      at->second.file, at->second.line)));
    return false;
  }

  section_reader section(const toml::table& table, std::string pattern, std::string name) {
    return {table, std::move(pattern), std::move(name), file_, world_, out_.faults};
  }

  void read_host(const toml::table& table) {
    section_reader s = section(table, "host", "host");
    host_settings_config& host = out_.config.host;
    if (const auto v = s.size("memory")) host.memory_bytes = *v;
    if (const auto v = s.number("runs")) host.runs = *v;
    if (const auto v = s.text("ca_file")) host.ca_file = *v;
    s.finish();
  }

  void read_warehouse(const std::string& name, const config_place& place,
                      const toml::table& table) {
    section_reader s = section(table, "warehouse.NAME", "warehouse." + name);
    warehouse_settings w;
    w.name = name;
    w.place = place;
    if (auto v = s.secret_text("odbc")) w.odbc = std::move(*v);
    if (auto v = s.text("dialect")) w.dialect = *v;
    if (auto v = s.texts("dialects")) w.dialects = *v;
    s.finish();
    out_.config.warehouses.push_back(std::move(w));
  }

  void read_source(const std::string& name, const config_place& place, const toml::table& table) {
    section_reader s = section(table, "source.NAME", "source." + name);
    source_settings source;
    source.name = name;
    source.place = place;
    if (auto v = s.choice("connector")) source.connector = *v;
    if (auto v = s.url("login_url")) source.login_url = *v;
    if (auto v = s.text("api_version"); v && *v != "auto")
      source.api_version = check_version(s, *v);
    if (auto v = s.choice("api")) {
      if (*v == "rest") source.api = source_settings::api_kind::rest;
      if (*v == "bulk") source.api = source_settings::api_kind::bulk;
    }
    if (auto v = s.duration("overlap")) source.overlap = *v;
    if (auto v = s.number("concurrency")) source.concurrency = *v;
    if (const toml::table* auth = s.table("auth", "auth = { flow = .., client_id = .. }"))
      read_auth(*auth, source);
    s.finish();
    out_.config.sources.push_back(std::move(source));
  }

  std::string check_version(section_reader& s, const std::string& text) {
    int number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec == std::errc{} &&
        std::string_view(read.ptr, static_cast<std::size_t>(end - read.ptr)) == ".0" &&
        number >= 50)
      return text;
    s.fault("api_version",
            fmt::format("'{}' is no API version; expected \"auto\" or one from \"50.0\" on", text));
    return {};
  }

  void read_auth(const toml::table& table, source_settings& source) {
    section_reader s = section(table, "source.NAME.auth", "source." + source.name + ".auth");
    const auto flow = s.choice("flow");
    if (auto v = s.secret_text("client_id")) source.client_id = std::move(*v);
    if (auto v = s.secret_text("client_secret")) source.client_secret = std::move(*v);
    if (auto v = s.secret_text("refresh_token")) source.refresh_token = std::move(*v);
    if (flow && *flow == "client_credentials") {
      source.flow = source_settings::flow_kind::client_credentials;
      if (!s.has("client_secret"))
        s.fault("flow", "the flow client_credentials needs client_secret");
    } else if (flow && !s.has("refresh_token")) {
      s.fault("flow", "the flow refresh_token needs refresh_token");
    }
    s.finish();
  }

  void read_pipeline(const std::string& name, const config_place& place, const toml::table& table) {
    section_reader s = section(table, "pipeline.NAME", "pipeline." + name);
    pipeline_settings p;
    p.name = name;
    p.place = place;
    if (auto v = s.text("source")) p.source = *v;
    if (auto v = s.text("warehouse")) p.warehouse = *v;
    if (auto v = s.text("schema")) {
      p.schema = *v;
      if (!is_schema(p.schema))
        s.fault("schema",
                fmt::format("'{}' is no schema name; expected letters, digits and '_', 63 at "
                            "most, and no digit first",
                            p.schema));
    }
    if (auto v = s.duration("every")) p.every = *v;
    if (auto v = s.texts("collections")) p.collections = *v;
    if (p.collections.empty()) s.fault("collections", "the list is empty: nothing would be loaded");
    if (auto v = s.texts("exclude")) p.exclude = *v;
    for (const auto* list : {&p.collections, &p.exclude})
      for (const std::string& word : *list)
        if (word.starts_with('@') && word != "@standard" && word != "@custom")
          s.fault(
              list == &p.exclude ? "exclude" : "collections",
              fmt::format("there is no group '{}'; expected \"@standard\" or \"@custom\"", word));
    s.finish();
    out_.config.pipelines.push_back(std::move(p));
  }

  config_place place_of(const toml::source_region& region) const {
    return {file_, region.begin.line, region.begin.column};
  }

  const config_environment& world_;
  loaded_configuration& out_;
  std::string file_;
  std::map<std::string, config_place> seen_;
};

}  // namespace

const warehouse_settings* configuration::find_warehouse(const std::string& name) const {
  for (const auto& w : warehouses)
    if (w.name == name) return &w;
  return nullptr;
}
const source_settings* configuration::find_source(const std::string& name) const {
  for (const auto& s : sources)
    if (s.name == name) return &s;
  return nullptr;
}
const pipeline_settings* configuration::find_pipeline(const std::string& name) const {
  for (const auto& p : pipelines)
    if (p.name == name) return &p;
  return nullptr;
}

loaded_configuration load_configuration(const std::vector<std::string>& paths,
                                        const config_environment& world) {
  loaded_configuration out;
  configuration_reader reader(world, out);
  const auto read_file = [&](const std::string& path) {
    auto text = world.read_file(path);
    if (text) {
      reader.read(path, *text);
    } else {
      out.faults.push_back(std::move(text.error()));
    }
  };
  for (const std::string& path : paths) {
    if (!world.is_folder(path)) {
      read_file(path);
      continue;
    }
    auto files = world.list_folder(path);
    if (!files) {
      out.faults.push_back(std::move(files.error()));
      continue;
    }
    if (files->empty())
      out.faults.push_back(error{errc::config_unreadable,
                                 fmt::format("the folder {} holds no *.toml file", path),
                                 "Give a file, or a folder with files",
                                 retry::never,
                                 {},
                                 {}});
    for (const std::string& file : *files)
      read_file(file);
  }
  reader.finish();
  return out;
}

}  // namespace millrace
