// From parsed tables to settings. Included by the configuration's own sources only: it shows
// toml++.
#pragma once

#include "engine/config/section_reader.hpp"
#include "engine/config/warehouse_place.hpp"

#include <toml++/toml.h>

#include <map>
#include <string>
#include <string_view>

namespace millrace {

/// Is given one file after the other, then checks what they say together.
class configuration_reader {
 public:
  configuration_reader(const config_environment& world, fault_list& faults,
                       std::vector<std::string>& notices, configuration& out)
      : context_{world, faults, notices, {}}, out_(out) {}

  void read(const std::string& file, const toml::table& root);
  /// Sorts, and checks what names something else. `whole`: every file could be read; when not, what
  /// is absent may be in the others.
  void finish(bool whole);

 private:
  void read_top(const toml::key& key, const toml::node& node);
  void read_named(const std::string& kind, const toml::key& key, const toml::node& node);
  bool once(const std::string& what, const config_place& place);

  void read_host(const toml::table& table);
  void read_tenant(const std::string& name, const toml::table& table);
  void read_warehouse(const std::string& name, const config_place& place, const toml::table& table);
  void read_source(const std::string& name, const config_place& place, const toml::table& table);
  static void read_cadence(section_reader& s, pipeline_settings& p);
  void read_budget(const toml::table& table, source_settings& source);
  void read_pipeline(const std::string& name, const config_place& place, const toml::table& table);
  void read_collections(section_reader& s, pipeline_settings& p);

  template <class Settings>
  void refer(const pipeline_settings& p, const std::string& kind, const std::string& wanted,
             const std::vector<Settings>& all);
  void check_schemas();
  void check_shared_tables(const pipeline_settings& p, const pipeline_settings& other,
                           const warehouse_place& place);

  /// Where a pipeline says something.
  [[nodiscard]] config_place place_in(const pipeline_settings& p, std::string_view key) const;

  reading_context context_;
  configuration& out_;
  std::map<std::string, config_place> seen_;  ///< tables, by their whole name
  std::map<std::string, std::map<std::string, config_place>> keys_;  ///< of pipelines, by name
  std::map<std::string, std::string> near_;  ///< suggestions for names that are not there
};

}  // namespace millrace
