// sigtimedwait on a thread: no handler runs in the middle of anything.
#include "cli/signals.hpp"

#include <atomic>
#include <csignal>
#include <ctime>
#include <thread>
#include <unistd.h>

namespace millrace {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);  // wakes the watching thread at its end
  return set;
}

/// By whoever started the process: `nohup`.
bool hangup_is_ignored() {
  struct sigaction now {};
  return sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void block_signals() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that hangs up is an error value of the call, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

struct signal_watch::inner {
  std::function<void()> on_first;
  std::function<void()> on_hangup;
  std::atomic<int> got{0};
  std::atomic<bool> over{false};
  std::thread waiting;

  void wait() {
    const sigset_t set = watched();
    for (;;) {
      int signal = 0;
      if (sigwait(&set, &signal) != 0) continue;
      if (over) return;
      if (signal == SIGUSR1) continue;
      if (signal == SIGHUP && (on_hangup || hangup_is_ignored())) {
        if (on_hangup && got == 0) on_hangup();
        continue;
      }
      if (got.exchange(signal) != 0) _exit(128 + signal);
      on_first();
    }
  }
};

signal_watch::signal_watch(std::function<void()> on_first, std::function<void()> on_hangup)
    : inner_(std::make_unique<inner>()) {
  inner_->on_first = std::move(on_first);
  inner_->on_hangup = std::move(on_hangup);
  inner_->waiting = std::thread([i = inner_.get()] { i->wait(); });
}

signal_watch::~signal_watch() {
  inner_->over = true;
  pthread_kill(inner_->waiting.native_handle(), SIGUSR1);
  inner_->waiting.join();
}

int signal_watch::received() const {
  return inner_->got;
}

}  // namespace millrace
