// How a source logs in: the keys of each flow, and where refresh tokens are kept.
#include "tests/unit/engine/config/config_world.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

using namespace config_test;
using strings = std::vector<std::string>;
using flow_kind = source_settings::flow_kind;

std::string source_text(const std::string& name, const std::string& auth) {
  return fmt::format(
      "[source.{}]\nlogin_url = \"https://acme.my.salesforce.com\"\nauth = {{ {} }}\n", name, auth);
}

constexpr const char* refreshing = "flow = \"refresh_token\", client_id = \"i\"";

TEST_CASE("what each flow says") {
  const auto loaded = load_text(
      source_text("a",
                  "flow = \"jwt\", client_id = \"i\", username = \"u\", private_key = \"k\", "
                  "audience = \"https://test.salesforce.com/\"") +
      source_text("b",
                  "flow = \"password\", client_id = \"i\", username = \"u\", password = \"p\", "
                  "security_token = \"t\"") +
      source_text("c", refreshing));
  REQUIRE(messages_of(loaded) == strings{});
  const source_settings& a = *loaded.config.find_source("a");
  CHECK(a.flow == flow_kind::jwt);
  CHECK(a.username == "u");
  CHECK(a.private_key.reveal() == "k");
  CHECK(a.audience == "https://test.salesforce.com");
  CHECK(a.token_store.empty());
  const source_settings& b = *loaded.config.find_source("b");
  CHECK(b.flow == flow_kind::password);
  CHECK(b.password.reveal() == "p");
  CHECK(b.security_token.reveal() == "t");
  CHECK(loaded.config.find_source("c")->refresh_token.empty());
  REQUIRE(loaded.notices.size() == 1);
  CHECK(loaded.notices.front().starts_with(
      "m.toml:6:17: source.b.auth.flow = \"password\" is discouraged"));
}

TEST_CASE("where refresh tokens are kept") {
  const auto place = [](const std::string& text, std::map<std::string, std::string> variables) {
    config_world world;
    world.variables = std::move(variables);
    const auto loaded = load_text(text, world);
    REQUIRE(messages_of(loaded) == strings{});
    return loaded.config.find_source("a")->token_store;
  };
  const std::string plain = source_text("a", refreshing);
  CHECK(place(plain, {{"HOME", "/h"}}) == "/h/.local/state/millrace/a.token");
  CHECK(place(plain, {{"HOME", "/h"}, {"XDG_STATE_HOME", "/s"}}) == "/s/millrace/a.token");
  CHECK(place(plain, {{"HOME", "/h"}, {"XDG_STATE_HOME", "s"}}) ==
        "/h/.local/state/millrace/a.token");
  CHECK(place("[host]\nstate = \"/var/lib/m\"\n" + plain, {}) == "/var/lib/m/a.token");
  CHECK(place(source_text("a", fmt::format("{}, token_store = \"/t\"", refreshing)), {}) == "/t");
}

TEST_CASE("a place that is not there, or that two sources share") {
  config_world nowhere;
  nowhere.variables.clear();
  CHECK(only_fault(load_text(source_text("a", refreshing), nowhere))
            .message.find("source.a has no place for its refresh token") != std::string::npos);
  const std::string shared = fmt::format("{}, token_store = \"/s//t\"", refreshing);
  const std::string same = fmt::format("{}, token_store = \"/s/t\"", refreshing);
  CHECK(only_fault(load_text(source_text("a", shared) + source_text("b", same)))
            .message.find("source.b keeps its refresh token where source.a does, in \"/s/t\"") !=
        std::string::npos);
}

}  // namespace
}  // namespace millrace
