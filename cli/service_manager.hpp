// What a service manager (systemd, `Type=notify`) is told; nothing where there is none.
#pragma once

#include "engine/time.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace millrace {

/// "READY=1", "STOPPING=1", "RELOADING=1", "STATUS=...", one for each line. From any thread.
void tell_service_manager(const std::string& state);

/// Tells a watchdog, as often as it wants, that the process does its work, on a thread of its own;
/// `works` is asked each time with the time that it may take. Nothing where there is no watchdog.
class watchdog_feeder {
 public:
  explicit watchdog_feeder(std::function<bool(milliseconds)> works);
  watchdog_feeder(const watchdog_feeder&) = delete;
  watchdog_feeder& operator=(const watchdog_feeder&) = delete;
  ~watchdog_feeder();

 private:
  void feed(milliseconds interval);
  std::function<bool(milliseconds)> works_;
  std::mutex mutex_;
  std::condition_variable over_changed_;
  bool over_ = false;
  std::thread feeding_;
};

}  // namespace millrace
