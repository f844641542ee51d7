// Dialect files: what is left out has a sensible default, and faults have a place.
#include "engine/sql/dialect_file.hpp"

#include "engine/sql/merges.hpp"
#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using namespace millrace;
using namespace millrace::sql;

std::string fault(const std::string& text) {
  const auto d = parse_dialect(text, "mine.toml");
  REQUIRE(!d.has_value());
  CHECK(d.error().code == errc::dialect_invalid);
  CHECK(d.error().message.starts_with("mine.toml:"));
  return d.error().message;
}

void check_fault(const std::string& from, const std::string& to, const std::string& message) {
  CHECK(fault(with(shortest, from, to)) == message);
}

TEST_CASE("what comes with millrace can be read") {
  const auto all = load_dialects({});
  REQUIRE_MESSAGE(all.has_value(), (all ? "" : to_string(all.error())));
  std::set<std::string> names;
  for (const dialect& d : *all) {
    CAPTURE(d.name);
    CHECK(names.insert(d.name).second);
    CHECK((d.tested == "engine" || d.tested == "emulation" || d.tested == "parser"));
    CHECK(!d.dbms_patterns.empty());
    // The last resort of `existing` and of single rows.
    CHECK(std::any_of(d.loaders.begin(), d.loaders.end(),
                      [](const loader_rule& l) { return !l.for_updates; }));
  }
  CHECK(names.size() == shipped_dialects().size());
  CHECK(names.size() >= 15);
}

TEST_CASE("what is left out has a default") {
  const dialect d = parsed(shortest);
  CHECK(d.transactions);
  CHECK(!d.transactional_ddl);
  CHECK(!d.wide_parameters);
  CHECK(d.folding == name_case::lower);
  CHECK(d.batch_rows == 2000);
  CHECK(!d.staging.has_value());
  CHECK(d.read_checkpoints == "SELECT {columns} FROM {table} ORDER BY {key}");
  CHECK(d.types.nullable == "{type}");
  CHECK(d.merge.first_assignment == d.merge.assignment);
  CHECK(d.merge.update_differs == d.merge.column_differs);
  REQUIRE(d.loaders.size() == 1);
  CHECK(d.loaders[0].source == "VALUES {rows}");
  CHECK(d.loaders[0].cell == "?");
  CHECK(d.loaders[0].direct);
  CHECK(!d.loaders[0].casts);
}

TEST_CASE("a fault in a dialect file has a file, a line and a column") {
  check_fault("[types]", "[types]\nspeed = 3", "mine.toml:14:1: the key types.speed is unknown");
  check_fault("bytes_max = 40", "", "mine.toml:6:1: the key identifiers.bytes_max is missing");
  check_fault("bytes_max = 40", "bytes_max = \"x\"",
              "mine.toml:8:13: identifiers.bytes_max must be a number above 0");
  check_fault("bytes_max = 40", "bytes_max = 0",
              "mine.toml:8:13: identifiers.bytes_max must be a number above 0");
  check_fault("style = \"schema\"", "style = \"folder\"",
              "mine.toml:11:9: schema.style must be \"schema\", \"file\" or \"prefix\"");
  check_fault("dbms    = [\"MyDB\"]", "dbms = [1]", "mine.toml:4:9: dbms must hold texts only");
  check_fault("[schema]", "[connection]\nwide_parameters = 1\n[schema]",
              "mine.toml:11:19: connection.wide_parameters must be true or false");
  check_fault("quote     = '\"'", "quote = \"'''\"",
              "mine.toml:7:9: identifiers.quote must be one character, or a pair");
  check_fault("bytes_max = 40", "bytes_max = 40\ncase = \"both\"",
              "mine.toml:9:8: identifiers.case must be \"lower\" or \"upper\"");
  check_fault("bytes_max = 40", "bytes_max = 40\nquote_escape = \"none\"",
              "mine.toml:9:16: identifiers.quote_escape must be \"double\" or \"backslash\"");
  check_fault("bytes_max = 40",
              "bytes_max = 40\ntext_escape = \"backslash\"\nbackslash_escapes = false",
              "mine.toml:10:21: identifiers.backslash_escapes is false, but text_escape is "
              "\"backslash\"");
  CHECK(fault("name = ").starts_with("mine.toml:1:"));
  CHECK(fault("").find("the key name is missing") != std::string::npos);
}

