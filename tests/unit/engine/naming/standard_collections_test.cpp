// The literal table of the 48 collections, and the naming rule, against the recorded field lists.
#include "engine/naming/standard_collections.hpp"

#include "engine/naming/snake_case.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

struct property_row {
  std::string collection;
  std::string object;
  std::string property;
  std::string field;  ///< "-": not from a field
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

/// None when the recorded data is not on this machine.
std::vector<property_row> recorded_rows() {
  std::vector<property_row> rows;
  std::ifstream in(MILLRACE_SHARED_DATA "/segment-salesforce-collections.tsv");
  bool header = true;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> cells = cells_of(line);
    REQUIRE(cells.size() == 8);
    if (!header) rows.push_back({cells[0], cells[1], cells[2], cells[4]});
    header = false;
  }
  if (rows.empty()) MESSAGE("skipped: segment-salesforce-collections.tsv is not on this machine");
  return rows;
}

TEST_CASE("the table is sorted, without repetition, and finds what it holds") {
  const auto table = standard_collections();
  REQUIRE(table.size() == 48);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i > 0) CHECK(table[i - 1].object < table[i].object);
    CHECK(names.insert(table[i].collection).second);
    CHECK(standard_collection_of(table[i].object) == table[i].collection);
  }
  CHECK(standard_collection_of("OpportunityLineItem") == "opportunity_product");
  CHECK(standard_collection_of("UserRole") == "role");
  CHECK(standard_collection_of("Group") == "_group");
  CHECK(standard_collection_of("Name") == "names");
  CHECK_FALSE(standard_collection_of("account"));
  CHECK_FALSE(standard_collection_of("AccountHistory"));
  CHECK_FALSE(standard_collection_of(""));
  CHECK_FALSE(standard_collection_of("zzz"));
}

TEST_CASE("the table is the recorded one") {
  std::map<std::string, std::string> recorded;
  for (const property_row& row : recorded_rows())
    recorded.emplace(row.object, row.collection);
  if (recorded.empty()) return;
  CHECK(recorded.size() == 48);
  for (const auto& entry : recorded) {
    CAPTURE(entry.first);
    CHECK(standard_collection_of(entry.first) == entry.second);
  }
}

TEST_CASE("every recorded property is the snake case of its field") {
  std::size_t checked = 0;
  for (const property_row& row : recorded_rows()) {
    if (row.field == "-") continue;
    CAPTURE(row.object);
    CAPTURE(row.field);
    CHECK(snake_case(row.field) == row.property);
    CHECK(identifier_of(row.field) == row.property);
    ++checked;
  }
  if (checked > 0) CHECK(checked > 1000);
}

}  // namespace
}  // namespace millrace
