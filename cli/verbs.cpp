// Each verb: load the configuration, run, render. A configuration with faults stops before any I/O.
#include "cli/verbs.hpp"

#include "cli/catalog_diagrams.hpp"
#include "cli/catalog_page.hpp"
#include "cli/connect.hpp"
#include "cli/daemon.hpp"
#include "cli/make_run.hpp"
#include "cli/progress_display.hpp"
#include "cli/render_catalog.hpp"
#include "cli/render_check.hpp"
#include "cli/render_history.hpp"
#include "cli/render_plan.hpp"
#include "cli/render_state.hpp"
#include "cli/render_summary.hpp"
#include "cli/signals.hpp"
#include "cli/summary_file.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"
#include "cli/top.hpp"
#include "connectors/odbc/odbc_warehouse.hpp"
#include "engine/config/load.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <unistd.h>

namespace millrace {
namespace {

int complain(const error& e) {
  std::cerr << "millrace: " << render_error(e, wants_color(STDERR_FILENO));
  return exit_code_of(e.code);
}

/// Its faults are printed.
loaded_configuration load(const command& asked) {
  loaded_configuration loaded = load_configuration(asked.config_paths, process_environment());
  if (loaded.faults.empty() && loaded.config.pipelines.empty() && asked.what != verb::connect)
    loaded.faults.push_back({errc::config_invalid,
                             "the configuration holds no pipeline",
                             "Add a [pipeline.NAME]",
                             retry::never,
                             {},
                             {}});
  if (asked.verbosity >= 0)
    for (const std::string& notice : loaded.notices)
      std::cerr << notice << '\n';
  if (loaded.faults.empty()) return loaded;
  for (const error& fault : loaded.faults) {
    std::cerr << fault.message << '\n';
    if (!fault.advice.empty()) std::cerr << "  " << fault.advice << '\n';
  }
  std::cerr << fmt::format(
      "millrace: {} in the configuration; nothing was done\n",
      loaded.faults.size() == 1 ? "one fault" : fmt::format("{} faults", loaded.faults.size()));
  return loaded;
}

/// What runs told.
struct told {
  std::vector<run_summary> summaries;
  std::vector<run_plan> plans;
  int signal = 0;
};

result<told> run_all(const configuration& config, const command& asked,
                     std::vector<supervised_pipeline> runs) {
  MILLRACE_TRY(const auto home, host::open(make_host(config)));
  using style = progress_display::style;
  progress_display display(asked.verbosity < 0        ? style::silent
                           : asked.log_json           ? style::json
                           : is_screen(STDERR_FILENO) ? style::live
                                                      : style::lines,
                           wants_color(STDERR_FILENO));
  told out;
  std::mutex
      mutex;  // the listener is called by worker threads, one at a time; this thread reads after
  {
    const signal_watch signals([&home] { home->drain(); });
    home->run(std::move(runs), {[&](const run_snapshot& s) { display.show(s); },
                                [&](const run_plan& p) {
                                  const std::lock_guard lock(mutex);
                                  out.plans.push_back(p);
                                },
                                [&](const run_summary& s) {
                                  if (asked.what == verb::sync) {
                                    display.finish(s);
                                  } else {
                                    display.forget(s.pipeline);
                                  }
                                  const std::lock_guard lock(mutex);
                                  out.summaries.push_back(s);
                                }});
    out.signal = signals.received();
  }
  display.clear();
  return out;
}

int exit_code_for(const told& all) {
  if (all.signal != 0) return 128 + all.signal;
  return exit_code_of(all.summaries);
}

int code_of(const result<int>& code) {
  return code ? *code : complain(code.error());
}

int sync(const configuration& config, const command& asked) {
  if (asked.by_host) return code_of(sync_by_daemon(config, asked));
  auto runs = make_runs(config, asked, run_purpose::load);
  if (!runs) return complain(runs.error());
  std::optional<summary_file> file;
  if (!asked.summary_file.empty()) {
    auto opened = summary_file::open(asked.summary_file);
    if (!opened) return complain(opened.error());
    file.emplace(std::move(*opened));
  }
  auto all = run_all(config, asked, std::move(*runs));
  if (!all) return complain(all.error());
  const int code = exit_code_for(*all);
  const std::string machine = summary_json(all->summaries, code);
  if (asked.json()) {
    std::cout << machine << '\n';
  } else {
    for (const run_summary& s : all->summaries)
      if (asked.verbosity >= 0 || s.exit_code != 0)
        std::cout << render_summary(s, wants_color(STDOUT_FILENO), asked.verbosity > 0);
  }
  if (!file) return code;
  const auto written = file->write(machine + '\n');
  if (written) return code;
  complain(written.error());
  // The run is over and stands; only a run that had nothing else to say ends by this.
  return code != 0 ? code : exit_code_of(errc::internal);
}

/// Runs that only look. `render` is given each plan, `machine` all of them.
int look(const configuration& config, const command& asked, run_purpose purpose,
         const std::function<std::string(const run_plan&)>& render,
         std::string (*machine)(const std::vector<run_plan>&) = plan_json) {
  auto runs = make_runs(config, asked, purpose);
  if (!runs) return complain(runs.error());
  auto all = run_all(config, asked, std::move(*runs));
  if (!all) return complain(all.error());
  if (asked.json()) {
    std::cout << machine(all->plans) << '\n';
  } else {
    for (const run_plan& p : all->plans)
      std::cout << render(p);
  }
  for (const run_summary& s : all->summaries) {
    if (s.why) std::cerr << s.pipeline << ": " << render_error(*s.why, wants_color(STDERR_FILENO));
    for (const collection_outcome& c : s.collections)
      if (c.why && !s.why)
        std::cerr << s.pipeline << "/" << c.collection << ": "
                  << render_error(*c.why, wants_color(STDERR_FILENO));
  }
  return exit_code_for(*all);
}

int validate_offline(const loaded_configuration& loaded, const command& asked) {
  const bool good = loaded.faults.empty();
  if (good) {
    const auto runs = make_runs(loaded.config, asked, run_purpose::plan);  // knows the targets
    if (!runs) return complain(runs.error());
  }
  if (asked.json()) {
    std::cout << configuration_json(loaded) << '\n';
  } else if (good) {
    std::cout << render_configuration(loaded.config);
  }
  return good ? 0 : exit_code_of(errc::config_invalid);
}

int validate(const configuration& config, const command& asked) {
  return look(config, asked, run_purpose::validate, [](const run_plan& p) {
    std::string out = p.read_catalog ? fmt::format("{}: login good, {} collections can be read\n",
                                                   p.pipeline, p.collections.size())
                                     : fmt::format("{}: the org was not looked at\n", p.pipeline);
    for (const warehouse_finding& f : p.findings)
      out += fmt::format("  {} {}: {}\n", f.good ? "good" : "BAD ", f.what, f.text);
    for (const notice& n : p.notices)
      out += fmt::format("  {}: {}\n", n.collection.empty() ? p.pipeline : n.collection, n.text);
    return out;
  });
}

int check(const configuration& config, const command& asked) {
  return look(
      config, asked, run_purpose::check,
      [](const run_plan& p) { return render_check(p, wants_color(STDOUT_FILENO)); }, check_json);
}

int discover(const configuration& config, command asked) {
  const bool fields = !asked.collections.empty();
  if (!fields) asked.targets = {asked.pipeline};
  for (const std::string& name : asked.collections)
    asked.targets.push_back(asked.pipeline + '/' + name);
  return look(config, asked, run_purpose::discover, [&](const run_plan& p) {
    switch (asked.format) {
      case result_format::toml:
        return catalog_toml(p, *config.find_pipeline(p.pipeline), fields);
      case result_format::mermaid:
        return catalog_mermaid(p, fields);
      case result_format::dot:
        return catalog_dot(p, fields);
      case result_format::html:
        return catalog_page(p);
      case result_format::text:
      case result_format::json:
        break;
    }
    return render_catalog(p, fields, wants_color(STDOUT_FILENO));
  });
}

result<int> state(const configuration& config, const command& asked) {
  MILLRACE_TRY(const pipeline_settings* pipeline, find_pipeline(config, asked.pipeline));
  MILLRACE_TRY(const auto house, odbc::open_warehouse(make_target(config, *pipeline)));
  MILLRACE_TRY(auto checkpoints, house->read_checkpoints());
  MILLRACE_TRY(const auto names, named_collections(asked.collections, checkpoints, *pipeline));
  if (asked.what == verb::state_reset) {
    // No names would mean all of them.
    std::uint64_t count = 0;
    if (!names.empty()) {
      MILLRACE_TRY(count, house->forget(names));
    }
    std::cout << (asked.json() ? forgotten_json(pipeline->name, count) + '\n'
                               : render_forgotten(pipeline->name, count));
    return 0;
  }
  std::erase_if(checkpoints, [&](const checkpoint& c) {
    return std::find(names.begin(), names.end(), collection_of(c.collection)) == names.end();
  });
  std::cout << (asked.json() ? checkpoints_json(pipeline->name, checkpoints) + '\n'
                             : render_checkpoints(checkpoints, wants_color(STDOUT_FILENO)));
  return 0;
}

result<int> history(const configuration& config, const command& asked) {
  MILLRACE_TRY(const pipeline_settings* pipeline, find_pipeline(config, asked.pipeline));
  history_order wanted;
  wanted.pipeline = pipeline->name;
  if (!asked.collections.empty()) wanted.collection = asked.collections.front();
  wanted.runs = asked.runs;
  MILLRACE_TRY(const auto house, odbc::open_warehouse(make_target(config, *pipeline)));
  MILLRACE_TRY(const run_history known, house->read_history(wanted));
  std::cout << (asked.json() ? history_json(wanted, known) + '\n'
                             : render_history(wanted, known, wants_color(STDOUT_FILENO)));
  return 0;
}

int version(const command& asked) {
  if (asked.json()) {
    std::cout << boost::json::serialize(boost::json::object{{"version", MILLRACE_VERSION}}) << '\n';
  } else {
    std::cout << "millrace " << MILLRACE_VERSION << '\n';
  }
  return 0;
}

}  // namespace

int run_command(const command& asked) {
  if (asked.what == verb::version) return version(asked);
  loaded_configuration loaded = load(asked);
  if (asked.what == verb::validate && asked.offline) return validate_offline(loaded, asked);
  if (!loaded.faults.empty()) return exit_code_of(errc::config_invalid);
  const auto shared = std::make_shared<const configuration>(std::move(loaded.config));
  const configuration& config = *shared;
  switch (asked.what) {
    case verb::run:
      return code_of(run_daemon(shared, asked, [&asked]() -> std::shared_ptr<const configuration> {
        loaded_configuration fresh = load(asked);
        if (!fresh.faults.empty()) return nullptr;
        return std::make_shared<const configuration>(std::move(fresh.config));
      }));
    case verb::top:
      return code_of(watch_daemon(config));
    case verb::status:
    case verb::pause:
    case verb::resume:
      return code_of(ask_daemon(config, asked));
    case verb::sync:
      return sync(config, asked);
    case verb::connect:
      return code_of(connect_source(config, asked));
    case verb::validate:
      return validate(config, asked);
    case verb::plan:
      return look(config, asked, run_purpose::plan, [&](const run_plan& p) {
        return render_plan(p, wants_color(STDOUT_FILENO), asked.verbosity > 0);
      });
    case verb::check:
      return check(config, asked);
    case verb::discover:
      return discover(config, asked);
    case verb::state_show:
    case verb::state_reset:
      return code_of(state(config, asked));
    case verb::history:
      return code_of(history(config, asked));
    case verb::none:
    case verb::version:
      break;
  }
  return exit_code_of(errc::usage);
}

}  // namespace millrace
