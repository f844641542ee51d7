// By libsystemd, which is quiet when the environment names no manager.
#include "cli/service_manager.hpp"

#include <algorithm>
#include <cstdint>
#include <systemd/sd-daemon.h>
#include <utility>

namespace millrace {

void tell_service_manager(const std::string& state) {
  (void)sd_notify(0, state.c_str());  // a manager that does not listen changes nothing
}

watchdog_feeder::watchdog_feeder(std::function<bool(milliseconds)> works)
    : works_(std::move(works)) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return;
  // Three times within the interval: one that is late is not the end.
  const milliseconds interval{
      std::max<std::int64_t>(1, static_cast<std::int64_t>(microseconds / 1000 / 3))};
  feeding_ = std::thread([this, interval] { feed(interval); });
}

watchdog_feeder::~watchdog_feeder() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  over_changed_.notify_all();
  if (feeding_.joinable()) feeding_.join();
}

void watchdog_feeder::feed(milliseconds interval) {
  std::unique_lock lock(mutex_);
  while (!over_) {
    lock.unlock();
    if (works_(interval)) tell_service_manager("WATCHDOG=1");
    lock.lock();
    over_changed_.wait_for(lock, interval, [this] { return over_; });
  }
}

}  // namespace millrace
