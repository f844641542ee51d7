// I17: whatever an org calls its fields, a statement says what it would say for plain names. Read
// back by rules of the warehouses' own, not by those that wrote it.
#include "engine/sql/merges.hpp"
#include "engine/sql/statements.hpp"
#include "tests/unit/engine/sql/anatomy.hpp"
#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {
namespace {

/// Names as an org with ill intent could try them, though snake case never lets them through.
std::string hostile(std::mt19937& random) {
  static const std::vector<std::string> parts{
      "\"",       "`",      "]", "[",     "'",  "''", "\\",
      "\\'",      "\\\"",   ";", "--",    "/*", "*/", "#",
      "$$",       "{",      "}", "{key}", "?",  "%",  "\xF0\x9F\x92\xA9",
      "\xC3\xA4", "select", "x", " ",     "\t", "@",  "E'",
      "\\\\",     "\"\"",   "``"};
  std::string out = "c";
  const std::size_t count = std::uniform_int_distribution<std::size_t>(1, 12)(random);
  for (std::size_t i = 0; i < count; ++i)
    out += parts[std::uniform_int_distribution<std::size_t>(0, parts.size() - 1)(random)];
  return out;
}

table_schema table_with(const std::string& name, const std::string& label,
                        const std::string& collection) {
  table_schema t = small();
  t.collection = collection;
  t.label = label;
  t.columns[1].name = name;
  t.columns[1].label = label;
  return t;
}

std::vector<std::string> statements_about(const dialect& d, const table_schema& table) {
  std::vector<std::string> all = create_table(d, "crm", table);
  const auto add = [&](std::vector<std::string> more) {
    for (std::string& one : more)
      all.push_back(std::move(one));
  };
  const std::vector<physical_column> columns = physical_columns(d, table);
  add(add_column(d, "crm", table, columns[1]));
  for (const merge_mode mode : {merge_mode::first_load, merge_mode::changed, merge_mode::newer,
                                merge_mode::insert, merge_mode::existing}) {
    if (mode == merge_mode::insert && d.merge.insert.empty()) continue;
    if (mode == merge_mode::existing && d.merge.update.empty()) continue;
    const auto loaded = loaded_columns(d, table, mode);
    for (const loader_rule& loader : d.loaders) {
      const source_shape shape{1, "1e", "1f", "1d", "/tmp/rows", std::string("a1"), 0};
      add(merge_statements(d, "crm", table, mode,
                           source_of(d, loader, loaded, constants_of(mode), shape)));
    }
  }
  add({is_empty(d, "crm", table), remove_rows(d, "crm", table, 2), rows_by_key(d, "crm", table, 2),
       drop_table(d, "crm", table)});
  return all;
}

TEST_CASE("I17: names and labels of a hostile org change no statement of any warehouse") {
  const auto all = load_dialects({});
  REQUIRE(all);
  std::mt19937 random(17);
  std::size_t compared = 0;
  for (const dialect& d : *all) {
    CAPTURE(d.name);
    const std::vector<std::string> plain =
        statements_about(d, table_with("plain", "Plain", "leads"));
    for (int round = 0; round < 40; ++round) {
      const std::string name = hostile(random);
      const std::string label = hostile(random);
      CAPTURE(name);
      CAPTURE(label);
      const auto made = statements_about(d, table_with(name, label, "leads"));
      REQUIRE(made.size() == plain.size());
      for (std::size_t i = 0; i < made.size(); ++i) {
        const anatomy wanted = dissect(d, plain[i]);
        const anatomy found = dissect(d, made[i]);
        CHECK_MESSAGE(!found.open, made[i]);
        CHECK_MESSAGE(found.bones == wanted.bones, made[i]);
        REQUIRE(found.names.size() == wanted.names.size());
        for (std::size_t n = 0; n < found.names.size(); ++n)
          if (wanted.names[n] == folded(d, "plain")) CHECK(found.names[n] == folded(d, name));
        ++compared;
      }
    }
  }
  CHECK(compared > 5'000);
}

TEST_CASE("I17: a text is read back as it was, without control characters") {
  const auto all = load_dialects({});
  REQUIRE(all);
  std::mt19937 random(18);
  for (const dialect& d : *all) {
    CAPTURE(d.name);
    for (int round = 0; round < 500; ++round) {
      const std::string text = hostile(random);
      CAPTURE(text);
      const anatomy found = dissect(d, "x " + literal(d, text + std::string("\0\n", 2)) + " y");
      CHECK(!found.open);
      CHECK(found.bones == "x ¤ y");
      REQUIRE(found.texts.size() == 1);
      std::string shown = text;
      std::erase(shown, '\t');
      CHECK(found.texts[0] == shown);
    }
  }
}

TEST_CASE(
    "I17: names of a thousand characters are cut to what the warehouse takes, and stay apart") {
  const auto all = load_dialects({});
  REQUIRE(all);
  for (const dialect& d : *all) {
    CAPTURE(d.name);
    const std::string one = catalog_name(d, "crm", std::string(1000, 'a') + "b");
    const std::string other = catalog_name(d, "crm", std::string(1000, 'a') + "c");
    CHECK(one.size() <= d.identifier_bytes_max);
    CHECK(one != other);
  }
}

}  // namespace
}  // namespace millrace::sql
