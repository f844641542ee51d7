// Keeps SIGPIPE from ending the process. OpenSSL writes to sockets without MSG_NOSIGNAL, so a peer
// that has gone away raises it, and curl leaves it to us in a program with threads.
#pragma once

#include <csignal>
#include <ctime>

namespace millrace::http {

/// For a thread that shall never run a signal handler: the whole mask, for good.
inline void block_signals_of_this_thread() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// For a piece of work on somebody else's thread: what it raised is taken back at its end.
class without_sigpipe {
 public:
  without_sigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  without_sigpipe(const without_sigpipe&) = delete;
  without_sigpipe& operator=(const without_sigpipe&) = delete;
  ~without_sigpipe() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec at_once{};
      while (sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

}  // namespace millrace::http
