// Connections that somebody has left in order, for the next who wants one to the same warehouse: a
// login costs more than all that an idle run asks (docs/decisions/idle-connections.md).
#pragma once

#include "engine/time.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace millrace::odbc {

class connection;

/// From any thread. Closes what it keeps when its time is over, and at its own end.
class idle_connections {
 public:
  using moment = std::chrono::steady_clock::time_point;
  /// `keep`: for how long one stays open. `now`: a clock that never goes back.
  explicit idle_connections(milliseconds keep,
                            std::function<moment()> now = std::chrono::steady_clock::now);
  idle_connections(const idle_connections&) = delete;
  idle_connections& operator=(const idle_connections&) = delete;
  ~idle_connections();

  /// The one that was left last, opened with this text for this warehouse; null: there is none, and
  /// another one of the warehouse, if there is any, has made room for the new one.
  std::unique_ptr<connection> take(const std::string& warehouse, const std::string& text);
  /// One that has no transaction open and nothing prepared.
  void put(const std::string& warehouse, const std::string& text, std::unique_ptr<connection> link);
  /// Closes those whose time is over. When the next one's is; none: there is none.
  std::optional<moment> close_old();
  [[nodiscard]] std::size_t size() const;

 private:
  struct idle {
    std::string warehouse;
    std::string text;
    std::unique_ptr<connection> link;
    moment until;
  };
  void close_in_time();

  const milliseconds keep_;
  const std::function<moment()> now_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<idle> all_;  ///< the oldest first
  bool ending_ = false;
  std::thread closer_;  ///< there once something was put
};

}  // namespace millrace::odbc
