// SHA-256, base64url and RS256 signatures, by OpenSSL.
#pragma once

#include "engine/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::salesforce {

/// Without padding.
std::string base64url(std::string_view bytes);
/// 32 bytes.
std::string sha256(std::string_view text);
/// In hexadecimal digits.
std::string fingerprint(std::string_view text);

/// An RSA key that signs.
class signing_key {
 public:
  /// errc::config_invalid when the text is not the PEM of an RSA private key without a passphrase.
  static result<std::shared_ptr<const signing_key>> read(std::string_view pem);
  signing_key(const signing_key&) = delete;
  signing_key& operator=(const signing_key&) = delete;
  ~signing_key();
  /// RSASSA-PKCS1-v1_5 with SHA-256. From any thread.
  [[nodiscard]] result<std::string> sign(std::string_view text) const;

 private:
  struct inner;
  explicit signing_key(std::unique_ptr<inner> key);
  std::unique_ptr<inner> key_;
};

}  // namespace millrace::salesforce
