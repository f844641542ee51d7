// Nobody can join a detached thread, but a robust mutex tells: the kernel passes it on when its
// owner is gone.
#include "actors/thread_ends.hpp"

#include <cerrno>
#include <pthread.h>

namespace millrace {

/// A mutex that the thread which made it holds until its end.
class thread_ends::sign_of_life {
 public:
  sign_of_life() {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    // A system without such mutexes says so here: then nobody is waited for.
    made_ = pthread_mutex_init(&held_, &kind) == 0;
    pthread_mutexattr_destroy(&kind);
    if (made_) pthread_mutex_lock(&held_);
  }
  sign_of_life(const sign_of_life&) = delete;
  sign_of_life& operator=(const sign_of_life&) = delete;
  ~sign_of_life() {
    if (!made_) return;
    if (!taken_) pthread_mutex_lock(&held_);
    pthread_mutex_consistent(&held_);
    pthread_mutex_unlock(&held_);
    pthread_mutex_destroy(&held_);
  }

  /// Whether the thread is gone. Not for the thread itself.
  bool is_over() {
    if (made_ && !taken_) taken_ = pthread_mutex_trylock(&held_) == EOWNERDEAD;
    return !made_ || taken_;
  }

 private:
  pthread_mutex_t held_{};
  bool made_ = false;
  bool taken_ = false;  ///< by who asked
};

thread_ends::thread_ends() = default;
thread_ends::~thread_ends() = default;

void thread_ends::thread_terminates() {
  const std::lock_guard lock(mutex_);
  // Those who are gone by now: a process that runs for long has many.
  std::erase_if(ending_, [](const auto& one) { return one->is_over(); });
  ending_.push_back(std::make_unique<sign_of_life>());
}

std::size_t thread_ends::count() {
  const std::lock_guard lock(mutex_);
  return ending_.size();
}

}  // namespace millrace
