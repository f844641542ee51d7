// Logging in to an org, flow by flow, with the failure bodies of the real one.
#include "tests/sandbox/tests/client.hpp"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

using namespace sandbox;

namespace {

boost::json::object token(test_client& c, const std::string& form) {
  return c.json("POST", "/org/demo/services/oauth2/token", form).as_object();
}

const std::string app = "&client_id=sandbox-client&client_secret=sandbox-secret";

std::string refresh(test_client& c, const std::string& with) {
  const auto answer = token(c, "grant_type=refresh_token&refresh_token=" + with + app);
  if (answer.contains("error")) return text_of(answer.at("error_description"));
  return answer.contains("refresh_token") ? text_of(answer.at("refresh_token")) : "";
}

std::string refusal(test_client& c, const std::string& form) {
  const auto answer = token(c, form);
  return text_of(answer.at("error")) + ": " + text_of(answer.at("error_description"));
}

/// The code in the address that the user is sent back to.
std::string code_of(test_client& c, const std::string& more = "") {
  const response r = c.send("GET",
                            "/org/demo/services/oauth2/authorize?response_type=code&client_id="
                            "sandbox-client&redirect_uri=http://localhost:1717/cb&state=s1" +
                                more);
  CHECK(r.status == 302);
  for (const auto& [name, value] : r.headers) {
    if (name != "Location") continue;
    CHECK(value.starts_with("http://localhost:1717/cb?"));
    CHECK(value.ends_with("&state=s1"));
    return value.substr(value.find('=') + 1, value.rfind('&') - value.find('=') - 1);
  }
  return {};
}

const std::string with_code =
    "grant_type=authorization_code&redirect_uri=http://localhost:1717/cb" + app + "&code=";

struct key_pair {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_RSA_gen(2048), EVP_PKEY_free};

  [[nodiscard]] std::string public_key() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(out.get(), key.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  [[nodiscard]] std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                   text.size());
    return out;
  }
};

std::string encoded(const std::string& bytes) {
  std::string out(bytes.size() * 2 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  std::string url;
  for (const char c : out)
    if (c != '=') url += c == '+' ? '-' : c == '/' ? '_' : c;
  return url;
}

}  // namespace

TEST_CASE("a refresh token without rotation serves again and again") {
  test_client c;
  CHECK(refresh(c, "sandbox-refresh-demo").empty());
  CHECK(refresh(c, "sandbox-refresh-demo").empty());
  CHECK(refresh(c, "nonsense") == "expired access/refresh token");
}

TEST_CASE("with rotation a replaced token that shows up again ends everything") {
  test_client c;
  c.where().auth.rotation = true;
  const std::string second = refresh(c, "sandbox-refresh-demo");
  CHECK(second.starts_with("5Aep861"));
  const auto answer = token(c, "grant_type=refresh_token&refresh_token=" + second + app);
  const std::string third = text_of(answer.at("refresh_token"));
  const std::string session = text_of(answer.at("access_token"));
  CHECK(c.where().is_session(session));
  CHECK(refresh(c, second) == "expired access/refresh token");
  CHECK_FALSE(c.where().is_session(session));
  CHECK(refresh(c, third) == "expired access/refresh token");
  CHECK(c.where().auth.reuses == 1);
  CHECK(c.where().auth.current().empty());
}

TEST_CASE("the sixth grant of a user ends the first one") {
  test_client c;
  for (int i = 0; i < 4; ++i)
    c.where().auth.open_grant();
  CHECK(refresh(c, "sandbox-refresh-demo").empty());
  c.where().auth.open_grant();
  CHECK(refresh(c, "sandbox-refresh-demo") == "expired access/refresh token");
}

