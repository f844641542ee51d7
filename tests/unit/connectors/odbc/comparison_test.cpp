// Reading rows back for a check, on a real SQLite file.
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"

#include <algorithm>

namespace {

using namespace millrace;

constexpr std::size_t created = 3;
constexpr std::size_t marked = 4;
const time_point now{milliseconds{1'700'000'000'000}};

table_ptr leads_table() {
  auto t = std::make_shared<table_schema>();
  t->collection = "leads";
  t->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                {"amount", "Amount", "", value_type::decimal, 0, 18, 2},
                {"is_deleted", "IsDeleted", "", value_type::boolean, 0, 0, 0},
                {"created_date", "CreatedDate", "", value_type::timestamp, 0, 0, 0},
                {"_millrace_deleted_at", "", "", value_type::timestamp, 0, 0, 0}};
  t->is_deleted = 2;
  t->deleted_at = marked;
  return t;
}

struct lead {
  std::string id;
  std::string amount = "1.5";
  bool in_bin = false;
  std::string made = "2026-01-01 00:00:00.000";
  std::string gone = {};
};

batch_ptr batch_of(const std::vector<lead>& leads) {
  batch_builder rows(leads_table(), {100'000, std::size_t{1} << 30U});
  for (const lead& l : leads) {
    rows.at(0).append(l.id);
    if (!l.amount.empty()) rows.at(1).append(l.amount);
    rows.at(2).append(l.in_bin ? "1" : "0");
    rows.at(created).append(l.made);
    if (!l.gone.empty()) rows.at(marked).append(l.gone);
    rows.end_row();
  }
  return rows.take_rest();
}

struct fixture {
  sqlite_leads::folder place;
  std::unique_ptr<warehouse> house = odbc::open_warehouse(target_in(place)).value();

  fixture() {
    REQUIRE(house->open_schema().has_value());
    REQUIRE(house->ensure_table(*leads_table(), sqlite_leads::first_write).has_value());
  }

  void write(const std::vector<lead>& leads) {
    const batch_ptr rows = batch_of(leads);
    REQUIRE(house->write({rows.get(), merge_mode::changed, nullptr}, now).has_value());
  }
  [[nodiscard]] std::uint64_t count(const live_rows& which = {}) const {
    return house->count_rows(*leads_table(), which).value();
  }
};

TEST_CASE_FIXTURE(fixture, "rows count that are neither in the bin nor marked, and old enough") {
  CHECK(count() == 0);
  write({{"a"},
         {"b", "1.5", true},
         {"c", "1.5", true, "2026-01-01 00:00:00.000", "2026-02-01 00:00:00.000"},
         {"d", "1.5", false, "2026-01-01 00:00:00.001"}});
  CHECK(count() == 2);
  CHECK(count({created, *parse_timestamp("2026-01-01T00:00:00.001Z")}) == 1);
  CHECK(count({created, *parse_timestamp("2026-01-01T00:00:00.000Z")}) == 0);
}

TEST_CASE_FIXTURE(fixture, "each record meets its row, whatever the order and however many") {
  std::vector<lead> many;
  many.reserve(1201);
  for (int i = 0; i < 1200; ++i)
    many.push_back({"id" + std::to_string(i)});
  write(many);
  std::reverse(many.begin(), many.end());
  many[1].amount = "1.50";  // the same number
  many[2].amount = "1.51";
  many[3].amount.clear();
  many[4].id = "nobody's";
  many.push_back(many[0]);  // comes twice
  const auto found = house->look_up(*batch_of(many));
  REQUIRE(found);
  REQUIRE(found->size() == many.size());
  for (std::size_t i = 0; i < many.size(); ++i) {
    CAPTURE(i);
    const row_state expected = i == 2 || i == 3 ? row_state::differs
                               : i == 4         ? row_state::missing
                                                : row_state::same;
    CHECK((*found)[i].state == expected);
    CHECK((*found)[i].live == (i != 4));
  }
}

TEST_CASE_FIXTURE(fixture, "a row in the bin, or marked, is there and not live") {
  write({{"bin", "1.5", true},
         {"gone", "1.5", true, "2026-01-01 00:00:00.000", "2026-02-01 00:00:00.000"}});
  const auto found = house->look_up(*batch_of({{"bin", "1.5", true}, {"gone"}}));
  REQUIRE(found);
  CHECK((*found)[0].state == row_state::same);
  CHECK_FALSE((*found)[0].live);
  CHECK((*found)[1].state == row_state::differs);
  CHECK_FALSE((*found)[1].live);
}

TEST_CASE_FIXTURE(fixture, "keys beyond the known ones are named, and no more than are wanted") {
  write({{"a"}, {"b"}, {"c"}, {"d", "1.5", true}});
  key_filter known;
  known.add("b");
  auto keys = house->keys_beyond(*leads_table(), {}, known, 20).value();
  std::sort(keys.begin(), keys.end());
  CHECK(keys == std::vector<std::string>{"a", "c"});
  CHECK(house->keys_beyond(*leads_table(), {}, known, 1).value().size() == 1);
}

}  // namespace
