// A text that must never be shown: passwords, tokens, connection strings (I16).
#pragma once

#include <string>
#include <utility>

namespace millrace {

/// Has no conversion, no output operator and no formatter: only `reveal` gives the text away.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_(std::move(text)) {}
  secret(const secret&) = default;
  secret(secret&&) = default;
  secret& operator=(const secret&) = default;
  secret& operator=(secret&&) = default;
  ~secret() {
    // Volatile, so that the compiler does not find it useless.
    volatile char* p = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i)
      p[i] = '\0';
  }
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace millrace
