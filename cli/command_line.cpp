// Verbs, flags and their help, by CLI11. Each flag has a twin in the environment, MILLRACE_*. What
// every verb takes belongs to the program, so that it may stand before the verb as well as after.
#include "cli/command_line.hpp"

#include "engine/config/suggest.hpp"
#include "engine/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace millrace {
namespace {

constexpr const char* common_group = "Options of every command";

std::optional<result_format> format_of(std::string_view word) {
  using enum result_format;
  for (const auto& [name, format] :
       std::initializer_list<std::pair<const char*, result_format>>{{"text", text},
                                                                    {"json", json},
                                                                    {"toml", toml},
                                                                    {"mermaid", mermaid},
                                                                    {"dot", dot},
                                                                    {"html", html}})
    if (word == name) return format;
  return {};
}

/// Shows what every verb takes in the help of each.
class verb_help final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const CLI::App* root = app;
    while (root->get_parent() != nullptr)
      root = root->get_parent();
    if (root == app || mode != CLI::AppFormatMode::Normal)
      return CLI::Formatter::make_help(app, std::move(name), mode);
    const auto common =
        root->get_options([](const CLI::Option* o) { return o->get_group() == common_group; });
    return make_description(app) + make_usage(app, std::move(name)) + make_positionals(app) +
           make_groups(app, mode) + make_group(common_group, false, common) +
           make_subcommands(app, mode) + '\n' + make_footer(app);
  }
};

