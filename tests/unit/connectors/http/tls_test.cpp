// I16: a server is believed only with a certificate for its name from an authority that is trusted.
#include "connectors/http/signal_mask.hpp"
#include "tests/unit/connectors/http/recorder.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>

namespace millrace {

using namespace testing;

namespace {

template <auto Close>
struct closer {
  template <class T>
  void operator()(T* handle) const {
    Close(handle);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, closer<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, closer<X509_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, closer<SSL_CTX_free>>;
using session_handle = std::unique_ptr<SSL, closer<SSL_free>>;

/// Made by itself for `localhost`, and nobody else.
certificate_ptr certificate_of(EVP_PKEY* key) {
  certificate_ptr made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key);
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

/// A TLS server's identity, and the file that a client may trust it by.
class identity {
 public:
  identity() : key_(EVP_EC_gen("P-256")), certificate_(certificate_of(key_.get())) {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-ca-XXXXXX").string();
    const int file = ::mkstemp(pattern.data());
    REQUIRE(file >= 0);
    path_ = pattern;
    FILE* stream = ::fdopen(file, "w");
    PEM_write_X509(stream, certificate_.get());
    std::fclose(stream);
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
  }
  identity(const identity&) = delete;
  identity& operator=(const identity&) = delete;
  ~identity() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Answers one request; what it read goes to `heard`. Then a proper end, or a
  /// reset once the gate is open.
  scripted_server::script answers(std::string& heard, gate* before_reset = nullptr) {
    return [this, &heard, before_reset](peer& client) {
      const http::without_sigpipe quiet;
      const session_handle tls(SSL_new(context_.get()));
      SSL_set_fd(tls.get(), client.socket());
      if (SSL_accept(tls.get()) != 1) return;
      char bytes[4096];
      const int got = SSL_read(tls.get(), bytes, sizeof bytes);
      if (got <= 0) return;
      heard.assign(bytes, static_cast<std::size_t>(got));
      const std::string sent = answer("secure");
      SSL_write(tls.get(), sent.data(), static_cast<int>(sent.size()));
      if (before_reset != nullptr) {
        before_reset->wait();
        return client.reset();
      }
      SSL_shutdown(tls.get());
    };
  }

 private:
  key_ptr key_;
  certificate_ptr certificate_;
  context_ptr context_;
  std::string path_;
};

std::string https_url(const scripted_server& server, std::string_view name) {
  const std::string host = server.host();
  return "https://" + std::string(name) + host.substr(host.find(':')) + "/?token=hidden";
}

}  // namespace

TEST_CASE("I16: who can prove its name is believed, with the CA file that was configured") {
  identity known;
  std::string heard;
  {
    scripted_server server({known.answers(heard)});
    http_limits limits;
    limits.ca_file = known.path();
    auto loop = open_loop(limits);
    const auto outcome = fetch(*loop, get(https_url(server, "localhost")));
    REQUIRE_MESSAGE(outcome.has_value(), to_string(outcome.error()));
    CHECK(outcome->body == "secure");
  }
  CHECK(heard.starts_with("GET /?token=hidden "));
}

TEST_CASE("I16: who cannot is told nothing") {
  identity known;
  identity other;
  http_limits limits;
  std::string name = "localhost";
  SUBCASE("an authority that nobody trusts") {}
  SUBCASE("another authority than the configured") {
    limits.ca_file = other.path();
  }
  SUBCASE("another name than the certificate's") {
    limits.ca_file = known.path();
    name = "127.0.0.1";
  }
  std::string heard;
  {
    scripted_server server({known.answers(heard)});
    auto loop = open_loop(limits);
    const auto outcome = fetch(*loop, get(https_url(server, name)));
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == errc::http_tls);
    CHECK(outcome.error().again == retry::never);
    CHECK(to_string(outcome.error()).find("hidden") == std::string::npos);
  }
  CHECK(heard.empty());
}

TEST_CASE("a TLS connection that is gone when the loop says goodbye does not end the process") {
  identity known;
  std::string heard;
  http_limits limits;
  limits.ca_file = known.path();
  auto loop = open_loop(limits);
  {
    gate answered;
    scripted_server server({known.answers(heard, &answered)});
    CHECK(fetch(*loop, get(https_url(server, "localhost"))).has_value());
    answered.open();
  }
  loop->stop();
  loop.reset();
}

}  // namespace millrace