TEST_CASE("complaints mean something that docs/errors.md has") {
  const std::string rule = std::string(shortest) + "\n[[errors]]\nnative = 5\nmeaning = \"{}\"\n";
  CHECK(parsed(with(rule, "{}", "warehouse_busy")).errors[0].meaning == errc::warehouse_busy);
  CHECK(fault(with(rule, "{}", "bussy")).find("'bussy' is not a code of docs/errors.md") !=
        std::string::npos);
  CHECK(fault(with(rule, "{}\"", "warehouse_busy\"\nretry = \"soon\""))
            .find("errors.retry must be \"later\" or \"never\"") != std::string::npos);
}

TEST_CASE("loaders fit what there is") {
  const std::string text = shortest;
  const auto loader = [&](const std::string& rule) {
    return with(text, "name = \"multi_row\"\nrows = 10\n", rule);
  };
  const std::string staging =
      "\n[staging]\ncreate = \"CREATE TEMP TABLE {staging} ({columns})\"\nclear = \"DELETE FROM "
      "{staging}\"\n";
  CHECK(fault(loader("name = \"teleport\"\nrows = 1")).find("loaders.name must be split_text") !=
        std::string::npos);
  CHECK(fault(loader("name = \"multi_row\"")).find("loaders.rows is missing") != std::string::npos);
  CHECK(fault(loader("name = \"split_text\"")).find("loaders.source is missing") !=
        std::string::npos);
  CHECK(fault(loader("name = \"multi_row\"\nrows = 1\ndirect = false"))
            .find("there is no [staging]") != std::string::npos);
  CHECK(fault(loader("name = \"multi_row\"\nrows = 1\npurpose = \"fun\""))
            .find("loaders.purpose must be") != std::string::npos);
  CHECK(fault(loader("name = \"local_file\"\ninto_staging = \"LOAD\"\ndirect = true") + staging)
            .find("into_staging needs [staging] and direct = false") != std::string::npos);
  CHECK(fault(loader("name = \"split_text\"\ninto_staging = \"LOAD\"\n") + staging)
            .find("into_staging is for local_file only") != std::string::npos);
  CHECK(fault(loader("name = \"multi_row\"\nrows = 1\nwarnings = \"SHOW WARNINGS\"\n"))
            .find("warnings is for local_file only") != std::string::npos);
  CHECK(fault(with(text, "[[loaders]]\nname = \"multi_row\"\nrows = 10\n", ""))
            .find("loaders must hold one loader at least") != std::string::npos);

  const dialect staged =
      parsed(loader("name = \"local_file\"\ninto_staging = \"LOAD '{file}'\"\n") + staging);
  CHECK(!staged.loaders[0].direct);
  CHECK(staged.loaders[0].into_staging == std::vector<std::string>{"LOAD '{file}'"});
  CHECK(staged.staging->qualifier == "{schema}.");
  CHECK(staged.staging->column == "{column} {type}");
  const dialect single = parsed(loader("name = \"single_row\"\n"));
  CHECK(single.loaders[0].rows == 1);
  CHECK(parsed(loader("name = \"split_text\"\nsource = \"SELECT {cells}\"\n")).loaders[0].casts);
}

TEST_CASE("the example of docs/dialects.md is a dialect") {
  std::ifstream in(std::string(MILLRACE_SOURCE_DIR) + "/docs/dialects.md");
  std::stringstream page;
  page << in.rdbuf();
  const std::string text = page.str();
  const auto begin = text.find("```toml\n");
  const auto end = text.find("```\n", begin + 1);
  REQUIRE(begin != std::string::npos);
  const dialect d = parsed(text.substr(begin + 8, end - begin - 8));
  CHECK(d.name == "mine");
  CHECK(merge_statements(d, "crm", small(), merge_mode::newer, "S").size() == 1);
}

TEST_CASE("a folder's dialects win by name over those that come with millrace") {
  const auto folder = std::filesystem::temp_directory_path() / "millrace_dialects_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.toml") << shortest;
  std::ofstream(folder / "b.toml")
      << with(shipped_text("sqlite"), "title          = \"SQLite 3\"", "title = \"My SQLite\"");
  std::ofstream(folder / "c.txt") << "not a dialect";
  const auto all = load_dialects({folder.string()});
  std::filesystem::remove_all(folder);
  REQUIRE_MESSAGE(all.has_value(), (all ? "" : to_string(all.error())));
  CHECK(all->size() == shipped_dialects().size() + 1);
  const auto found =
      std::find_if(all->begin(), all->end(), [](const dialect& d) { return d.name == "sqlite"; });
  REQUIRE(found != all->end());
  CHECK(found->title == "My SQLite");
  CHECK(!load_dialects({"/nowhere"}).has_value());
}

}  // namespace
