// The host's life: a lock, a server, the runs; SIGHUP gives it another plan.
#include "cli/daemon.hpp"

#include "cli/config_watch.hpp"
#include "cli/make_run.hpp"
#include "cli/paused_list.hpp"
#include "cli/progress_display.hpp"
#include "cli/render_status.hpp"
#include "cli/service_manager.hpp"
#include "cli/signals.hpp"
#include "cli/status_board.hpp"
#include "cli/status_server.hpp"
#include "connectors/files/kept_file.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

namespace millrace {
namespace {

time_point wall_clock() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

/// A line of the host's own in its log.
void say(const command& asked, const std::string& text) {
  if (asked.verbosity < 0) return;
  const progress_event event{wall_clock(), "host", {}, {}, {}, text, {{"text", text}}};
  std::cerr << render_event(event, asked.log_json) + '\n';
}

result<std::unique_ptr<kept_text::hold>> hold_state(const configuration& config) {
  if (config.host.state.empty())
    return failure(errc::config_invalid,
                   "there is no place for what the host keeps: neither XDG_STATE_HOME nor HOME is "
                   "set",
                   "state = \"/var/lib/millrace\" in [host]");
  MILLRACE_TRY(std::unique_ptr<kept_text::hold> hold,
               files::make_kept_file(config.host.state + "/host")->try_hold());
  if (!hold)
    return failure(errc::held,
                   fmt::format("another host runs with the state in {}", config.host.state),
                   "End it first, or give this one a `state` of its own in [host]");
  return hold;
}

class daemon_core {
 public:
  daemon_core(std::shared_ptr<const configuration> config, const command& asked,
              const configuration_source& read_again)
      : config_(std::move(config)),
        asked_(asked),
        read_again_(read_again),
        paused_(config_->host.state + "/paused"),
        display_(
            asked.verbosity < 0 ? progress_display::style::silent
            : asked.log_json    ? progress_display::style::json
                                : progress_display::style::lines,
            false,
            asked.verbosity > 0 ? progress_events::detail::all : progress_events::detail::few) {}

  result<int> run() {
    MILLRACE_TRY(const auto hold, hold_state(*config_));
    MILLRACE_TRY(host_plan plan, plan_of(config_));
    MILLRACE_TRY(home_, host::open(make_host(*config_)));
    for (const supervised_pipeline& p : plan.pipelines)
      board_.note(
          {p.name, p.paused ? standing_kind::paused : standing_kind::waiting, {}, 0, 0, {}});
    std::unique_ptr<status_server> server;
    if (!config_->host.http.empty()) {
      MILLRACE_TRY(server, status_server::open(config_->host.http, board_, orders(), wall_clock));
      say(asked_, fmt::format("status at http://{}/v1/status", server->address()));
    }
    say(asked_, fmt::format("keeps {} pipelines", plan.pipelines.size()));
    int signal = 0;
    {
      std::unique_ptr<config_watch> files;
      if (asked_.watch) {
        MILLRACE_TRY(files, config_watch::open(asked_.config_paths, [this] { reload(); }));
      }
      const signal_watch signals([this] { end(); }, [this] { reload(); });
      const watchdog_feeder watchdog(
          [this](milliseconds patience) { return home_->answers_within(patience); });
      board_.set_ready(true);
      tell_service_manager("READY=1");
      home_->serve(std::move(plan), listener());
      signal = signals.received();
    }
    board_.set_ready(false);
    say(asked_, "ended");
    return signal == 0 ? 0 : 128 + signal;
  }

 private:
  result<host_plan> plan_of(const std::shared_ptr<const configuration>& config) {
    MILLRACE_TRY(host_plan plan, make_plan(config));
    MILLRACE_TRY(const std::set<std::string> paused, paused_.read());
    for (supervised_pipeline& p : plan.pipelines)
      p.paused = paused.contains(p.name);
    return plan;
  }

  run_listener listener() {
    return {[this](const run_snapshot& s) {
              board_.note(s);
              display_.show(s);
            },
            {},
            [this](const run_summary& s) {
              board_.note(s);
              display_.finish(s);
            },
            [this](const pipeline_standing& s) { board_.note(s); }};
  }

  status_orders orders() {
    return {[this](const std::string& pipeline) { return home_->ask_for(pipeline); },
            [this](const std::string& pipeline) { return set_paused(pipeline, true); },
            [this](const std::string& pipeline) { return set_paused(pipeline, false); },
            [this] { return home_->use(); }};
  }

  /// Kept before it is answered: it outlives the process.
  result<void> set_paused(const std::string& pipeline, bool paused) {
    const std::lock_guard lock(orders_mutex_);
    MILLRACE_CHECK(paused ? home_->pause(pipeline) : home_->resume(pipeline));
    return paused_.set(pipeline, paused);
  }

  void end() {
    board_.set_ready(false);
    tell_service_manager("STOPPING=1");
    say(asked_, "is being ended: what is in flight is committed");
    home_->drain();
  }

