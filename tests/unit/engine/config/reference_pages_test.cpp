// The reference pages are what the tables make of them. MILLRACE_UPDATE_DOCS=1 writes them anew.
#include "engine/config/reference_pages.hpp"

#include "engine/config/options.hpp"
#include "engine/config/values.hpp"
#include "tests/unit/engine/config/config_world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace millrace {
namespace {

void compare(const std::string& page, const std::string& name) {
  const std::string path = std::string(MILLRACE_SOURCE_DIR "/docs/") + name;
  if (std::getenv("MILLRACE_UPDATE_DOCS") != nullptr) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << page;
    MESSAGE("wrote " << path);
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  CHECK_MESSAGE(text.str() == page, name << " is out of date: run with MILLRACE_UPDATE_DOCS=1");
}

TEST_CASE("docs/configuration.md") {
  compare(options_page(), "configuration.md");
}

TEST_CASE("docs/errors.md") {
  compare(errors_page(), "errors.md");
}

TEST_CASE("the option table is whole") {
  std::set<std::string> seen;
  for (const option& o : option_table()) {
    CAPTURE(o.section);
    CAPTURE(o.key);
    CHECK(seen.insert(fmt::format("{} {}", o.section, o.key)).second);
    CHECK_FALSE(o.text.empty());
    CHECK(o.text.ends_with('.'));
    CHECK_FALSE(o.example.empty());
    CHECK_FALSE((o.needed && !o.fallback.empty()));
    CHECK((o.kind == option_kind::choice) == !o.choices.empty());
    const bool bounded = o.kind == option_kind::number || o.kind == option_kind::size ||
                         o.kind == option_kind::duration;
    CHECK(bounded == !o.low.empty());
    CHECK(bounded == !o.high.empty());
    if (o.kind == option_kind::size) CHECK(parse_size(o.low) < parse_size(o.high));
    if (o.kind == option_kind::duration) CHECK(parse_duration(o.low) < parse_duration(o.high));
  }
}

/// The section as TOML, each of its options with the value that `value_of` gives.
template <class Value>
std::string section_text(std::string_view section, Value value_of) {
  std::string head(section);
  for (auto name = head.find("NAME"); name != std::string::npos; name = head.find("NAME"))
    head.replace(name, 4, "main");
  std::string text = fmt::format("[{}]\n", head);
  for (const option& o : option_table()) {
    if (o.section != section || o.kind == option_kind::table) continue;
    if (const std::string value = value_of(o); !value.empty())
      text += fmt::format("{} = {}\n", o.key, value);
  }
  return text;
}

/// A configuration from every section; names that are referred to are all "main". A pipeline runs
/// by an interval or by a calendar.
template <class Value>
std::string whole_text(bool by_calendar, Value value_of) {
  std::string text;
  for (const char* section : {"host", "tenant.NAME", "warehouse.NAME", "source.NAME",
                              "source.NAME.auth", "pipeline.NAME", "pipeline.NAME.collection.NAME"})
    text += section_text(section, [&](const option& o) -> std::string {
      if (o.key == "source" || o.key == "warehouse") return "\"main\"";
      if (o.key == "every" && by_calendar) return {};
      if ((o.key == "at" || o.key == "time_zone") && !by_calendar) return {};
      return value_of(o);
    });
  return text;
}

config_test::config_world example_world() {
  config_test::config_world world;
  for (const char* name :
       {"DB_PASSWORD", "ACME_ID", "ACME_SECRET", "ACME_CLIENT_ID", "ACME_CLIENT_SECRET",
        "ACME_PASSWORD", "ACME_SECURITY_TOKEN", "HASH_SALT"})
    world.variables[name] = "x";
  for (const char* file : {"/run/secrets/acme.token", "/run/secrets/acme.pem"})
    world.files[file] = "x";
  return world;
}

TEST_CASE("every example and every default of the table can be used") {
  const auto messages_with = [](auto value_of) {
    std::vector<std::string> all;
    for (const bool by_calendar : {false, true})
      for (std::string& message : config_test::messages_of(
               config_test::load_text(whole_text(by_calendar, value_of), example_world())))
        all.push_back(std::move(message));
    return all;
  };
  const std::vector<std::string> none;
  CHECK(messages_with([](const option& o) { return std::string(o.example); }) == none);
  CHECK(messages_with([](const option& o) {
          return std::string(o.fallback.empty() ? o.example : o.fallback);
        }) == none);
  for (const bool high : {false, true})
    CHECK(messages_with([&](const option& o) {
            if (o.low.empty()) return std::string(o.example);
            const std::string_view bound = high ? o.high : o.low;
            return o.kind == option_kind::number ? std::string(bound)
                                                 : fmt::format("\"{}\"", bound);
          }) == none);
}

}  // namespace
}  // namespace millrace