void add_common(CLI::App& app, command& c) {
  app.add_option("-c,--config", c.config_paths, "Configuration file or folder; may be repeated")
      ->envname("MILLRACE_CONFIG")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->group(common_group);
  app.add_option_function<std::string>(
         "--format", [&c](const std::string& text) { c.format = *format_of(text); },
         "How results are written to stdout: text or json; a catalog also as toml, mermaid, dot or "
         "html")
      ->check([](const std::string& text) {
        return format_of(text) ? std::string() : fmt::format("there is no format '{}'", text);
      })
      ->envname("MILLRACE_FORMAT")
      ->type_name("text|json")
      ->group(common_group);
  app.add_option_function<std::string>(
         "--log-format", [&c](const std::string& text) { c.log_json = text == "json"; },
         "How progress is written to stderr: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("MILLRACE_LOG_FORMAT")
      ->type_name("text|json")
      ->group(common_group);
  CLI::Option* verbose =
      app.add_flag_function(
             "-v,--verbose", [&c](std::int64_t n) { c.verbosity = static_cast<int>(n); },
             "Say more (Env:MILLRACE_VERBOSE)")
          ->group(common_group);
  app.add_flag_function(
         "-q,--quiet", [&c](std::int64_t) { c.verbosity = -1; },
         "Say only what failed (Env:MILLRACE_QUIET)")
      ->group(common_group)
      ->excludes(verbose);
}

/// A switch of the environment; none: unset. Throws for what is neither on nor off.
std::optional<bool> switch_of(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return {};
  const std::string word = CLI::detail::to_lower(value);
  for (const char* on : {"1", "true", "yes", "on"})
    if (word == on) return true;
  for (const char* off : {"0", "false", "no", "off"})
    if (word == off) return false;
  throw CLI::ValidationError(name, "must be 1 or 0");
}

/// The twins of -v and -q. Either flag decides over both: one who types -v wants to see more than a
/// script's environment asks for.
void ask_environment(const CLI::App& app, command& c) {
  const auto verbose = switch_of("MILLRACE_VERBOSE");
  const auto quiet = switch_of("MILLRACE_QUIET");
  if (app.count("-v") + app.count("-q") > 0) return;
  if (verbose.value_or(false)) c.verbosity = 1;
  if (quiet.value_or(false)) c.verbosity = -1;
}

void add_run(CLI::App& app, command& c) {
  CLI::App* run =
      app.add_subcommand("run", "Keep all pipelines on their cadence, in the foreground");
  run->callback([&c] { c.what = verb::run; });
  run->add_flag("--watch", c.watch, "Apply changes of the configuration's files as SIGHUP would")
      ->envname("MILLRACE_WATCH");
  run->footer(
      "SIGHUP reads the configuration anew, SIGTERM ends the runs and then the process.\n"
      "Examples:\n"
      "  millrace run -c /etc/millrace --watch\n"
      "  millrace run -c millrace.toml --log-format json\n");
}

/// Orders to a host that runs, and questions.
void add_orders(CLI::App& app, command& c) {
  CLI::App* status = app.add_subcommand("status", "How the pipelines of the host that runs stand");
  status->callback([&c] { c.what = verb::status; });
  status->add_option("PIPELINE", c.pipeline, "Only this one");
  status->footer(
      "Examples:\n  millrace status -c millrace.toml\n"
      "  millrace status acme -c millrace.toml --format json\n");
  CLI::App* top = app.add_subcommand("top", "Watch the host that runs, in this terminal");
  top->callback([&c] { c.what = verb::top; });
  top->footer("q or Ctrl-C ends it.\nExample:\n  millrace top -c millrace.toml\n");
  CLI::App* pause = app.add_subcommand("pause", "A pipeline waits until it is resumed");
  pause->callback([&c] { c.what = verb::pause; });
  pause->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
  pause->footer("Example:\n  millrace pause acme -c millrace.toml\n");
  CLI::App* resume = app.add_subcommand("resume", "A pipeline that was paused goes on");
  resume->callback([&c] { c.what = verb::resume; });
  resume->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
  resume->footer("Example:\n  millrace resume acme -c millrace.toml\n");
}

void add_sync(CLI::App& app, command& c) {
  CLI::App* sync = app.add_subcommand("sync", "Run pipelines once, then exit");
  sync->callback([&c] { c.what = verb::sync; });
  sync->add_option("TARGET", c.targets,
                   "PIPELINE or PIPELINE/COLLECTION; all pipelines when absent");
  sync->add_flag("--full", c.full, "Read everything again, whatever the checkpoints say")
      ->envname("MILLRACE_FULL");
  sync->add_flag("--wait", c.by_host,
                 "The host that runs does it, and this command waits for the end")
      ->envname("MILLRACE_WAIT");
  sync->add_option("--summary", c.summary_file, "Write the summary as JSON to this file")
      ->envname("MILLRACE_SUMMARY")
      ->type_name("FILE");
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
  validate->add_option("TARGET", c.targets,
                       "PIPELINE or PIPELINE/COLLECTION; all pipelines when absent");
  validate->add_flag("--offline", c.offline, "The configuration only")->envname("MILLRACE_OFFLINE");
  validate->footer(
      "Examples:\n  millrace validate -c millrace.toml\n  millrace validate --offline -c "
      "/etc/millrace\n");
}

void add_connect(CLI::App& app, command& c) {
  CLI::App* connect = app.add_subcommand(
      "connect", "Let millrace into an org through a browser, and keep the refresh token");
  connect->callback([&c] { c.what = verb::connect; });
  connect->add_option("SOURCE", c.source, "The source; its flow is refresh_token")->required();
  connect->add_flag("--print-url", c.print_url, "Print the address instead of opening a browser")
      ->envname("MILLRACE_PRINT_URL");
  connect
      ->add_option("--port", c.port,
                   "Port of the app's callback address http://localhost:PORT/OauthRedirect; 0: any "
                   "that is free")
      ->capture_default_str()
      ->envname("MILLRACE_PORT")
      ->type_name("N");
  connect->add_flag("--force", c.force, "Also replace the token of another org")
      ->envname("MILLRACE_FORCE");
  connect->footer(
      "Examples:\n  millrace connect -c millrace.toml acme\n  millrace connect -c millrace.toml "
      "acme --print-url\n");
}

void add_looking(CLI::App& app, command& c) {
  CLI::App* plan = app.add_subcommand(
      "plan", "Say what a sync would do and what it would cost, without doing it");
  plan->callback([&c] { c.what = verb::plan; });
  plan->add_option("TARGET", c.targets,
                   "PIPELINE or PIPELINE/COLLECTION; all pipelines when absent");
  plan->add_flag("--full", c.full, "What `sync --full` would do")->envname("MILLRACE_FULL");
  plan->add_flag("--count", c.count,
                 "Ask how many records have changed: a call for each collection that was loaded")
      ->envname("MILLRACE_COUNT");
  plan->footer(
      "Examples:\n"
      "  millrace plan -c millrace.toml acme\n"
      "  millrace plan -c millrace.toml acme --count\n"
      "  millrace plan -c millrace.toml acme/leads --format json\n");

  CLI::App* discover =
      app.add_subcommand("discover", "List the collections and fields of a source");
  discover->callback([&c] { c.what = verb::discover; });
  discover->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
  discover->add_option("COLLECTION", c.collections, "Show the fields of these");
  discover->footer(
      "With --format toml the pipeline's table for the configuration; with mermaid, dot or html "
      "the "
      "tables\nand their links: mermaid and dot show every field of tables that are named, keys "
      "and "
      "references\notherwise; html is one page to search in that needs no network.\n\n"
      "Examples:\n"
      "  millrace discover -c millrace.toml acme\n"
      "  millrace discover -c millrace.toml acme leads\n"
      "  millrace discover -c millrace.toml acme --format html > catalog.html\n");
}

void add_check(CLI::App& app, command& c) {
  CLI::App* check =
      app.add_subcommand("check", "Compare the tables with what the org has now; change nothing");
  check->callback([&c] { c.what = verb::check; });
  check->add_option("TARGET", c.targets,
                    "PIPELINE or PIPELINE/COLLECTION; all pipelines when absent");
  CLI::Option* deep =
      check->add_flag("--deep", c.deep, "Record by record, not only how many there are")
          ->envname("MILLRACE_DEEP");
  check
      ->add_option("--columns", c.columns,
                   "With --deep: columns to compare beside id and the stamp of the last change")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(deep)
      ->envname("MILLRACE_COLUMNS")
      ->type_name("COLUMN,..");
  check->footer(
      "It costs the calls for the catalog and one for each collection; with --deep one for each "
      "2,000\nrecords, or a Bulk job. They are announced before they are made.\n\n"
      "Exit code 3: something differs.\n\n"
      "Examples:\n"
      "  millrace check -c millrace.toml acme\n"
      "  millrace check -c millrace.toml acme/leads --deep\n"
      "  millrace check -c millrace.toml acme/leads --deep --columns email,status\n");
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
  }
  const std::string showing =
      "  millrace state show -c millrace.toml acme\n"
      "  millrace state show -c millrace.toml acme leads --format json\n";
  const std::string resetting =
      "  millrace state reset -c millrace.toml acme leads\n"
      "  millrace state reset -c millrace.toml acme\n";
  show->footer("Examples:\n" + showing);
  reset->footer("Examples:\n" + resetting);
  state->footer("Examples:\n" + showing + resetting);
}