TEST_CASE("a code is good once, and for who holds the verifier") {
  test_client c;
  const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  CHECK(challenge_of(verifier) == challenge);
  const std::string more = "&code_challenge_method=S256&code_challenge=" + challenge;
  CHECK(code_of(c).ends_with("%3D%3D"));
  CHECK(refusal(c, with_code + code_of(c, more)).starts_with("invalid_grant: "));
  CHECK(
      refusal(c, with_code + code_of(c, more) + "&code_verifier=x").starts_with("invalid_request"));
  const std::string code = code_of(c, more);
  const auto answer = token(c, with_code + code + "&code_verifier=" + verifier);
  CHECK(answer.contains("refresh_token"));
  CHECK(refresh(c, text_of(answer.at("refresh_token"))).empty());
  CHECK(refusal(c, with_code + code + "&code_verifier=" + verifier) ==
        "invalid_grant: expired authorization code");
  CHECK(refusal(c, with_code + "x") == "invalid_grant: invalid authorization code");
  c.where().auth.user_refuses = true;
  CHECK(code_of(c, more).starts_with("access_denied"));
}

TEST_CASE("an assertion is good when its signature, its claims and its time are") {
  test_client c;
  const key_pair pair;
  c.where().auth.public_key = pair.public_key();
  const std::int64_t now = c.where().now() / 1000;
  const auto outcome = [&](const key_pair& by, const std::string& subject,
                           const std::string& audience, const std::string& expires) {
    const std::string text = encoded(R"({"alg":"RS256"})") + "." +
                             encoded(R"({"iss":"sandbox-client","sub":")" + subject +
                                     R"(","aud":")" + audience + R"(","exp":)" + expires + "}");
    const auto answer = token(
        c, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + text +
               "." + encoded(by.sign(text)));
    return answer.contains("access_token") ? "good" : text_of(answer.at("error_description"));
  };
  const std::string user = "user@demo.sandbox";
  const std::string login = "https://login.salesforce.com";
  const std::string soon = std::to_string(now + 180);
  CHECK(outcome(pair, user, login, soon) == "good");
  CHECK(outcome(pair, user, login, "\"" + soon + "\"") == "good");
  CHECK(outcome(key_pair(), user, login, soon) == "invalid assertion");
  CHECK(outcome(pair, "nobody@x", login, soon) == "user hasn't approved this consumer");
  CHECK(outcome(pair, user, "https://example.com", soon) == "Audience validation failed");
  CHECK(outcome(pair, user, login, std::to_string(now)) == "expired authorization code");
  CHECK(outcome(pair, user, login, std::to_string(now + 600)) == "expired authorization code");
  c.where().auth.approved = false;
  CHECK(outcome(pair, user, login, soon) == "user hasn't approved this consumer");
}

TEST_CASE("the other flows, and what they are refused for") {
  test_client c;
  CHECK(token(c, "grant_type=client_credentials" + app).contains("access_token"));
  c.where().auth.login_host = true;
  CHECK(refusal(c, "grant_type=client_credentials" + app) ==
        "invalid_grant: request not supported on this domain");
  const std::string form = "grant_type=password&username=user@demo.sandbox" + app + "&password=";
  CHECK(token(c, form + "sandbox-passwordSANDBOXTOKEN").contains("access_token"));
  CHECK(refusal(c, form + "sandbox-passwordOTHER") == "invalid_grant: authentication failure");
  CHECK(refusal(c, "grant_type=client_credentials&client_id=x").starts_with("invalid_client_id"));
}

TEST_CASE("sessions end without use, by revocation, and when the org moves") {
  test_client c;
  c.control("auth", R"({"session_seconds":900})");
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 200);
  c.pass(800'000);
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 200);
  c.pass(800'000);  // its use has kept it alive
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 200);
  c.pass(1'000'000);
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 401);
  c.control("auth", R"({"move":true})");
  const auto answer = token(c, "grant_type=client_credentials" + app);
  CHECK(text_of(answer.at("instance_url")).ends_with("/org/demo@1"));
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 401);
  CHECK(c.send("GET", "/org/demo@1/services/data/v62.0/sobjects").status == 401);
  c.use(text_of(answer.at("access_token")));
  CHECK(c.send("GET", "/org/demo/services/data/v62.0/sobjects").status == 404);
  CHECK(c.send("GET", "/org/demo@1/services/data/v62.0/sobjects").status == 200);
  c.control("auth", R"({"revoke":true})");
  CHECK(refresh(c, "sandbox-refresh-demo") == "expired access/refresh token");
}
