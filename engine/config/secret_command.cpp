// posix_spawn, a pipe and a deadline.
#include "engine/config/secret_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace millrace {
namespace {

using steady = std::chrono::steady_clock;

/// Closes itself.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// How a child begins: no input, output into the pipe, signals as a new program expects them, and
/// a process group of its own, so that what it starts can be ended with it. What it complains about
/// may hold the secret it was asked for: it goes nowhere (I16).
class child_setup {
 public:
  explicit child_setup(int output) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  child_setup(const child_setup&) = delete;
  child_setup& operator=(const child_setup&) = delete;
  ~child_setup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  int start(pid_t& child, const std::vector<std::string>& command) {
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command)
      words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    return ::posix_spawnp(&child, words.front(), &files_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

enum class ending { complete, too_late, too_much, broken };

ending read_output(int fd, const command_limits& limits, steady::time_point deadline,
                   std::string& out) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady::now());
    pollfd waiting{fd, POLLIN, 0};
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return ending::broken;
    if (ready == 0) return ending::too_late;
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ending::broken;
    if (count == 0) return ending::complete;
    out.append(bytes.data(), static_cast<std::size_t>(count));
    if (out.size() > limits.output_bytes) return ending::too_much;
  }
}

/// The status, or none when the child outlives the deadline.
std::optional<int> wait_for(pid_t child, steady::time_point deadline) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return {};
    if (steady::now() >= deadline) return {};
    std::this_thread::sleep_for(milliseconds{2});
  }
}

void end_group(pid_t child) {
  ::kill(-child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

tl::unexpected<error> refused(const std::string& program, const std::string& what) {
  return failure(errc::secret_missing, fmt::format("the command {} {}", program, what),
                 "Run the command by hand, without input, and look at what it says: millrace does "
                 "not show it, since it may hold a secret");
}

std::string status_text(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by the signal {}", WTERMSIG(status));
  return fmt::format("ended with the status {}", WEXITSTATUS(status));
}

}  // namespace

result<std::string> run_secret_command(const std::vector<std::string>& command,
                                       command_limits limits) {
  const std::string& program = command.front();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return refused(program, fmt::format("cannot be started: {}", std::strerror(errno)));
  const descriptor reading(ends[0]);
  descriptor writing(ends[1]);
  pid_t child = 0;
  if (const int fault = child_setup(writing.get()).start(child, command); fault != 0)
    return refused(program, fmt::format("cannot be started: {}", std::strerror(fault)));
  writing.close();

  const auto deadline = steady::now() + limits.time;
  std::string out;
  const ending how = read_output(reading.get(), limits, deadline, out);
  std::optional<int> status;
  if (how == ending::complete) status = wait_for(child, deadline);
  if (!status) end_group(child);
  if (how == ending::too_much)
    return refused(program, fmt::format("printed more than {} bytes", limits.output_bytes));
  if (how == ending::broken) return refused(program, "printed what could not be read");
  if (!status)
    return refused(program, fmt::format("did not end within {} ms", limits.time.count()));
  if (*status != 0) return refused(program, status_text(*status));
  return out;
}

}  // namespace millrace
