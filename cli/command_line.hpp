// The command line: what was asked for, checked by form.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

enum class verb : std::uint8_t {
  none,
  run,
  sync,
  status,
  top,
  pause,
  resume,
  connect,
  validate,
  plan,
  check,
  discover,
  state_show,
  state_reset,
  history,
  version
};

/// How results are written to stdout; all but the first two are ways to write a catalog.
enum class result_format : std::uint8_t { text, json, toml, mermaid, dot, html };

struct command {
  verb what = verb::none;
  std::vector<std::string> config_paths;
  std::vector<std::string> targets;  ///< PIPELINE or PIPELINE/COLLECTION
  std::string pipeline;              ///< for discover, state and history
  std::string source;                ///< for connect
  std::uint16_t port = 1717;         ///< for connect: of the callback address
  bool print_url = false;            ///< for connect: open no browser
  bool force = false;                ///< for connect: replace the token of another org
  std::vector<std::string> collections;
  bool full = false;
  bool watch = false;                ///< for run: apply changes of the configuration's files
  bool by_host = false;              ///< for sync: the host that runs is to do it
  bool deep = false;                 ///< for check: record by record
  std::vector<std::string> columns;  ///< for check: by these
  bool count = false;                ///< for plan: ask how much has changed
  bool offline = false;
  std::size_t runs = 20;  ///< for history: how many, the latest
  result_format format = result_format::text;
  [[nodiscard]] bool json() const { return format == result_format::json; }
  bool log_json = false;  ///< progress lines as JSON
  std::string summary_file;
  int verbosity = 0;  ///< -1 quiet, 0, 1 and more: verbose
};

/// What the command line says. `finished`: help or an error was printed already, end with
/// `exit_code`.
struct parsed_command {
  command asked;
  bool finished = false;
  int exit_code = 0;
};

/// Help goes to stdout, complaints to stderr.
parsed_command parse_command_line(int argc, const char* const* argv);

}  // namespace millrace
