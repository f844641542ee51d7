// Which cells of a batch a warehouse refuses, found by asking it.
#include "engine/model/refusals.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <utility>

namespace {

using namespace millrace;
using cells = std::vector<std::pair<std::uint32_t, std::string>>;  ///< rows and columns; "": all

constexpr std::size_t columns_count = 12;

table_ptr table() {
  auto t = std::make_shared<table_schema>();
  t->collection = "leads";
  t->columns.push_back({"id", "Id", "", value_type::text, 18, 0, 0});
  t->columns.push_back({"stamp", "Stamp", "", value_type::text, 0, 0, 0});
  for (std::size_t c = 2; c < columns_count; ++c) {
    const std::string name = "f" + std::to_string(c);
    t->columns.push_back({name, name, "", value_type::text, 0, 0, 0});
  }
  t->version = 1;
  return t;
}

/// Rows whose cells are "ok", but for those named.
batch rows_with(std::size_t count,
                const std::map<std::pair<std::size_t, std::size_t>, std::string>& odd) {
  static const table_ptr t = table();
  batch_builder out(t, {1'000'000, std::size_t{1} << 30U});
  for (std::size_t row = 0; row < count; ++row) {
    out.at(0).append(std::to_string(row));
    for (std::size_t c = 1; c < columns_count; ++c) {
      const auto found = odd.find({row, c});
      if (found == odd.end())
        out.at(c).append("ok");
      else if (!found->second.empty())
        out.at(c).append(found->second);
    }
    out.end_row();
  }
  return *out.take_rest();
}

/// A warehouse that takes no "bad" cell, no row with both "a" and "b", and counts what it is asked.
struct strict_warehouse {
  std::size_t asked = 0;
  errc code = errc::warehouse_value;

  result<void> operator()(const batch& rows) {
    ++asked;
    for (std::uint32_t row = 0; row < rows.rows; ++row) {
      bool a = false;
      bool b = false;
      for (std::size_t c = 0; c < rows.columns.size(); ++c) {
        if (rows.columns[c].is_null(row)) continue;
        const auto value = rows.columns[c].value(row);
        if (value == "bad") return failure(code, "no " + rows.table->columns[c].name);
        a = a || value == "a";
        b = b || value == "b";
      }
      if (a && b) return failure(code, "a and b");
    }
    return {};
  }
};

std::vector<std::uint32_t> all(const batch& rows) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t row = 0; row < rows.rows; ++row)
    out.push_back(row);
  return out;
}

struct searched {
  result<void> done;
  std::vector<refusal> found;
  std::size_t asked = 0;
};

searched search(const batch& rows, std::vector<refusal> known = {},
                refusal_depth depth = refusal_depth::cells, strict_warehouse house = {}) {
  searched out;
  out.found = std::move(known);
  out.done = find_refusals(
      rows, all(rows), [&](const batch& some) { return house(some); }, depth, out.found);
  out.asked = house.asked;
  return out;
}

cells cells_of(const searched& s) {
  REQUIRE_MESSAGE(s.done.has_value(), (s.done ? "" : to_string(s.done.error())));
  cells out;
  for (const refusal& one : s.found)
    out.emplace_back(one.row, one.column ? table()->columns[*one.column].name : "");
  std::sort(out.begin(), out.end());
  return out;
}

TEST_CASE("I9: each refused cell is found, and the warehouse's word with it") {
  const batch rows = rows_with(1000, {{{3, 2}, "bad"}, {{700, 5}, "bad"}, {{700, 11}, "bad"}});
  const searched s = search(rows);
  CHECK(cells_of(s) == cells{{3, "f2"}, {700, "f11"}, {700, "f5"}});
  CHECK(s.found.front().why == "no f2");
}

TEST_CASE("a batch that is taken costs one trial") {
  const searched s = search(rows_with(1000, {}));
  CHECK(cells_of(s).empty());
  CHECK(s.asked == 1);
}

