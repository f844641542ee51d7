// The host: the actor system and everything that is there once per process. The only place that
// spawns http, pool and supervisor, and that stops them, in order. No actor type shows here, so
// that the command does not compile the actor library.
#pragma once

#include "actors/run_request.hpp"
#include "engine/error.hpp"
#include "engine/model/host_use.hpp"
#include "engine/model/pipeline_standing.hpp"
#include "engine/model/run_report.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// Bounds of the process.
struct host_settings {
  std::uint64_t memory_bytes = std::uint64_t{512} << 20U;
  std::size_t worker_threads = 2;
  std::size_t runs_at_once = 4;
  milliseconds stall_timeout{120'000};  ///< of an answer
  std::string ca_file;                  ///< empty: the system's
  std::string user_agent = "millrace";
};

/// What runs tell while they go on. Called on a worker thread, never two at once.
struct run_listener {
  std::function<void(const run_snapshot&)> on_snapshot = {};
  std::function<void(const run_plan&)> on_plan = {};
  std::function<void(const run_summary&)> on_summary = {};
  std::function<void(const pipeline_standing&)> on_standing = {};
};

class host {
 public:
  static result<std::unique_ptr<host>> open(const host_settings& settings);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host();

  /// Runs them all once and returns when the last one has ended. Call one of the two, once at a
  /// time.
  void run(host_plan plan, run_listener listener);
  /// Keeps them on their cadence and returns when it was drained.
  void serve(host_plan plan, run_listener listener);
  /// Other pipelines from now on; what did not change is not disturbed, and what runs goes on. From
  /// any thread, while `serve` goes on.
  void apply(host_plan plan);
  /// Runs this one now, whatever its cadence says. errc::usage: there is none of that name;
  /// errc::held: it is under way. From any thread, while `serve` goes on; so the two below.
  result<void> ask_for(const std::string& pipeline);
  /// It is not due until it is resumed.
  result<void> pause(const std::string& pipeline);
  result<void> resume(const std::string& pipeline);
  /// What is taken of its places and memory; zeros, when it does not answer. From any thread.
  [[nodiscard]] host_use use();
  /// Whether the host does its work: it answered within this time. From any thread.
  [[nodiscard]] bool answers_within(milliseconds patience);
  /// Ends what runs: no new pages, what is in flight is committed or rolled back. From any thread.
  void drain();

 private:
  class core;
  explicit host(std::unique_ptr<core> inner);
  std::unique_ptr<core> core_;
};

}  // namespace millrace
