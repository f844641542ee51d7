// SIGINT and SIGTERM: the first one drains, the second one ends the process at once. SIGHUP makes a
// host read its configuration anew; for a command that ends by itself it is like the others.
#pragma once

#include <functional>
#include <memory>

namespace millrace {

/// Blocks the signals in this thread and those it starts; call first in main.
void block_signals();

/// Waits for the signals on a thread of its own until it is destroyed.
class signal_watch {
 public:
  /// Both are called on that thread. Without `on_hangup` SIGHUP is one of those that end.
  explicit signal_watch(std::function<void()> on_first, std::function<void()> on_hangup = {});
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  /// The signal that ended it, or 0.
  [[nodiscard]] int received() const;

 private:
  struct inner;
  std::unique_ptr<inner> inner_;
};

}  // namespace millrace