TEST_CASE("a column that was refused before is suspected first") {
  std::map<std::pair<std::size_t, std::size_t>, std::string> odd;
  for (std::size_t row = 0; row < 64; ++row)
    odd[{row, 7}] = "bad";
  const searched s = search(rows_with(64, odd));
  CHECK(cells_of(s).size() == 64);
  // 127 for the rows, then a handful for each.
  CHECK(s.asked < 127 + 64 * 6 + 20);
}

TEST_CASE("a row that is refused for no single cell is refused as a whole") {
  SUBCASE("because its key is") {
    batch rows = rows_with(20, {});
    rows.columns[0] = {};
    for (std::size_t row = 0; row < 20; ++row)
      rows.columns[0].append(row == 7 ? "bad" : "k");
    CHECK(cells_of(search(rows)) == cells{{7, ""}});
  }
  SUBCASE("because its version is: an older one would overwrite it") {
    CHECK(cells_of(search(rows_with(20, {{{7, 1}, "bad"}}))) == cells{{7, ""}});
  }
  SUBCASE("because two cells do not go together") {
    CHECK(cells_of(search(rows_with(20, {{{7, 3}, "a"}, {{7, 9}, "b"}}))) == cells{{7, ""}});
  }
  SUBCASE("because two cells do not go together beside one that is refused alone") {
    CHECK(cells_of(search(rows_with(20, {{{7, 2}, "bad"}, {{7, 3}, "a"}, {{7, 9}, "b"}}))) ==
          cells{{7, ""}});
  }
  SUBCASE("where trials cannot be taken back") {
    CHECK(cells_of(search(rows_with(20, {{{7, 3}, "bad"}}), {}, refusal_depth::rows)) ==
          cells{{7, ""}});
  }
}

TEST_CASE("what is known already is not asked for") {
  const batch rows = rows_with(20, {{{7, 3}, "bad"}});
  const searched s = search(rows, {{7, 3, "too long"}});
  CHECK(cells_of(s) == cells{{7, "f3"}});
  CHECK(s.asked == 1);
}

TEST_CASE("a table that refuses nearly everything is at fault itself") {
  std::map<std::pair<std::size_t, std::size_t>, std::string> odd;
  for (std::size_t row = 0; row <= refused_rows_max; ++row)
    odd[{row, 7}] = "bad";
  const searched s = search(rows_with(1000, odd));
  REQUIRE(!s.done.has_value());
  CHECK(s.done.error().code == errc::warehouse_value);
  CHECK(to_string(s.done.error()).find("too many rows") != std::string::npos);
  CHECK(to_string(s.done.error()).find("record 100") != std::string::npos);
}

TEST_CASE("another fault than a value ends the search") {
  const searched s =
      search(rows_with(20, {{{7, 3}, "bad"}}), {}, refusal_depth::cells, {0, errc::warehouse_busy});
  REQUIRE(!s.done.has_value());
  CHECK(s.done.error().code == errc::warehouse_busy);
  CHECK(s.found.empty());
}

TEST_CASE("I9: what is left of a batch by each policy") {
  const batch rows = rows_with(4, {{{2, 4}, ""}});
  const std::vector<refusal> refused{{1, 3, "x"}, {3, {}, "y"}};
  for (const value_policy policy :
       {value_policy::keep_as_text, value_policy::null_with_notice, value_policy::quarantine}) {
    const batch left = without(rows, {0, 1, 3}, refused, policy);
    const bool quarantined = policy == value_policy::quarantine;
    REQUIRE(left.rows == (quarantined ? 1 : 2));
    CHECK(left.columns[0].value(0) == "0");
    CHECK(left.columns[3].value(0) == "ok");
    if (quarantined) continue;
    CHECK(left.columns[0].value(1) == "1");
    CHECK(left.columns[3].is_null(1));
    CHECK(left.columns[4].value(1) == "ok");
  }
}

}  // namespace
