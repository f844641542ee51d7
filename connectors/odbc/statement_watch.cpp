// Few statements run at a time, so all of them are looked at.
#include "connectors/odbc/statement_watch.hpp"

#include "connectors/warehouse.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace millrace {

std::shared_ptr<odbc::statement_watch> make_statement_watch() {
  return std::make_shared<odbc::statement_watch>();
}

void cancel_statements(odbc::statement_watch& watch) {
  watch.cancel_running();
}

}  // namespace millrace

namespace millrace::odbc {
namespace {

constexpr std::chrono::seconds between_cancels{5};

}  // namespace

struct statement_watch::watched {
  // Guarded by the watch's mutex, until the statement is not watched any more:
  clock::time_point due;
  bool ordered = false;  ///< to be cancelled whatever its time is
  bool overdue = false;
  std::thread canceller;

  std::function<void()> cancel;
  std::atomic<bool> cancelling = false;  ///< the canceller has not come back

  /// A server that is silent holds up the cancel as well: that must not be the others' trouble.
  void begin_cancel() {
    if (cancelling) return;
    if (canceller.joinable()) canceller.join();
    cancelling = true;
    overdue = !ordered;
    canceller = std::thread([this] {
      cancel();
      cancelling = false;
    });
  }
};

statement_watch::statement_watch() : thread_([this] { work(); }) {}

statement_watch::~statement_watch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void statement_watch::cancel_running() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : running_) {
      one->ordered = true;
      one->due = std::min(one->due, clock::now());
    }
  }
  changed_.notify_all();
}

void statement_watch::work() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto first =
        std::min_element(running_.begin(), running_.end(),
                         [](const auto& a, const auto& b) { return a->due < b->due; });
    if (first == running_.end()) {
      changed_.wait(lock);
      continue;
    }
    watched& one = **first;
    if (const auto due = one.due; due > clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    one.due = clock::now() + between_cancels;
    one.begin_cancel();
  }
}

statement_watch::entry::entry(statement_watch* watch, clock::duration limit,
                              std::function<void()> cancel)
    : watch_(watch) {
  if (watch_ == nullptr) return;
  mine_ = std::make_shared<watched>();
  mine_->due = clock::now() + limit;
  mine_->cancel = std::move(cancel);
  bool sooner = false;
  {
    const std::lock_guard lock(watch_->mutex_);
    sooner = std::none_of(watch_->running_.begin(), watch_->running_.end(),
                          [&](const auto& other) { return other->due <= mine_->due; });
    watch_->running_.push_back(mine_);
  }
  // Limits are alike: mostly the thread waits for a statement that began earlier.
  if (sooner) watch_->changed_.notify_one();
}

bool statement_watch::entry::end() {
  if (watch_ == nullptr) return false;
  {
    const std::lock_guard lock(watch_->mutex_);
    watch_->running_.remove(mine_);
  }
  watch_ = nullptr;
  // What libraries keep for a thread is gone only with it: at the end of the process that is late.
  if (mine_->canceller.joinable()) mine_->canceller.join();
  return mine_->overdue;
}

}  // namespace millrace::odbc
