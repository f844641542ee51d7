// Wiring: reads like the picture of the flow. Stop order: supervisor (with all below it), watcher,
// http, pool.
#include "actors/host.hpp"

#include "actors/http.hpp"
#include "actors/pipeline.hpp"
#include "actors/pool.hpp"
#include "actors/supervisor.hpp"
#include "actors/support.hpp"
#include "actors/thread_ends.hpp"
#include "actors/watcher.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>
#include <unistd.h>

namespace millrace {
namespace {

/// Handlers in a row before another actor gets its turn (without it two busy ones starve a third).
constexpr int messages_per_turn = 300;
constexpr milliseconds report_patience{1000};

time_point wall_clock() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

/// Random numbers in [0, 1) for any thread.
std::function<double()> make_chance() {
  struct source {
    std::mutex mutex;
    std::mt19937_64 engine{std::random_device{}()};
  };
  auto shared_source = std::make_shared<source>();
  return [shared_source] {
    const std::lock_guard lock(shared_source->mutex);
    return std::uniform_real_distribution<double>{0.0, 1.0}(shared_source->engine);
  };
}

/// For a process in which a thread is inside of a driver's call that does not come back: nobody can
/// wait for its end, and it must not meet the exit handlers of libraries. What was said is written
/// before; of what was committed nothing is lost (I1, I18).
void end_without_waiting() {
  on_exit(
      [](int code, void*) {
        std::cout.flush();
        std::fflush(nullptr);
        _exit(code);
      },
      nullptr);
}

caf::actor_system_config& configured(caf::actor_system_config& config,
                                     const host_settings& settings) {
  config.set("scheduler.max-threads", static_cast<std::int64_t>(settings.worker_threads));
  config.set("scheduler.max-throughput", messages_per_turn);
  config.set("scheduler.policy", caf::atom("sharing"));  // idles at no cost; stealing polls
  config.add_thread_hook<thread_ends>();
  return config;
}

}  // namespace

class host::core {
 public:
  explicit core(const host_settings& settings)
      : settings_(settings), system_(configured(config_, settings)), chance_(make_chance()) {}

  result<void> start() {
    http_limits limits;
    limits.stall_timeout = settings_.stall_timeout;
    limits.ca_file = settings_.ca_file;
    limits.user_agent = settings_.user_agent;
    MILLRACE_TRY(http_, spawn_http(system_, limits));
    pool_ = spawn_pool(system_, {settings_.memory_bytes, settings_.memory_bytes / 2});
    return {};
  }

  void supervise(host_plan plan, bool once, run_listener listener) {
    caf::scoped_actor self{system_};
    const watcher_actor watcher =
        spawn_watcher(system_, {std::move(listener.on_snapshot), std::move(listener.on_plan),
                                std::move(listener.on_summary), std::move(listener.on_standing)});
    supervisor_config config;
    config.plan = std::move(plan);
    config.once = once;
    const std::size_t runs = settings_.runs_at_once;
    config.queue = once ? queue_limits{runs, runs, runs} : fair_limits(runs);
    config.now = wall_clock;
    config.chance = chance_;
    config.spawn = [this](run_request request, run_watcher_actor owner) {
      return spawn_pipeline(system_, make_run(std::move(request)), http_, pool_, std::move(owner));
    };
    const supervisor_actor supervisor = spawn_supervisor(system_, std::move(config), watcher);
    {
      const std::lock_guard lock(mutex_);
      supervisor_ = supervisor;
      if (draining_) caf::anon_send(supervisor, atom::drain_v);
    }
    caf::anon_send(supervisor, atom::go_v);
    self->wait_for(supervisor);
    {
      const std::lock_guard lock(mutex_);
      supervisor_ = supervisor_actor{};
    }
    self->send_exit(watcher, caf::exit_reason::user_shutdown);  // after all that was told to it
    self->wait_for(watcher);
  }

  void drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    if (supervisor_) caf::anon_send(supervisor_, atom::drain_v);
  }

  void apply(host_plan plan) {
    const std::lock_guard lock(mutex_);
    if (supervisor_) caf::anon_send(supervisor_, share(std::move(plan)));
  }

