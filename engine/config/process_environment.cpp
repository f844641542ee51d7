// The real world of a configuration: variables, files, folders and commands of this process.
#include "engine/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = std::size_t{16} << 20U;
constexpr std::size_t output_bytes_max = std::size_t{64} << 10U;
constexpr int command_milliseconds_max = 30'000;

result<std::string> read_file(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec))
    return failure(errc::config_unreadable, fmt::format("{} is a folder, not a file", path),
                   "Name a file");
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return failure(errc::config_unreadable,
                   fmt::format("{} cannot be read: {}", path, std::strerror(errno)),
                   "Check the path, and that this user may read it");
  std::stringstream text;
  text << in.rdbuf();
  std::string out = std::move(text).str();
  if (out.size() > file_bytes_max)
    return failure(errc::config_unreadable,
                   fmt::format("{} is too large for a configuration", path), "Name the right file");
  return out;
}

result<std::vector<std::string>> list_folder(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec))
    if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
  if (ec)
    return failure(errc::config_unreadable,
                   fmt::format("the folder {} cannot be read: {}", folder, ec.message()),
                   "Check the path, and that this user may read it");
  std::sort(files.begin(), files.end());
  return files;
}

/// Closes itself.
struct pipe_end {
  int fd = -1;
  ~pipe_end() {
    if (fd >= 0) ::close(fd);
  }
};

/// Reads to the end, or until the bound of time or size.
bool read_output(int fd, std::string& out) {
  std::array<char, 4096> bytes{};
  pollfd waiting{fd, POLLIN, 0};
  while (::poll(&waiting, 1, command_milliseconds_max) > 0) {
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count == 0) return true;
    if (count < 0) return false;
    out.append(bytes.data(), static_cast<std::size_t>(count));
    if (out.size() > output_bytes_max) return false;
  }
  return false;
}

result<std::string> run_command(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure(errc::internal,
                   fmt::format("no pipe for {}: {}", command.front(), std::strerror(errno)));
  pipe_end reading{ends[0]};
  pipe_end writing{ends[1]};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.fd, STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, command.front().c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return failure(errc::secret_missing,
                   fmt::format("{} cannot be started: {}", command.front(), std::strerror(failed)),
                   "Check the command's path and rights");
  ::close(std::exchange(writing.fd, -1));
  std::string out;
  const bool complete = read_output(reading.fd, out);
  if (!complete) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!complete)
    return failure(
        errc::secret_missing,
        fmt::format("{} did not end within 30 seconds, or said too much", command.front()),
        "Run the command by hand and look at what it prints");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return failure(errc::secret_missing,
                   fmt::format("{} ended with status {}", command.front(), WEXITSTATUS(status)),
                   "Run the command by hand and look at what it says");
  return out;
}

}  // namespace

config_environment process_environment() {
  config_environment world;
  world.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return std::string(value);
  };
  world.read_file = read_file;
  world.list_folder = list_folder;
  world.is_folder = [](const std::string& path) {
    std::error_code ec;
    return fs::is_directory(path, ec);
  };
  world.run_command = run_command;
  return world;
}

}  // namespace millrace
