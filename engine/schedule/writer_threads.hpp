// Threads of writers, as those see them who wait for them: whether one goes on, what it does, and
// how many were given up because a call of theirs does not come back. Nothing ends a thread that
// is inside of a driver: it is left to itself, and counted until its call returns.
#pragma once

#include "engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace {

/// For how long a writer's thread may show no sign of life before it is given up, where a statement
/// may take so long: what cancels it needs a while, and so does a connection that is made.
milliseconds silence_longest(milliseconds statement_timeout);

class writer_threads;

/// One of them. Held by the thread until its end, and by who waits for it. From any thread.
class writer_thread {
 public:
  writer_thread(std::shared_ptr<writer_threads> of, std::string warehouse);
  writer_thread(const writer_thread&) = delete;
  writer_thread& operator=(const writer_thread&) = delete;
  ~writer_thread();

  /// By the thread, before a call that may block: what it is for. False: it was given up, and must
  /// change nothing any more.
  bool goes_on(std::string_view doing);
  /// The same between parts of such a call.
  bool goes_on();
  /// Another one than before: it lives.
  [[nodiscard]] std::uint64_t signs_of_life() const;
  [[nodiscard]] std::string doing() const;
  [[nodiscard]] const std::string& warehouse() const { return warehouse_; }

  /// Nobody waits for it any more: it counts as one that is stuck until its end.
  void give_up();
  [[nodiscard]] bool given_up() const;

 private:
  const std::shared_ptr<writer_threads> of_;
  const std::string warehouse_;
  mutable std::mutex mutex_;
  std::uint64_t signs_ = 0;
  std::string doing_;
  bool given_up_ = false;
};

/// Those of a process. From any thread.
class writer_threads {
 public:
  /// Of one warehouse that may be stuck at a time: nobody connects to it while there are so many.
  static constexpr std::size_t stuck_max = 4;

  [[nodiscard]] std::size_t stuck() const;
  [[nodiscard]] std::size_t stuck(const std::string& warehouse) const;

 private:
  friend class writer_thread;
  void add(const std::string& warehouse);
  void remove(const std::string& warehouse);

  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> stuck_;
};

}  // namespace millrace
