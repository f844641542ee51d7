// Verbs, flags and their help, by CLI11. Each flag has a twin in the environment, MILLRACE_*.
#include "cli/command_line.hpp"

#include "engine/error.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace millrace {
namespace {

/// Flags that every verb takes.
void add_common(CLI::App* app, command& c) {
  app->add_option("-c,--config", c.config_paths, "Configuration file or folder; may be repeated")
      ->envname("MILLRACE_CONFIG")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app->add_option_function<std::string>(
         "--format", [&c](const std::string& text) { c.json = text == "json"; },
         "How results are written to stdout: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("MILLRACE_FORMAT")
      ->type_name("text|json");
  app->add_option_function<std::string>(
         "--log-format", [&c](const std::string& text) { c.log_json = text == "json"; },
         "How progress is written to stderr: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("MILLRACE_LOG_FORMAT")
      ->type_name("text|json");
  app->add_flag_function(
      "-v,--verbose", [&c](std::int64_t n) { c.verbosity = static_cast<int>(n); }, "Say more");
  app->add_flag_function(
      "-q,--quiet", [&c](std::int64_t) { c.verbosity = -1; }, "Say only what failed");
}

void add_sync(CLI::App& app, command& c) {
  CLI::App* sync = app.add_subcommand("sync", "Run pipelines once, then exit");
  sync->callback([&c] { c.what = verb::sync; });
  sync->add_option("TARGET", c.targets,
                   "PIPELINE or PIPELINE/COLLECTION; all pipelines when absent");
  sync->add_flag("--full", c.full, "Read everything again, whatever the checkpoints say")
      ->envname("MILLRACE_FULL");
  sync->add_option("--summary", c.summary_file, "Write the summary as JSON to this file")
      ->envname("MILLRACE_SUMMARY")
      ->type_name("FILE");
  add_common(sync, c);
  sync->footer(
      "Examples:\n"
      "  millrace sync -c millrace.toml\n"
      "  millrace sync -c /etc/millrace acme/leads acme/accounts\n"
      "  millrace sync -c millrace.toml acme --full --summary run.json\n");
}

void add_validate(CLI::App& app, command& c) {
  CLI::App* validate = app.add_subcommand(
      "validate",
      "Check the configuration, the logins, what the users may see, and the warehouses");
  validate->callback([&c] { c.what = verb::validate; });
  validate->add_option("PIPELINE", c.targets, "Pipelines; all when absent");
  validate->add_flag("--offline", c.offline, "The configuration only")->envname("MILLRACE_OFFLINE");
  add_common(validate, c);
  validate->footer(
      "Examples:\n  millrace validate -c millrace.toml\n  millrace validate --offline -c "
      "/etc/millrace\n");
}

void add_looking(CLI::App& app, command& c) {
  CLI::App* plan = app.add_subcommand("plan", "Say what a sync would do, without doing it");
  plan->callback([&c] { c.what = verb::plan; });
  plan->add_option("PIPELINE", c.targets, "Pipelines; all when absent");
  add_common(plan, c);
  plan->footer("Example:\n  millrace plan -c millrace.toml acme\n");

  CLI::App* discover =
      app.add_subcommand("discover", "List the collections and fields of a source");
  discover->callback([&c] { c.what = verb::discover; });
  discover->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
  discover->add_option("COLLECTION", c.collections, "Show the fields of these");
  add_common(discover, c);
  discover->footer(
      "Examples:\n  millrace discover -c millrace.toml acme\n  millrace discover -c millrace.toml "
      "acme leads\n");
}

void add_state(CLI::App& app, command& c) {
  CLI::App* state = app.add_subcommand("state", "Show or reset checkpoints");
  state->require_subcommand(1);
  CLI::App* show = state->add_subcommand("show", "How far each collection is");
  show->callback([&c] { c.what = verb::state_show; });
  CLI::App* reset = state->add_subcommand(
      "reset", "Forget checkpoints, so that the next sync reads in full; tables stay as they are");
  reset->callback([&c] { c.what = verb::state_reset; });
  for (CLI::App* sub : {show, reset}) {
    sub->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
    sub->add_option("COLLECTION", c.collections, "These collections; all when absent");
    add_common(sub, c);
  }
  state->footer(
      "Examples:\n  millrace state show -c millrace.toml acme\n  millrace state reset -c "
      "millrace.toml acme leads\n");
}

}  // namespace

parsed_command parse_command_line(int argc, const char* const* argv) {
  parsed_command out;
  CLI::App app{
      "millrace keeps a true copy of Salesforce orgs in any warehouse that has an ODBC driver."};
  app.name("millrace");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help for every command");
  add_sync(app, out.asked);
  add_validate(app, out.asked);
  add_looking(app, out.asked);
  add_state(app, out.asked);
  app.add_subcommand("version", "The version")->callback([&out] {
    out.asked.what = verb::version;
  });
  app.footer(
      "Exit codes: 0 success, 1 internal, 2 usage or configuration, 3 partial, 4 failure,\n"
      "5 authentication, 6 throttled, 7 warehouse unreachable, 130/143 drained after a signal.\n");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    out.finished = true;
    const int code = app.exit(e, std::cout, std::cerr);
    out.exit_code = code == 0 ? 0 : exit_code_of(errc::usage);
    return out;
  }
  const bool needs_config = out.asked.what != verb::version;
  if (needs_config && out.asked.config_paths.empty()) {
    std::cerr << "millrace: no configuration; give -c FILE, or set MILLRACE_CONFIG\n";
    out.finished = true;
    out.exit_code = exit_code_of(errc::usage);
  }
  return out;
}

}  // namespace millrace
