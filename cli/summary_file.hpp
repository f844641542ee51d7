// The file of --summary: it can be written, or nothing is begun; and it is whole, or as it was
// before.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>

namespace millrace {

/// Written beside its path and put in place when it is whole. What is no plain file (a pipe, a
/// device), or cannot be replaced (a mount), is written where it is.
class summary_file {
 public:
  /// Before the run: fails when the path cannot be written.
  static result<summary_file> open(const std::string& path);
  summary_file(summary_file&& other) noexcept;
  summary_file& operator=(summary_file&&) = delete;
  summary_file(const summary_file&) = delete;
  summary_file& operator=(const summary_file&) = delete;
  /// Leaves nothing behind that was not written.
  ~summary_file();

  result<void> write(std::string_view text);

 private:
  summary_file(std::string path, std::string beside)
      : path_(std::move(path)), beside_(std::move(beside)) {}

  std::string path_;
  std::string beside_;  ///< empty: written in place
};

}  // namespace millrace
