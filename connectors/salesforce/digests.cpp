// OpenSSL's EVP interface; what it allocates is owned by smart pointers.
#include "connectors/salesforce/digests.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

namespace millrace::salesforce {
namespace {

/// Shorter ones are refused by the other side, and were never sound.
constexpr int key_bits_min = 2048;

struct free_bio {
  void operator()(BIO* p) const { BIO_free(p); }
};
struct free_key {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
struct free_context {
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_key>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// A process without a terminal must not be asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 6) {
      have -= 6;
      out += letters[(bits >> have) & 63U];
    }
  }
  if (have > 0) out += letters[(bits << (6 - have)) & 63U];
  return out;
}

std::string sha256(std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
             EVP_sha256(), nullptr);
  out.resize(size);
  return out;
}

std::string fingerprint(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : sha256(text)) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

struct signing_key::inner {
  key_ptr key;
};

signing_key::signing_key(std::unique_ptr<inner> key) : key_(std::move(key)) {}
signing_key::~signing_key() = default;

result<std::shared_ptr<const signing_key>> signing_key::read(std::string_view pem) {
  const std::unique_ptr<BIO, free_bio> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  key_ptr key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  // What is wrong with it is not told: the text is a secret, or next to one (I16).
  if (!key)
    return failure(errc::config_invalid, "is no private key in PEM form, or it has a passphrase",
                   "Give the text that begins with -----BEGIN PRIVATE KEY-----, for example by "
                   "{ file = \"PATH\" }; `openssl pkey -in KEY.pem -noout` says what is wrong");
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1 || EVP_PKEY_get_bits(key.get()) < key_bits_min)
    return failure(errc::config_invalid, "is no RSA key of 2048 bits or more",
                   "Salesforce takes RS256 only: make an RSA key and upload its certificate");
  auto owned = std::make_unique<inner>();
  owned->key = std::move(key);
  return std::shared_ptr<const signing_key>(new signing_key(std::move(owned)));
}

result<std::string> signing_key::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string out;
  const auto sign_into = [&](unsigned char* to) {
    return EVP_DigestSign(context.get(), to, &size, bytes_of(text), text.size()) == 1;
  };
  const bool begun = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                                   key_->key.get()) == 1;
  if (begun && sign_into(nullptr)) {
    out.resize(size);
    if (sign_into(reinterpret_cast<unsigned char*>(out.data()))) {
      out.resize(size);
      return out;
    }
  }
  ERR_clear_error();
  return failure(errc::internal, "the key of auth.private_key could not sign",
                 "Check the key with `openssl pkey -in KEY.pem -noout -check`");
}

}  // namespace millrace::salesforce
