// The nearest word: slips of typing are found, strangers are not.
#include "engine/config/suggest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

const std::vector<std::string> words{"login_url", "auth", "api", "api_version", "overlap"};

TEST_CASE("slips are found") {
  CHECK(nearest_word("login_ulr", words) == "login_url");  // two letters swapped
  CHECK(nearest_word("loginurl", words) == "login_url");   // one is missing
  CHECK(nearest_word("login-url", words) == "login_url");
  CHECK(nearest_word("LOGIN_URL", words) == "login_url");
  CHECK(nearest_word("apis", words) == "api");
  CHECK(nearest_word("auht", words) == "auth");
  CHECK(nearest_word("api_verison", words) == "api_version");
}

TEST_CASE("strangers are not") {
  CHECK(nearest_word("", words).empty());
  CHECK(nearest_word("xyz", words).empty());
  CHECK(nearest_word("schema", words).empty());
  CHECK(nearest_word(std::string(1000, 'a'), words).empty());
  CHECK(nearest_word("api", {}).empty());
}

}  // namespace
}  // namespace millrace
