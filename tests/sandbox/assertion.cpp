// Checking what a client signed, and what it hashed.
#include <boost/json.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth.hpp"
#include "message.hpp"
#include <array>
#include <charconv>
#include <memory>

namespace sandbox {
namespace {

namespace json = boost::json;

bool is_signed(std::string_view text, std::string_view signature, const std::string& public_key) {
  const auto free_key = [](EVP_PKEY* p) { EVP_PKEY_free(p); };
  const std::unique_ptr<BIO, int (*)(BIO*)> in(
      BIO_new_mem_buf(public_key.data(), static_cast<int>(public_key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(free_key)> key(
      PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr), free_key);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto bytes = [](std::string_view t) {
    return reinterpret_cast<const unsigned char*>(t.data());
  };
  return key &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                          text.size()) == 1;
}

std::optional<json::object> object_in(std::string_view part) {
  json::error_code fault;
  json::value parsed = json::parse(decoded_base64(part), fault);
  if (fault || !parsed.is_object()) return {};
  return std::move(parsed.get_object());
}

std::string text_in(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

/// A number, or digits in a text.
std::int64_t seconds_in(const json::object& from, std::string_view name) {
  const auto* v = from.if_contains(name);
  if (v == nullptr) return 0;
  if (v->is_int64()) return v->get_int64();
  std::int64_t out = 0;
  const std::string text = text_in(from, name);
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

std::string decoded_base64(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : text) {
    const std::size_t at = letters.find(c == '-' ? '+' : c == '_' ? '/' : c);
    if (at == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(at);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>((bits >> have) & 0xFFU);
  }
  return out;
}

std::string challenge_of(const std::string& verifier) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(verifier.data(), verifier.size(), hash.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> text{};
  const int length = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(size));
  std::string out;
  for (int i = 0; i < length; ++i) {
    const char c = static_cast<char>(text[static_cast<std::size_t>(i)]);
    if (c != '=') out += c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return out;
}

std::optional<assertion> read_assertion(const std::string& text, const std::string& public_key) {
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() != 3) return {};
  const auto head = object_in(parts[0]);
  const auto claims = object_in(parts[1]);
  if (!head || !claims || text_in(*head, "alg") != "RS256") return {};
  if (!is_signed(parts[0] + "." + parts[1], decoded_base64(parts[2]), public_key)) return {};
  assertion out;
  out.issuer = text_in(*claims, "iss");
  out.subject = text_in(*claims, "prn");  // an older spelling, which wins
  if (out.subject.empty()) out.subject = text_in(*claims, "sub");
  out.audience = text_in(*claims, "aud");
  out.expires = seconds_in(*claims, "exp");
  return out;
}

}  // namespace sandbox
