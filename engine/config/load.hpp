// Reading configuration files: every fault is found at once, each with its place.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// What loading needs of the world; passed in, so that tests need neither files nor variables.
struct config_environment {
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::function<result<std::string>(const std::string& path)> read_file;
  std::function<result<std::vector<std::string>>(const std::string& folder)>
      list_folder;  ///< *.toml
  std::function<bool(const std::string& path)> is_folder;
  std::function<result<std::string>(const std::vector<std::string>& command)> run_command;
  /// Whether more people than its owner may read a file; may be left out.
  std::function<bool(const std::string& path)> is_shared;
};
/// The real one.
config_environment process_environment();

struct loaded_configuration {
  configuration config;
  std::vector<error> faults;  ///< in order of file and place; empty: the configuration can be used
  std::vector<std::string> notices;  ///< no faults, and worth a look; with their place too
};

/// `paths` are files and folders. A fault's message begins with `FILE:LINE:COLUMN:`.
loaded_configuration load_configuration(const std::vector<std::string>& paths,
                                        const config_environment& world);

}  // namespace millrace
