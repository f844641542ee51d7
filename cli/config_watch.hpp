// Tells when the files of a configuration have changed.
#pragma once

#include "engine/error.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// What is looked at in one folder.
struct watched_folder {
  bool all_files = false;  ///< every *.toml that is not hidden, as they are read
  std::set<std::string> files;

  [[nodiscard]] bool concerns(std::string_view name) const;
};

/// Calls back, on a thread of its own, when something was written, renamed or removed that may be
/// of the configuration at these paths (files and folders, as `-c` takes them), once for changes
/// that come together. Files that are replaced by a rename are followed, and so are folders whose
/// content is a link that is swapped, as orchestrators mount them.
class config_watch {
 public:
  /// errc::config_unreadable: a path cannot be watched.
  static result<std::unique_ptr<config_watch>> open(const std::vector<std::string>& paths,
                                                    std::function<void()> on_change);
  config_watch(const config_watch&) = delete;
  config_watch& operator=(const config_watch&) = delete;
  /// Returns after a call that goes on.
  ~config_watch();

 private:
  struct inner;
  explicit config_watch(std::unique_ptr<inner> parts);
  std::unique_ptr<inner> inner_;
};

}  // namespace millrace
