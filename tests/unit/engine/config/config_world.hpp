// A world made of maps, for tests of the configuration: no file, no variable, no command.
#pragma once

#include "engine/config/load.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace millrace::config_test {

struct config_world {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables{{"HOME", "/home/somebody"}};
  std::map<std::string, std::vector<std::string>> folders;
  std::map<std::vector<std::string>, result<std::string>> commands;
  std::set<std::string> shared;  ///< files that others may read too

  [[nodiscard]] config_environment environment() const {
    config_environment out;
    out.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return {};
      return found->second;
    };
    out.read_file = [this](const std::string& path) -> result<std::string> {
      const auto found = files.find(path);
      if (found == files.end())
        return failure(errc::config_unreadable, path + " cannot be read: no such file",
                       "Check the path");
      return found->second;
    };
    out.is_folder = [this](const std::string& path) { return folders.contains(path); };
    out.list_folder = [this](const std::string& path) -> result<std::vector<std::string>> {
      return folders.at(path);
    };
    out.is_shared = [this](const std::string& path) { return shared.contains(path); };
    out.run_command = [this](const std::vector<std::string>& command) -> result<std::string> {
      const auto found = commands.find(command);
      if (found == commands.end())
        return failure(errc::secret_missing, command.front() + " cannot be started",
                       "Check the command");
      return found->second;
    };
    return out;
  }

  [[nodiscard]] loaded_configuration load(const std::vector<std::string>& paths) const {
    return load_configuration(paths, environment());
  }
};

/// Loads one text, as the file "m.toml".
inline loaded_configuration load_text(std::string text, config_world world = {}) {
  world.files["m.toml"] = std::move(text);
  return world.load({"m.toml"});
}

inline std::vector<std::string> messages_of(const loaded_configuration& loaded) {
  std::vector<std::string> out;
  for (const error& e : loaded.faults)
    out.push_back(e.message);
  return out;
}

/// The one fault that a text has.
inline error only_fault(const loaded_configuration& loaded) {
  for (const error& e : loaded.faults)
    INFO(e.message);
  REQUIRE(loaded.faults.size() == 1);
  return loaded.faults.front();
}

inline constexpr const char* good_warehouse = "[warehouse.main]\nodbc = \"Driver=SQLite3\"\n";
inline constexpr const char* good_source =
    "[source.acme]\nlogin_url = \"https://acme.my.salesforce.com\"\n"
    "auth = { flow = \"refresh_token\", client_id = \"id\", refresh_token = \"token\" }\n";
inline constexpr const char* good_pipeline =
    "[pipeline.acme]\nsource = \"acme\"\nwarehouse = \"main\"\nschema = \"sfdc_prod\"\n";

/// A configuration without a fault, and more lines for its last table, the pipeline.
inline std::string good_text(const std::string& more = {}) {
  return fmt::format("{}{}{}{}", good_warehouse, good_source, good_pipeline, more);
}

}  // namespace millrace::config_test
