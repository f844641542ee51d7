// A text that must never be shown: passwords, tokens, connection strings (I16).
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace millrace {

/// Has no conversion, no comparison, no output operator and no formatter: only `reveal` gives the
/// text away. Its memory is overwritten when it is destroyed, assigned to or moved from.
class secret {
 public:
  secret() = default;
  explicit secret(std::string&& text) : text_(std::move(text)) { wipe(text); }
  explicit secret(const std::string& text) : text_(text) {}
  secret(const secret&) = default;
  secret(secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  secret& operator=(const secret& other) {
    if (this != &other) *this = secret(other);
    return *this;
  }
  secret& operator=(secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
    return *this;
  }
  ~secret() { wipe(text_); }

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  /// Overwrites a text that held a secret, with what its buffer holds behind the end, and empties
  /// it.
  static void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    // Volatile, so that the compiler does not find it useless.
    volatile char* p = text.data();
    for (std::size_t i = 0; i < text.size(); ++i)
      p[i] = '\0';
    text.clear();
  }

 private:
  std::string text_;
};

}  // namespace millrace
