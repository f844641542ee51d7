// Which keys were seen, in memory of a fixed size: a Bloom filter. What it has not, was not seen
// for certain; a little of what was not seen looks as if it had been.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

class key_filter {
 public:
  key_filter();
  void add(std::string_view key);
  /// False is certain. Of five million keys one in some hundred others is taken for one of them.
  [[nodiscard]] bool may_have(std::string_view key) const;

 private:
  std::vector<std::uint64_t> bits_;  ///< eight megabytes
};

}  // namespace millrace
