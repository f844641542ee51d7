// A check's warehouse: what it makes of what is found, and that it changes nothing.
#include "actors/comparing_warehouse.hpp"

#include <doctest/doctest.h>

#include "fake_warehouse.hpp"
#include <array>

namespace millrace {
namespace {

constexpr std::size_t stamp = 1;
constexpr std::size_t made = 2;

table_ptr table_of_leads() {
  auto t = std::make_shared<table_schema>();
  t->collection = "leads";
  t->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                {"system_modstamp", "SystemModstamp", "", value_type::timestamp, 0, 0, 0},
                {"created_date", "CreatedDate", "", value_type::timestamp, 0, 0, 0}};
  return t;
}

batch_ptr batch_of(const std::vector<std::array<const char*, 3>>& records) {
  batch_builder rows(table_of_leads(), {1000, std::size_t{1} << 20U});
  for (const auto& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i)
      rows.at(i).append(record[i]);
    rows.end_row();
  }
  return rows.take_rest();
}

constexpr const char* before = "2026-01-01 00:00:00.000";
constexpr const char* after = "2026-01-02 00:00:00.000";

TEST_CASE(
    "records that were changed after the moment are not judged, and new ones explain no row") {
  comparison_log log;
  log.begin({stamp, made, parse_timestamp("2026-01-01T12:00:00Z")}, {"id", "system_modstamp"});
  const auto rows = batch_of({{"same", before, before},
                              {"other", before, before},
                              {"absent", before, before},
                              {"changed", after, before},
                              {"new", after, after},
                              {"binned", before, before}});
  log.take(*rows, {{row_state::same, true},
                   {row_state::differs, true},
                   {row_state::missing, false},
                   {row_state::differs, true},
                   {row_state::missing, false},
                   {row_state::same, false}});
  const cell_comparison cells = log.cells();
  CHECK(cells.compared == 4);
  CHECK(cells.changed_since == 2);
  CHECK(cells.differing.keys == std::vector<std::string>{"other"});
  CHECK(cells.missing.keys == std::vector<std::string>{"absent"});
  CHECK(log.explained_rows() == 3);  // same, other, changed
  CHECK(log.keys()->may_have("absent"));
  CHECK_FALSE(log.keys()->may_have("never came"));
}

TEST_CASE("without a moment everything is judged, and the next collection begins anew") {
  comparison_log log;
  log.begin({stamp, made, {}}, {"id"});
  log.take(*batch_of({{"a", after, after}}), {{row_state::differs, true}});
  CHECK(log.cells().differing.count == 1);
  log.begin({}, {"id"});
  CHECK(log.cells().differing.count == 0);
  CHECK(log.explained_rows() == 0);
}

TEST_CASE("writing becomes looking up, and nothing reaches the warehouse") {
  warehouse_log inner;
  auto log = std::make_shared<comparison_log>();
  log->begin({}, {"id"});
  const auto house = make_comparing_warehouse(std::make_unique<fake_warehouse>(inner, 100), log);
  const auto rows = batch_of({{"a", before, before}, {"b", before, before}});
  const auto done = house->write({rows.get(), merge_mode::changed, nullptr}, {});
  REQUIRE(done);
  CHECK(done->rows == 2);
  CHECK(log->cells().missing.count == 2);  // the fake has no rows
  const checkpoint position;
  CHECK_FALSE(house->write({rows.get(), merge_mode::changed, &position}, {}));
  CHECK_FALSE(house->open_schema());
  CHECK_FALSE(house->ensure_table(*table_of_leads(), {}));
  CHECK_FALSE(house->remove(*table_of_leads(), {"a"}));
  CHECK_FALSE(house->begin_keys(*table_of_leads()));
  CHECK_FALSE(house->compare_keys(*table_of_leads(), *table_of_leads()));
  CHECK_FALSE(house->forget({"leads"}));
  CHECK(inner.commits.empty());
}

}  // namespace
}  // namespace millrace