  /// What does not need another process is applied; with a fault nothing is.
  void reload() {
    const std::lock_guard one_at_a_time(reload_mutex_);
    tell_service_manager("RELOADING=1");
    say(asked_, "reads its configuration anew");
    if (const auto fresh = read_again_()) {
      const std::lock_guard lock(orders_mutex_);
      if (auto plan = plan_of(fresh)) {
        const std::size_t pipelines = plan->pipelines.size();
        home_->apply(std::move(*plan));
        if (needs_a_start(fresh->host))
          say(asked_, "other values of [host] count from the next start on");
        say(asked_, fmt::format("keeps {} pipelines", pipelines));
      } else {
        say(asked_, fmt::format("goes on as before: {}", plan.error().message));
      }
    } else {
      say(asked_, "goes on as before: the configuration has faults");
    }
    tell_service_manager("READY=1");
  }

  [[nodiscard]] bool needs_a_start(const host_settings_config& fresh) const {
    const host_settings_config& now = config_->host;
    return fresh.memory_bytes != now.memory_bytes || fresh.runs != now.runs ||
           fresh.stall_timeout != now.stall_timeout || fresh.ca_file != now.ca_file ||
           fresh.state != now.state || fresh.http != now.http;
  }

  std::shared_ptr<const configuration> config_;  ///< that it began with
  const command& asked_;
  const configuration_source& read_again_;
  paused_list paused_;
  progress_display display_;
  status_board board_;
  std::mutex orders_mutex_;
  std::mutex reload_mutex_;  ///< by a signal's thread, or by whoever watches the files
  std::unique_ptr<host> home_;
};

result<std::string> address_of(const configuration& config) {
  if (config.host.http.empty())
    return failure(errc::config_invalid, "the configuration says `http = \"off\"` in [host]",
                   "A host can only be asked where it serves");
  return config.host.http;
}

}  // namespace

result<int> run_daemon(const std::shared_ptr<const configuration>& config, const command& asked,
                       const configuration_source& read_again) {
  daemon_core core(config, asked, read_again);
  return core.run();
}

result<int> ask_daemon(const configuration& config, const command& asked) {
  MILLRACE_TRY(const std::string address, address_of(config));
  if (asked.what == verb::status) {
    MILLRACE_TRY(const std::string status,
                 ask_status(address, asked.pipeline,
                            asked.json() || !asked.pipeline.empty() ? status_detail::whole
                                                                    : status_detail::brief));
    std::cout << (asked.json() ? status + '\n' : render_status(status));
    return 0;
  }
  const bool pause = asked.what == verb::pause;
  MILLRACE_TRY(const pipeline_settings* pipeline, find_pipeline(config, asked.pipeline));
  const auto answer = order_host(address, pause ? "pause" : "resume", pipeline->name);
  if (!answer && answer.error().code != errc::http_connect) return failure(answer.error());
  // A host that does not run reads the list when it begins.
  if (!answer) {
    MILLRACE_CHECK(paused_list(config.host.state + "/paused").set(pipeline->name, pause));
  }
  std::cout << fmt::format("{} {}\n", pipeline->name, pause ? "is paused" : "goes on");
  return 0;
}

result<int> sync_by_daemon(const configuration& config, const command& asked) {
  MILLRACE_TRY(const std::string address, address_of(config));
  if (asked.full)
    return failure(errc::usage, "--full and --wait do not go together",
                   "`millrace state reset` makes the host's next run read everything");
  std::vector<std::string> names = asked.targets;
  if (names.empty())
    for (const pipeline_settings& p : config.pipelines)
      names.push_back(p.name);
  std::map<std::string, std::string> before;  ///< when the last run had begun
  for (const std::string& name : names) {
    MILLRACE_TRY(const pipeline_settings* pipeline, find_pipeline(config, name));
    MILLRACE_TRY(const std::string status,
                 ask_status(address, pipeline->name, status_detail::brief));
    before[name] = last_run_of(status).started_at;
    // One that runs already is waited for.
    const auto answer = order_host(address, "sync", name);
    if (!answer && answer.error().code != errc::held) return failure(answer.error());
  }
  const signal_watch signals([] {});
  constexpr milliseconds between_looks{200};
  std::vector<run_summary> ended;
  for (const std::string& name : names) {
    for (;;) {
      MILLRACE_TRY(const std::string status, ask_status(address, name, status_detail::brief));
      const last_run last = last_run_of(status);
      if (last.started_at != before[name]) {
        std::cout << fmt::format("{}: {}\n", name, last.outcome);
        run_summary& summary = ended.emplace_back();
        summary.pipeline = name;
        summary.exit_code = last.exit_code;
        break;
      }
      // The host's run goes on; nobody waits for it any more.
      if (signals.received() != 0) return 128 + signals.received();
      std::this_thread::sleep_for(between_looks);
    }
  }
  return exit_code_of(ended);
}

}  // namespace millrace
