// Lone surrogates that JSON spells as escapes (`\ud83d` without its other half), mended before the
// parser sees them: Boost.JSON refuses them, and one such cell would make a page unreadable for
// ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::salesforce {

class surrogate_mender {
 public:
  /// The bytes with each lone surrogate as `\ufffd`. Bytes of an escape that was cut wait for the
  /// next call; no document ends with any. The result is valid until the next call.
  std::string_view mend(std::string_view bytes);
  /// How many were mended by the last call.
  [[nodiscard]] std::uint64_t mended() const { return mended_; }

 private:
  std::string held_;
  std::string joined_;
  std::string out_;
  std::uint64_t mended_ = 0;
};

}  // namespace millrace::salesforce
