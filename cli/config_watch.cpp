// inotify on folders: a file that is replaced is another file, its folder stays.
#include "cli/config_watch.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <thread>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr int quiet_milliseconds = 250;  ///< after the last of changes that come together
constexpr std::uint32_t changes =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

}  // namespace

bool watched_folder::concerns(std::string_view name) const {
  // The link by which an orchestrator swaps all files of a mounted folder at once.
  constexpr std::string_view swapped_link = "..data";
  if (name == swapped_link || files.contains(std::string(name))) return true;
  return all_files && name.ends_with(".toml") && !name.starts_with('.');
}

struct config_watch::inner {
  descriptor events{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  descriptor end{::eventfd(0, EFD_CLOEXEC)};
  std::map<int, watched_folder> folders;
  std::function<void()> on_change;
  std::thread watching;

  result<void> add(const std::string& path) {
    std::error_code none;
    const bool is_folder = fs::is_directory(path, none);
    const fs::path at(path);
    const fs::path folder = is_folder              ? at
                            : at.has_parent_path() ? at.parent_path()
                                                   : fs::path(".");
    const int number = ::inotify_add_watch(events.get(), folder.c_str(), changes);
    if (number < 0)
      return failure(errc::config_unreadable,
                     fmt::format("{} cannot be watched: {}", folder.string(), std::strerror(errno)),
                     "Without --watch, SIGHUP makes the host read its configuration anew");
    watched_folder& seen = folders[number];
    if (is_folder) {
      seen.all_files = true;
    } else {
      seen.files.insert(at.filename().string());
    }
    return {};
  }

  /// Whether something among what has come concerns the configuration.
  bool take_events() {
    bool any = false;
    alignas(inotify_event) std::array<char, 16'384> buffer{};
    for (;;) {
      const ssize_t size = ::read(events.get(), buffer.data(), buffer.size());
      if (size <= 0) return any;
      for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* name = event.len > 0 ? buffer.data() + at + sizeof event : "";
        const auto found = folders.find(event.wd);
        // Events were lost: whatever they were.
        any = any || (event.mask & IN_Q_OVERFLOW) != 0 ||
              (found != folders.end() && found->second.concerns(name));
        at += sizeof event + event.len;
      }
    }
  }

  void watch() {
    bool changed = false;
    for (;;) {
      std::array<pollfd, 2> both{pollfd{events.get(), POLLIN, 0}, pollfd{end.get(), POLLIN, 0}};
      const int ready = ::poll(both.data(), both.size(), changed ? quiet_milliseconds : -1);
      if (ready < 0) continue;  // a signal
      if (both[1].revents != 0) return;
      if (ready > 0) {
        changed = take_events() || changed;
      } else {
        changed = false;
        on_change();
      }
    }
  }
};

config_watch::config_watch(std::unique_ptr<inner> parts) : inner_(std::move(parts)) {}

config_watch::~config_watch() {
  const std::uint64_t one = 1;
  // Eight bytes into a counter of its own: there is nothing that could go wrong.
  [[maybe_unused]] const ssize_t written = ::write(inner_->end.get(), &one, sizeof one);
  inner_->watching.join();
}

result<std::unique_ptr<config_watch>> config_watch::open(const std::vector<std::string>& paths,
                                                         std::function<void()> on_change) {
  auto parts = std::make_unique<inner>();
  for (const std::string& path : paths)
    MILLRACE_CHECK(parts->add(path));
  parts->on_change = std::move(on_change);
  parts->watching = std::thread([p = parts.get()] { p->watch(); });
  return std::unique_ptr<config_watch>(new config_watch(std::move(parts)));
}

}  // namespace millrace
