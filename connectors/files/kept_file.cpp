// The file is never written to: a new one is written beside it, made durable and renamed. So the
// lock is on a file of its own, which stays; a lock on what is renamed away would guard nothing.
#include "connectors/files/kept_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millrace::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t text_bytes_max = std::size_t{64} << 10U;
constexpr mode_t for_owner = S_IRUSR | S_IWUSR;

tl::unexpected<error> fault(const std::string& path, std::string_view what, int number) {
  return failure(errc::storage,
                 fmt::format("{} cannot be {}: {}", path, what, std::strerror(number)),
                 "Give this user the right to read and write the file and its folder, or name "
                 "another place in the configuration");
}

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() { close(); }

  [[nodiscard]] bool open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  int close() { return number_ < 0 ? 0 : ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

bool write_all(const descriptor& to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(to.number(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

class held_file final : public kept_text::hold {
 public:
  held_file(std::string path, descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  result<std::optional<std::string>> read() const override {
    const descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) {
      if (errno == ENOENT) return std::nullopt;
      return fault(path_, "read", errno);
    }
    std::string text(text_bytes_max + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
      const ssize_t got = ::read(file.number(), text.data() + have, text.size() - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fault(path_, "read", errno);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    if (have > text_bytes_max) return fault(path_, "read", EFBIG);
    text.resize(have);
    return text;
  }

  result<void> replace(const std::string& text) override {
    const std::string beside = path_ + ".new";
    // What a crash left there may have other rights or lead elsewhere.
    ::unlink(beside.c_str());
    descriptor file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, for_owner));
    if (!file.open()) return fault(beside, "created", errno);
    if (!write_all(file, text) || ::fsync(file.number()) != 0 || file.close() != 0) {
      const int why = errno;
      ::unlink(beside.c_str());
      return fault(beside, "written", why);
    }
    if (::rename(beside.c_str(), path_.c_str()) != 0) {
      const int why = errno;
      ::unlink(beside.c_str());
      return fault(path_, "replaced", why);
    }
    return keep_name();
  }

 private:
  /// The new name survives a crash only when its folder was written, too.
  result<void> keep_name() const {
    const fs::path folder = fs::path(path_).parent_path();
    const descriptor opened(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.open() || ::fsync(opened.number()) != 0)
      return fault(folder.string(), "written", errno);
    return {};
  }

  std::string path_;
  descriptor lock_;
};

class kept_file final : public kept_text {
 public:
  explicit kept_file(std::string path) : path_(std::move(path)) {}

  result<std::unique_ptr<hold>> try_hold() override {
    MILLRACE_CHECK(make_folders(fs::path(path_).parent_path()));
    const std::string beside = path_ + ".lock";
    descriptor lock(::open(beside.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, for_owner));
    if (!lock.open()) return fault(beside, "opened", errno);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK || errno == EINTR) return nullptr;
      return fault(beside, "locked", errno);
    }
    return std::make_unique<held_file>(path_, std::move(lock));
  }

  std::string place() const override { return path_; }

 private:
  /// Folders of ours are for their owner alone.
  static result<void> make_folders(const fs::path& folder) {
    std::error_code failed;
    if (folder.empty() || fs::is_directory(folder, failed)) return {};
    MILLRACE_CHECK(make_folders(folder.parent_path()));
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
      return fault(folder.string(), "created", errno);
    return {};
  }

  std::string path_;
};

}  // namespace

std::shared_ptr<kept_text> make_kept_file(std::string path) {
  return std::make_shared<kept_file>(std::move(path));
}

}  // namespace millrace::files