  bool answers_within(milliseconds patience) {
    const supervisor_actor to = supervisor();
    if (!to) return false;
    caf::scoped_actor self{system_};
    bool answered = false;
    self->request(to, patience, atom::report_v)
        .receive([&](const shared<run_places>&) { answered = true; }, [](const caf::error&) {});
    return answered;
  }

  host_use use() {
    host_use out;
    out.runs_at_once = settings_.runs_at_once;
    caf::scoped_actor self{system_};
    if (const supervisor_actor to = supervisor())
      self->request(to, report_patience, atom::report_v)
          .receive([&](const shared<run_places>& places) { out.runs = *places; },
                   [](const caf::error&) {});
    self->request(pool_, report_patience, atom::report_v)
        .receive([&](const shared<pool_use>& pool) { out.memory = *pool; },
                 [](const caf::error&) {});
    return out;
  }

  /// An order to the supervisor, and its answer.
  template <class Order>
  result<void> order(Order what, const std::string& pipeline) {
    const supervisor_actor to = supervisor();
    const error over{
        errc::interrupted, "the host is being ended", "Start it again", retry::later, {}, {}};
    if (!to) return failure(over);
    caf::scoped_actor self{system_};
    result<void> out = failure(over);
    self->request(to, caf::infinite, what, pipeline)
        .receive([&](const shared<control_end>& end) { out = end->done; },
                 [](const caf::error&) {});  // it has ended meanwhile
    return out;
  }

  ~core() { stop(); }
  /// Ends what is there once per process.
  void stop() {
    caf::scoped_actor self{system_};
    if (http_) {
      self->send_exit(http_, caf::exit_reason::user_shutdown);
      self->wait_for(http_);
    }
    if (pool_) {
      self->send_exit(pool_, caf::exit_reason::user_shutdown);
      self->wait_for(pool_);
    }
    http_ = http_actor{};
    pool_ = pool_actor{};
  }
  [[nodiscard]] bool has_stuck_threads() const { return threads_->stuck() > 0; }
  core(const core&) = delete;
  core& operator=(const core&) = delete;

 private:
  supervisor_actor supervisor() {
    const std::lock_guard lock(mutex_);
    return supervisor_;
  }

  pipeline_run make_run(run_request request) const {
    pipeline_run run;
    run.warehouse.now = wall_clock;
    run.warehouse.chance = chance_;
    run.warehouse.pause = [](milliseconds d) { std::this_thread::sleep_for(d); };
    run.threads = threads_;
    run.request = std::move(request);
    run.now = wall_clock;
    run.chance = chance_;
    return run;
  }

  host_settings settings_;
  caf::actor_system_config config_;  // outlives the system: waits for its threads
  caf::actor_system system_;
  std::function<double()> chance_;
  std::shared_ptr<writer_threads> threads_ = std::make_shared<writer_threads>();
  http_actor http_;
  pool_actor pool_;
  std::mutex mutex_;
  supervisor_actor supervisor_;
  bool draining_ = false;
};

host::host(std::unique_ptr<core> inner) : core_(std::move(inner)) {}
host::~host() {
  core_->stop();
  if (!core_->has_stuck_threads()) return;
  end_without_waiting();
  // Its actor system would wait for them.
  static_cast<void>(core_.release());
}

result<std::unique_ptr<host>> host::open(const host_settings& settings) {
  auto inner = std::make_unique<core>(settings);
  MILLRACE_CHECK(inner->start());
  return std::unique_ptr<host>(new host(std::move(inner)));
}

void host::run(host_plan plan, run_listener listener) {
  core_->supervise(std::move(plan), true, std::move(listener));
}

void host::serve(host_plan plan, run_listener listener) {
  core_->supervise(std::move(plan), false, std::move(listener));
}

void host::apply(host_plan plan) {
  core_->apply(std::move(plan));
}

bool host::answers_within(milliseconds patience) {
  return core_->answers_within(patience);
}

host_use host::use() {
  return core_->use();
}

result<void> host::ask_for(const std::string& pipeline) {
  return core_->order(atom::sync_v, pipeline);
}

result<void> host::pause(const std::string& pipeline) {
  return core_->order(atom::pause_v, pipeline);
}

result<void> host::resume(const std::string& pipeline) {
  return core_->order(atom::resume_v, pipeline);
}

void host::drain() {
  core_->drain();
}

}  // namespace millrace
