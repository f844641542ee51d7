// A table of leads in a SQLite file of its own. What was written is read back by the sqlite3 C API.
#pragma once

#include "connectors/odbc/odbc_warehouse.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace sqlite_leads {

using namespace millrace;

/// A folder that goes with the test.
struct folder {
  folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "millrace-odbc-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::filesystem::path path;
};

/// The schema `crm` in that folder.
inline warehouse_target target_in(const folder& place) {
  warehouse_target target;
  target.name = "main";
  target.connection_string = "Driver=SQLite3;Database=" + place.path.string() + "/{schema}.db";
  target.schema = "crm";
  return target;
}

/// All rows of a query as text; "NULL" for NULL.
inline std::vector<std::vector<std::string>> read_back(const std::filesystem::path& file,
                                                       const std::string& query) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE_MESSAGE(sqlite3_prepare_v2(db, query.c_str(), -1, &statement, nullptr) == SQLITE_OK,
                  sqlite3_errmsg(db));
  std::vector<std::vector<std::string>> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    std::vector<std::string> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row.emplace_back(
          text == nullptr
              ? "NULL"
              : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))));
    }
    rows.push_back(std::move(row));
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return rows;
}

inline void run_sql(const std::filesystem::path& file, const std::string& text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

inline table_ptr leads_table(bool with_more = false, bool with_version = true) {
  auto t = std::make_shared<table_schema>();
  t->collection = "leads";
  t->columns = {{"id", "Id", "Id", value_type::text, 18, 0, 0},
                {"name", "Name", "Name", value_type::text, 255, 0, 0},
                {"amount", "Amount", "Amount", value_type::decimal, 0, 18, 2},
                {"is_deleted", "IsDeleted", "Deleted", value_type::boolean, 0, 0, 0},
                {"system_modstamp", "SystemModstamp", "Stamp", value_type::timestamp, 0, 0, 0}};
  if (with_more) t->columns.push_back({"wish_c", "Wish__c", "Wish", value_type::text, 80, 0, 0});
  t->key = 0;
  if (with_version) t->version = 4;
  return t;
}

struct lead {
  std::string id;
  std::string name;
  std::string amount = "1.5";
  std::string stamp = "2024-01-02 03:04:05.000";
};

inline batch_ptr batch_of(const table_ptr& table, const std::vector<lead>& leads) {
  batch_builder rows(table, {100'000, std::size_t{1} << 30U});
  rows.set_received_at(time_point{milliseconds{1'700'000'000'000}});
  for (const lead& l : leads) {
    rows.at(0).append(l.id);
    if (!l.name.empty()) rows.at(1).append(l.name);
    rows.at(2).append(l.amount);
    rows.at(3).append("0");
    rows.at(4).append(l.stamp);
    rows.end_row();
  }
  return rows.take_rest();
}

inline const time_point first_write{milliseconds{1'700'000'100'000}};
inline const time_point second_write{milliseconds{1'700'000'200'000}};

struct fixture {
  folder place;
  warehouse_target target = target_in(place);
  std::filesystem::path file = place.path / "crm.db";

  std::unique_ptr<warehouse> open() {
    auto house = odbc::open_warehouse(target);
    REQUIRE_MESSAGE(house.has_value(), (house ? "" : to_string(house.error())));
    return std::move(*house);
  }
  std::unique_ptr<warehouse> ready(const table_ptr& table = leads_table()) {
    auto house = open();
    const auto opened = house->open_schema();
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : to_string(opened.error())));
    REQUIRE(house->ensure_table(*table, first_write).has_value());
    return house;
  }
  /// Checkpoints of collections, without those of passes and notes.
  static std::vector<checkpoint> positions(warehouse& house) {
    auto known = house.read_checkpoints();
    REQUIRE_MESSAGE(known.has_value(), (known ? "" : to_string(known.error())));
    std::erase_if(*known,
                  [](const checkpoint& c) { return c.collection.find('/') != std::string::npos; });
    return std::move(*known);
  }
  receipt write(warehouse& house, const std::vector<lead>& leads,
                merge_mode mode = merge_mode::changed, const table_ptr& table = leads_table(),
                time_point now = first_write) {
    const auto done = house.write({batch_of(table, leads).get(), mode, nullptr}, now);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : to_string(done.error())));
    return *done;
  }
  std::string name_of_lead(const std::string& id) {
    return read_back(file, "SELECT name FROM leads WHERE id='" + id + "'").at(0).at(0);
  }
};

inline checkpoint position_at(const std::string& cursor) {
  checkpoint c;
  c.collection = "leads";
  c.object = "Lead";
  c.cursor = parse_timestamp(cursor);
  c.complete = true;
  c.rows = 7;
  return c;
}

}  // namespace sqlite_leads