void add_history(CLI::App& app, command& c) {
  CLI::App* history = app.add_subcommand(
      "history", "The last runs of a pipeline, as its warehouse has them, and their notices");
  history->callback([&c] { c.what = verb::history; });
  history->add_option("PIPELINE", c.pipeline, "The pipeline")->required();
  history->add_option("COLLECTION", c.collections, "What the runs came to for this one")
      ->expected(0, 1);
  history->add_option("--runs", c.runs, "How many, the latest first")
      ->check(CLI::Range(1, 500))
      ->capture_default_str()
      ->envname("MILLRACE_RUNS")
      ->type_name("N");
  history->footer(
      "Examples:\n"
      "  millrace history -c millrace.toml acme\n"
      "  millrace history -c millrace.toml acme leads --runs 5\n"
      "  millrace history -c millrace.toml acme --format json\n");
}

void add_rest(CLI::App& app, command& c) {
  CLI::App* version = app.add_subcommand("version", "The version");
  version->callback([&c] { c.what = verb::version; });
  version->footer("Examples:\n  millrace version\n  millrace version --format json\n");
  app.add_subcommand("help", "Help for a command: millrace help sync")->callback([] {
    throw CLI::CallForHelp();
  });
}

std::vector<std::string> names_of_verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

/// The arguments in the order that CLI11 takes them: the last one first. "help state show" is
/// "state show --help".
std::vector<std::string> arguments(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    const CLI::App* at = &app;
    for (const std::string& word : words)
      if (!word.starts_with('-')) at = at->get_subcommand(word);
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());
  return words;
}

}  // namespace

parsed_command parse_command_line(int argc, const char* const* argv) {
  parsed_command out;
  CLI::App app{
      "millrace keeps a true copy of Salesforce orgs in any warehouse that has an ODBC driver."};
  app.name("millrace");
  app.require_subcommand(1);
  app.formatter(std::make_shared<verb_help>());
  app.fallthrough();
  app.set_help_all_flag("--help-all", "Help for every command");
  app.set_version_flag("--version", fmt::format("millrace {}", MILLRACE_VERSION),
                       "The version, then exit");
  add_common(app, out.asked);
  add_sync(app, out.asked);
  add_connect(app, out.asked);
  add_run(app, out.asked);
  add_orders(app, out.asked);
  add_validate(app, out.asked);
  add_looking(app, out.asked);
  add_check(app, out.asked);
  add_state(app, out.asked);
  add_history(app, out.asked);
  add_rest(app, out.asked);
  app.footer(
      "Examples:\n"
      "  millrace validate -c millrace.toml\n"
      "  millrace sync -c millrace.toml --summary run.json\n"
      "  millrace help sync\n"
      "\n"
      "Exit codes: 0 success, 1 internal, 2 usage or configuration, 3 partial, 4 failure,\n"
      "5 authentication, 6 throttled, 7 warehouse unreachable, 8 held by another process,\n"
      "130/143 drained after a signal.\n");
  try {
    app.parse(arguments(app, argc, argv));
    ask_environment(app, out.asked);
    if (out.asked.what != verb::discover && !out.asked.json() &&
        out.asked.format != result_format::text)
      throw CLI::ValidationError("--format", "this command writes text or json");
  } catch (const CLI::OptionNotFound& e) {
    std::cerr << "millrace: command " << e.what() << "; try millrace --help\n";
    out.finished = true;
    out.exit_code = exit_code_of(errc::usage);
    return out;
  } catch (const CLI::RequiredError& e) {
    out.finished = true;
    out.exit_code = exit_code_of(errc::usage);
    const std::vector<std::string> words = app.remaining();
    if (!app.get_subcommands().empty() || words.empty()) {
      app.exit(e, std::cout, std::cerr);
    } else {
      const std::string near = nearest_word(words.front(), names_of_verbs(app));
      std::cerr << fmt::format(
          "millrace: there is no command '{}'; {}\n", words.front(),
          near.empty() ? "try millrace --help" : fmt::format("did you mean '{}'?", near));
    }
    return out;
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
