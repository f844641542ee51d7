// Faults of a configuration, gathered while it is read and told in order of file and place.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// What a message says: "WHAT; expected EXPECTED; did you mean NEAR?", the last two when there are.
struct fault_text {
  std::string what;
  std::string expected = {};
  std::string near = {};
};

class fault_list {
 public:
  /// Faults of files are told in the order in which the files began.
  void begin_file(const std::string& file) { ranks_.emplace(file, ranks_.size()); }

  void add(const config_place& place, const fault_text& text) {
    add(place, errc::config_invalid, text, {});
  }
  void add(const config_place& place, errc code, const fault_text& text, std::string advice);
  /// A fault of no place: a file that cannot be read.
  void add(error what);

  [[nodiscard]] bool empty() const { return faults_.empty(); }
  /// In order, each message beginning with `FILE:LINE:COLUMN: ` where it has a place.
  std::vector<error> take();

 private:
  struct placed {
    std::size_t rank = 0;
    config_place place;
    error what;
  };
  std::map<std::string, std::size_t> ranks_;
  std::vector<placed> faults_;
};

/// A text of the configuration in quotes, for messages: control characters shown as `?`, long ones
/// cut.
std::string quoted(std::string_view text);

}  // namespace millrace
