// The pipelines that somebody has paused: a file with one name on each line, which outlives the
// host.
#pragma once

#include "engine/error.hpp"

#include <set>
#include <string>

namespace millrace {

class paused_list {
 public:
  explicit paused_list(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] result<std::set<std::string>> read() const;
  /// Durable when it returns.
  result<void> set(const std::string& pipeline, bool paused) const;

 private:
  std::string path_;
};

}  // namespace millrace
