// Connections are closed without the lock: that may take its time.
#include "connectors/odbc/idle_connections.hpp"

#include "connectors/odbc/connection.hpp"
#include "connectors/warehouse.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace {
namespace {

/// Shorter than what firewalls forget, longer than a full host takes from one run to the next.
constexpr milliseconds kept_for{30'000};

}  // namespace

std::shared_ptr<odbc::idle_connections> make_idle_connections() {
  return std::make_shared<odbc::idle_connections>(kept_for);
}

}  // namespace millrace

namespace millrace::odbc {

idle_connections::idle_connections(milliseconds keep, std::function<moment()> now)
    : keep_(keep), now_(std::move(now)) {}

idle_connections::~idle_connections() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (closer_.joinable()) closer_.join();
}

std::unique_ptr<connection> idle_connections::take(const std::string& warehouse,
                                                   const std::string& text) {
  std::list<idle> out;
  {
    const std::lock_guard lock(mutex_);
    const auto same = std::find_if(all_.rbegin(), all_.rend(), [&](const idle& i) {
      return i.warehouse == warehouse && i.text == text;
    });
    const auto found = same != all_.rend()
                           ? std::prev(same.base())
                           : std::find_if(all_.begin(), all_.end(),
                                          [&](const idle& i) { return i.warehouse == warehouse; });
    if (found == all_.end()) return nullptr;
    out.splice(out.end(), all_, found);
  }
  if (out.front().text != text || out.front().until < now_()) return nullptr;
  return std::move(out.front().link);
}

void idle_connections::put(const std::string& warehouse, const std::string& text,
                           std::unique_ptr<connection> link) {
  {
    const std::lock_guard lock(mutex_);
    all_.push_back({warehouse, text, std::move(link), now_() + keep_});
    if (!closer_.joinable()) closer_ = std::thread([this] { close_in_time(); });
  }
  changed_.notify_all();
}

std::optional<idle_connections::moment> idle_connections::close_old() {
  std::list<idle> old;  // until after the lock
  const std::lock_guard lock(mutex_);
  while (!all_.empty() && all_.front().until <= now_())
    old.splice(old.end(), all_, all_.begin());
  if (all_.empty()) return {};
  return all_.front().until;
}

std::size_t idle_connections::size() const {
  const std::lock_guard lock(mutex_);
  return all_.size();
}

void idle_connections::close_in_time() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    const auto next = close_old();
    lock.lock();
    if (ending_) return;
    // What is put meanwhile is due later.
    if (next) {
      changed_.wait_for(lock, *next - now_(), [this] { return ending_; });
    } else {
      changed_.wait(lock, [this] { return ending_ || !all_.empty(); });
    }
  }
}

}  // namespace millrace::odbc
