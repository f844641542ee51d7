// Batches and their columns.
#include "engine/model/batch.hpp"

#include "engine/model/deduplicate.hpp"
#include "engine/time.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace {

using namespace millrace;

table_ptr two_columns() {
  auto t = std::make_shared<table_schema>();
  t->collection = "t";
  t->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                {"v", "V", "", value_type::timestamp, 0, 0, 0}};
  t->version = 1;
  return t;
}

TEST_CASE("cells that a row lacks are NULL, and a row that was dropped leaves nothing") {
  batch_builder rows(two_columns(), {});
  rows.at(1).append("x");
  rows.end_row();
  rows.at(0).append("half");
  rows.at(1).open_cell() += "open";
  rows.drop_row();
  rows.at(0).append("2");
  rows.end_row();
  const batch_ptr b = rows.take_rest();
  REQUIRE(b->rows == 2);
  CHECK(b->columns[0].is_null(0));
  CHECK(b->columns[1].value(0) == "x");
  CHECK(b->columns[0].value(1) == "2");
  CHECK(b->columns[1].is_null(1));
}

TEST_CASE("I12: a batch ends at its rows or at its bytes") {
  batch_builder by_rows(two_columns(), {10, 1 << 20});
  for (int i = 0; i < 25; ++i)
    by_rows.end_row();
  CHECK(by_rows.take_ready().size() == 2);
  CHECK(by_rows.take_rest()->rows == 5);
  batch_builder by_bytes(two_columns(), {100'000, 1 << 16});
  for (int i = 0; i < 640; ++i) {
    by_bytes.at(0).append(std::string(1000, 'x'));
    by_bytes.end_row();
  }
  CHECK(by_bytes.take_ready().size() >= 5);
}

TEST_CASE("I12: rows that have ended leave, and the row that is being written goes on") {
  batch_builder rows(two_columns(), {});
  CHECK(rows.take_ended() == nullptr);
  for (const char* id : {"1", "2"}) {
    rows.at(0).append(id);
    rows.end_row();
  }
  rows.at(0).append("3");
  rows.at(1).open_cell() += "be";
  const batch_ptr ended = rows.take_ended();
  REQUIRE(ended != nullptr);
  CHECK(ended->rows == 2);
  CHECK(ended->columns[0].size() == 2);
  CHECK(ended->columns[1].size() == 2);
  CHECK(rows.take_ended() == nullptr);
  CHECK(rows.has_cell(0));
  CHECK(!rows.has_cell(1));
  rows.at(1).open_cell() += "gun";
  rows.at(1).close_cell();
  rows.end_row();
  rows.at(0).append_null();
  const batch_ptr third = rows.take_ended();
  REQUIRE(third->rows == 1);
  CHECK(third->columns[0].value(0) == "3");
  CHECK(third->columns[1].value(0) == "begun");
  rows.end_row();
  CHECK(rows.take_rest()->columns[0].is_null(0));
}

TEST_CASE("validity survives the borders of its words") {
  column c;
  for (int i = 0; i < 200; ++i)
    i % 3 == 0 ? c.append_null() : c.append(std::to_string(i));
  for (std::size_t i = 0; i < 200; ++i)
    CHECK(c.is_null(i) == (i % 3 == 0));
  c.truncate(70);
  c.append_null();
  CHECK(c.size() == 71);
  CHECK(c.is_null(70));
  CHECK(c.value(68) == "68");
}

TEST_CASE("I9: a text that is copied with what stands behind it ends where it ends") {
  const std::string piece(200, 'x');
  column c;
  for (std::size_t length = 0; length < 100; ++length)
    c.append_padded_or_null(std::string_view(piece).substr(0, length));
  c.append("end");
  for (std::size_t length = 0; length < 100; ++length) {
    CHECK(c.value(length) == std::string(length, 'x'));
    CHECK(c.is_null(length) == (length == 0));
  }
  CHECK(c.value(100) == "end");
  c.truncate(40);
  c.append_padded_or_null(std::string_view(piece).substr(0, 2));
  CHECK(c.value(39) == std::string(39, 'x'));
  CHECK(c.value(40) == "xx");
}

TEST_CASE("I5: of rows with one key the newest stands") {
  batch_builder rows(two_columns(), {});
  const auto add = [&](const char* id, const char* v) {
    rows.at(0).append(id);
    if (v != nullptr) rows.at(1).append(v);
    rows.end_row();
  };
  add("b", "2024-01-02 00:00:00.000");
  add("c", nullptr);
  add("b", "2024-01-01 00:00:00.000");
  add("c", "2024-01-01 00:00:00.000");
  add("a", nullptr);
  add("d", "2024-01-01 00:00:00.000");
  add("d", "2024-01-01 00:00:00.000");  // pages that were read twice: the last one stands
  CHECK(rows_to_merge(*rows.take_rest()) == std::vector<std::uint32_t>{4, 0, 3, 6});
  add("a", nullptr);
  add("b", nullptr);
  CHECK(rows_to_merge(*rows.take_rest()) == std::vector<std::uint32_t>{0, 1});
  add("a", "2024-01-01 00:00:00.000");  // in order of keys, but for one that comes twice
  add("a", "2024-01-01 00:00:00.000");
  add("b", nullptr);
  CHECK(rows_to_merge(*rows.take_rest()) == std::vector<std::uint32_t>{1, 2});
  CHECK(rows_to_merge(*rows.take_rest()).empty());
}

TEST_CASE("times: every form that Salesforce writes, and what is none") {
  const auto t = parse_timestamp("2024-01-02T03:04:05.678+0000");
  REQUIRE(t.has_value());
  CHECK(to_canonical(*t) == "2024-01-02 03:04:05.678");
  CHECK(to_iso(*t) == "2024-01-02T03:04:05.678Z");
  for (const char* same :
       {"2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678+00:00",
        "2024-01-02T04:04:05.678+01:00", "2024-01-02 03:04:05.678", "2024-01-01T19:04:05.678-0800"})
    CHECK(parse_timestamp(same) == t);
  for (const char* wrong : {"", "2024-02-30T00:00:00Z", "2024-01-02", "2024-01-02T25:00:00Z",
                            "2024-01-02T03:04:05.Z", "x"})
    CHECK(!parse_timestamp(wrong));
  CHECK(to_canonical(*parse_timestamp("1700-01-01T00:00:00Z")) == "1700-01-01 00:00:00.000");
  CHECK(to_canonical(*parse_http_date("Tue, 24 Nov 2026 12:55:47 GMT")) ==
        "2026-11-24 12:55:47.000");
  CHECK(!parse_http_date("Tue, 24 Nov 2026"));
}

TEST_CASE("of hashed columns only hashes are in a batch, and NULL stays NULL") {
  auto table = std::make_shared<table_schema>();
  table->collection = "leads";
  table->columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
                    {"email", "Email", "", value_type::text, 64, 0, 0, {}, true}};
  const std::string mail = "somebody@example.com, in many more letters than a hash has: it goes";
  batch_builder rows(table, {2, 1U << 20U},
                     [](std::string_view value) { return fmt::format("#{}", value.size()); });
  for (const char* id : {"a", "b", "c"}) {
    rows.at(0).append(id);
    if (*id != 'b') rows.at(1).append(mail);
    rows.end_row();
  }
  std::vector<batch_ptr> all = rows.take_ready();
  all.push_back(rows.take_rest());
  REQUIRE(all.size() == 2);
  CHECK(all[0]->columns[1].value(0) == "#67");
  CHECK(all[0]->columns[1].is_null(1));
  CHECK(all[1]->columns[1].value(0) == "#67");
  for (const batch_ptr& b : all)
    CHECK(b->columns[1].all_bytes().find("somebody") == std::string_view::npos);
  // Without a function nothing of the value is kept.
  batch_builder without(table, {});
  without.at(0).append("a");
  without.at(1).append(mail);
  without.end_row();
  CHECK(without.take_rest()->columns[1].is_null(0));
}

}  // namespace
