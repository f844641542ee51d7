// A new file beside the old one, renamed over it.
#include "cli/summary_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

namespace millrace {
namespace {

namespace fs = std::filesystem;

tl::unexpected<error> unwritable(const std::string& path, const char* why) {
  return failure(errc::usage, fmt::format("--summary {} cannot be written: {}", path, why),
                 "Check that its folder is there and that this user may write to it");
}

bool put(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
  return static_cast<bool>(out.flush());
}

/// Descriptors and devices have names like files, and must not be replaced by one.
bool stays_in_place(const std::string& path) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);
  return (fs::exists(status) && !fs::is_regular_file(status)) || path.starts_with("/dev/") ||
         path.starts_with("/proc/");
}

}  // namespace

summary_file::summary_file(summary_file&& other) noexcept
    : path_(std::move(other.path_)), beside_(std::exchange(other.beside_, {})) {}

summary_file::~summary_file() {
  if (!beside_.empty()) std::remove(beside_.c_str());
}

result<summary_file> summary_file::open(const std::string& path) {
  std::error_code none;
  if (fs::is_directory(path, none)) return unwritable(path, "it is a folder");
  const bool writable = ::access(path.c_str(), W_OK) == 0;
  if (stays_in_place(path)) {
    if (!writable) return unwritable(path, std::strerror(errno));
    return summary_file{path, {}};
  }
  // Where a link leads to is replaced, not the link.
  const fs::path real = fs::weakly_canonical(path, none);
  std::string target = none ? path : real.string();
  std::string beside = target + ".tmp";
  if (put(beside, {})) return summary_file{std::move(target), std::move(beside)};
  const int why = errno;
  if (writable) return summary_file{std::move(target), {}};
  return unwritable(path, std::strerror(why));
}

result<void> summary_file::write(std::string_view text) {
  if (!beside_.empty()) {
    if (!put(beside_, text)) return unwritable(path_, std::strerror(errno));
    if (std::rename(beside_.c_str(), path_.c_str()) == 0) {
      beside_.clear();
      return {};
    }
  }
  if (!put(path_, text)) return unwritable(path_, std::strerror(errno));
  return {};
}

}  // namespace millrace
