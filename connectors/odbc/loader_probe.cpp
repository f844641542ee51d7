// A loader is right when every value comes back as it was sent. Drivers that cut texts at a NUL,
// store mojibake or turn booleans to zero do it without a word (odbc-warehouses.md 7).
#include "connectors/odbc/loader_probe.hpp"

#include "connectors/odbc/merger.hpp"
#include "connectors/odbc/same_value.hpp"
#include "connectors/odbc/tables.hpp"
#include "engine/sql/probe_rows.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

namespace millrace {

std::shared_ptr<loader_memory> make_loader_memory() {
  return std::make_shared<loader_memory>();
}

}  // namespace millrace

namespace millrace::odbc {
namespace {

constexpr std::size_t speed_rows = 400;
/// Another process may drop the scratch table that both use.
constexpr int attempts_max = 3;

/// Another process dropped the table, or made it at the same moment.
bool met_another(const error& why) {
  return why.code == errc::table_conflict || why.code == errc::table_missing ||
         why.code == errc::warehouse_busy;
}

batch_ptr batch_of(const table_ptr& table, const std::vector<sql::probe_row>& rows) {
  batch_builder builder(table, {1'000'000, std::size_t{1} << 30U});
  for (const sql::probe_row& s : rows) {
    for (std::size_t c = 0; c < s.size(); ++c)
      if (s[c]) builder.at(c).append(*s[c]);
    builder.end_row();
  }
  return builder.take_rest();
}

struct probe {
  connection& link;
  const std::shared_ptr<const sql::dialect>& d;
  const std::string& schema;
  std::size_t lane;
  std::string mark;
  table_ptr table;
  std::optional<error> not_dropped = {};

  [[nodiscard]] std::string drop() const {
    return "DROP TABLE " + sql::table_name(*d, schema, table->collection);
  }

  result<double> run(std::size_t loader_index) {
    MILLRACE_CHECK(make_table());
    merger merging(d, schema, lane);
    const std::vector<sql::probe_row> hostile = sql::probe_rows(*d, mark);
    const bool updates = d->loaders[loader_index].for_updates;
    // One that only updates finds rows that have nothing but their keys and versions.
    if (updates) MILLRACE_CHECK(load(merging, emptied(hostile)));
    merging.prefer(loader_index);
    MILLRACE_CHECK(load(merging, hostile, updates ? merge_mode::existing : merge_mode::changed));
    for (const sql::probe_row& sent : hostile)
      MILLRACE_CHECK(compare(sent));
    if (updates) return 0.0;
    std::vector<sql::probe_row> many;
    for (std::size_t i = 0; i < speed_rows; ++i)
      many.push_back(sql::plain_probe_row(mark, i));
    const auto begin = std::chrono::steady_clock::now();
    MILLRACE_CHECK(load(merging, many));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(speed_rows) / std::max(took.count(), 1e-6);
  }

  /// What an interrupted probe left behind is used again: not every user may drop tables.
  result<void> make_table() {
    MILLRACE_TRY(const auto left, columns_of(link, *d, schema, table->collection));
    const bool fits = std::all_of(table->columns.begin(), table->columns.end(),
                                  [&](const table_column& c) { return left.contains(c.name); });
    if (!left.empty() && fits) return {};
    if (!left.empty()) MILLRACE_CHECK(link.execute(drop(), "dropping an old scratch table"));
    for (const std::string& statement : sql::create_table(*d, schema, *table))
      MILLRACE_CHECK(link.execute(statement, "making a scratch table"));
    return {};
  }

  [[nodiscard]] std::vector<sql::probe_row> emptied(std::vector<sql::probe_row> rows) const {
    for (sql::probe_row& r : rows)
      for (std::size_t c = 0; c < r.size(); ++c)
        if (c != table->key && c != table->version) r[c].reset();
    return rows;
  }

  result<void> load(merger& merging, const std::vector<sql::probe_row>& rows,
                    merge_mode mode = merge_mode::changed) {
    const batch_ptr b = batch_of(table, rows);
    std::vector<std::uint32_t> which(b->rows);
    std::iota(which.begin(), which.end(), 0U);
    MILLRACE_TRY(const merge_order order,
                 merging.prepare(*b, std::move(which), mode, "2024-01-02 03:04:05.678"));
    MILLRACE_CHECK(merging.merge(link, order));
    return {};
  }

  result<void> compare(const sql::probe_row& sent) {
    MILLRACE_TRY(const auto rows, link.query(sql::rows_by_key(*d, schema, *table, 1),
                                             "reading back the probe", {*sent[0]}));
    if (rows.size() != 1)
      return failure(errc::warehouse_value,
                     fmt::format("{} rows came back for a key that was sent once", rows.size()));
    for (std::size_t c = 0; c < sent.size(); ++c) {
      const value_type type = table->columns[c].type;
      const auto& got = rows[0][c];
      const bool equal =
          sent[c].has_value() == got.has_value() && (!got || same_value(type, *sent[c], *got));
      if (!equal)
        return failure(errc::warehouse_value,
                       fmt::format("a {} came back as another value (column {})", name_of(type),
                                   table->columns[c].name));
    }
    return {};
  }

  /// Ends the transaction; without transactional DDL the table goes by a statement of its own.
  void clean_up() {
    link.roll_back();
    not_dropped.reset();
    if (d->transactional_ddl || link.broken()) return;
    const auto dropped = link.execute(drop(), "dropping the scratch table");
    if (!dropped) {
      if (!met_another(dropped.error())) not_dropped = dropped.error();
      // The rows at least: where that is not allowed either, the next probe's are others.
      link.roll_back();
      std::vector<parameter> keys;
      for (const sql::probe_row& r : sql::probe_rows(*d, mark))
        keys.push_back(r[0]);
      for (std::size_t i = 0; i < speed_rows; ++i)
        keys.push_back(sql::plain_probe_row(mark, i)[0]);
      if (link.execute(sql::remove_rows(*d, schema, *table, keys.size()),
                       "clearing the scratch table", keys))
        static_cast<void>(link.commit());
    }
    link.roll_back();
  }
};

}  // namespace

probe_outcome probe_loader(connection& link, const std::shared_ptr<const sql::dialect>& d,
                           const std::string& schema, std::size_t lane, std::size_t loader_index) {
  const std::string mark = fmt::format("{:08x}", std::random_device{}());
  probe p{link,
          d,
          schema,
          lane,
          mark,
          std::make_shared<const table_schema>(
              sql::probe_table(fmt::format("_millrace_probe_{}", lane)))};
  for (int attempt = 1;; ++attempt) {
    auto done = p.run(loader_index);
    p.clean_up();
    if (done) return {{}, *done, std::move(p.not_dropped)};
    if (attempt == attempts_max || !met_another(done.error()) || link.broken())
      return {std::move(done.error()), 0, {}};
  }
}

}  // namespace millrace::odbc
