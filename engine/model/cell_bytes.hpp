// The bytes of a column's cells, which grow at their end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace millrace {

/// Most cells are short, and how short cannot be foreseen: copying the same number of bytes
/// whatever the length costs less than a wrong guess of the processor.
class cell_bytes {
 public:
  /// That `append_padded` copies at once.
  static constexpr std::size_t step = 32;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const char* data() const { return room_.data(); }
  [[nodiscard]] std::string_view view() const { return {room_.data(), size_}; }

  cell_bytes& append(std::string_view text) {
    if (room_.size() - size_ < text.size()) grow(text.size());
    if (!text.empty()) std::memcpy(room_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  /// As `append`. At least `step` bytes can be read where the text begins.
  void append_padded(std::string_view text) {
    if (text.size() > step) {
      append(text);
      return;
    }
    if (room_.size() - size_ < step) grow(step);
    std::memcpy(room_.data() + size_, text.data(), step);
    size_ += text.size();
  }
  cell_bytes& append(std::size_t count, char c) {
    if (room_.size() - size_ < count) grow(count);
    std::fill_n(room_.data() + size_, count, c);
    size_ += count;
    return *this;
  }
  cell_bytes& operator+=(std::string_view text) { return append(text); }
  cell_bytes& operator+=(char c) { return append(1, c); }
  /// Keeps the first bytes; not more than there are.
  void cut(std::size_t size) { size_ = size; }
  void reserve(std::size_t bytes) {
    if (room_.size() < bytes) room_.resize(bytes);
  }

 private:
  void grow(std::size_t more) { room_.resize(std::max(2 * room_.size(), size_ + more)); }

  std::vector<char> room_;  ///< all of it may be written to
  std::size_t size_ = 0;
};

}  // namespace millrace
