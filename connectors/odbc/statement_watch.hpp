// Ends statements that run for too long: a lock that nobody gives up, a server that forgot to
// answer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace millrace::odbc {

/// One for all connections of a process, with a thread of its own. Thread-safe.
class statement_watch {
 public:
  using clock = std::chrono::steady_clock;

  statement_watch();
  ~statement_watch();
  statement_watch(const statement_watch&) = delete;
  statement_watch& operator=(const statement_watch&) = delete;

  /// Cancels what runs now, in all connections.
  void cancel_running();

  struct watched;
  /// A statement that runs, until this goes: nothing of it is called after that, and no thread that
  /// called something is left.
  class entry {
   public:
    /// Without a watch nothing is watched. `cancel` is called from a thread of its own when `limit`
    /// is over, and again from time to time, because a statement may not have begun yet.
    entry(statement_watch* watch, clock::duration limit, std::function<void()> cancel);
    ~entry() { end(); }
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    /// Ends the watch. Whether the statement was cancelled because its time was over.
    bool end();

   private:
    statement_watch* watch_;
    std::shared_ptr<watched> mine_;
  };

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::shared_ptr<watched>> running_;
  bool ending_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace millrace::odbc
