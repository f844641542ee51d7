// The real world of a configuration: variables, files, folders and commands of this process.
#include "engine/config/load.hpp"
#include "engine/config/secret_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = std::size_t{64} << 20U;

tl::unexpected<error> unreadable(const std::string& path, const std::string& why) {
  return failure(errc::config_unreadable, fmt::format("{} cannot be read: {}", path, why),
                 "Check the path, and that this user may read it");
}

/// Also of pipes, whose size nobody knows beforehand.
result<std::string> read_file(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return unreadable(path, "it is a folder");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(path, std::strerror(errno));
  std::string out;
  std::string part(std::size_t{64} << 10U, '\0');
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    out.append(part, 0, static_cast<std::size_t>(in.gcount()));
    if (out.size() > file_bytes_max) return unreadable(path, "it is too large");
  }
  if (in.bad()) return unreadable(path, std::strerror(errno));
  return out;
}

/// The *.toml files, sorted; hidden ones, such as an editor's, are left out.
result<std::vector<std::string>> list_folder(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code ec;
  for (fs::directory_iterator at(folder, ec); !ec && at != fs::directory_iterator();
       at.increment(ec)) {
    const fs::path& path = at->path();
    if (path.extension() == ".toml" && !path.filename().string().starts_with('.'))
      files.push_back(path.string());
  }
  if (ec) return unreadable("the folder " + folder, ec.message());
  std::sort(files.begin(), files.end());
  return files;
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
  world.is_shared = [](const std::string& path) {
    constexpr fs::perms others = fs::perms::group_read | fs::perms::others_read;
    std::error_code ec;
    const fs::file_status status = fs::status(path, ec);
    return !ec && (status.permissions() & others) != fs::perms::none;
  };
  world.run_command = [](const std::vector<std::string>& command) {
    return run_secret_command(command);
  };
  return world;
}

}  // namespace millrace
