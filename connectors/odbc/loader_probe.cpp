// A loader is right when every value comes back as it was sent. Drivers that cut texts at a NUL,
// store mojibake or turn booleans to zero do it without a word (odbc-warehouses.md 7).
#include "connectors/odbc/loader_probe.hpp"

#include "connectors/odbc/merger.hpp"
#include "connectors/odbc/same_value.hpp"
#include "connectors/odbc/tables.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <chrono>
#include <numeric>

namespace millrace {

std::shared_ptr<loader_memory> make_loader_memory() {
  return std::make_shared<loader_memory>();
}

}  // namespace millrace

namespace millrace::odbc {
namespace {

constexpr std::size_t long_text_chars = 131'072;  // the longest that Salesforce has
constexpr std::size_t speed_rows = 400;

table_ptr scratch_table(std::size_t lane) {
  auto t = std::make_shared<table_schema>();
  t->collection = fmt::format("_millrace_probe_{}", lane);
  const auto add = [&](const char* name, value_type type, std::uint32_t length = 0,
                       std::uint16_t precision = 0, std::uint16_t scale = 0) {
    t->columns.push_back({name, name, "", type, length, precision, scale});
  };
  add("id", value_type::text, 18);
  add("short_text", value_type::text, 80);
  add("long_text", value_type::text, long_text_chars);
  add("flag", value_type::boolean);
  add("whole", value_type::integer);
  add("amount", value_type::decimal, 0, 18, 2);
  add("ratio", value_type::floating);
  add("day", value_type::date);
  add("moment", value_type::timestamp);
  add("clock", value_type::time);
  t->key = 0;
  t->version = 8;
  return t;
}

using sample = std::vector<std::optional<std::string>>;

/// Cells that drivers and warehouses have been seen to spoil.
std::vector<sample> samples() {
  std::string long_text;
  while (long_text.size() < long_text_chars - 8)
    long_text += "a\xC3\xBC\xE2\x82\xAC'\n";
  const std::string hostile =
      "it's \"quoted\" `back` \\ \\n \t\r\n ? {d 1} %s -- ; \xF0\x9F\x98\x80 NA";
  const std::string controls = "\x1D\x1E\x1F\x01|";
  return {
      {"a00000000000000001", hostile, long_text, "1", "9007199254740993", "9999999999999999.99",
       "0.5", "1700-01-01", "1999-12-31 23:59:59.999", "23:59:59.999"},
      {"a00000000000000002", controls, " blanks around ", "0", "-1", "-0.01", "-1200", "4000-12-31",
       "2024-02-29 00:00:00.000", "00:00:00.000"},
      {"A00000000000000002", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
       std::nullopt, std::nullopt, "2024-02-29 00:00:00.001", std::nullopt},
  };
}

batch_ptr batch_of(const table_ptr& table, const std::vector<sample>& rows) {
  batch_builder builder(table, {1'000'000, std::size_t{1} << 30U});
  for (const sample& s : rows) {
    for (std::size_t c = 0; c < s.size(); ++c)
      if (s[c]) builder.at(c).append(*s[c]);
    builder.end_row();
  }
  return builder.take_rest();
}

result<void> compare(connection& link, const sql::dialect& d, const std::string& schema,
                     const table_schema& table) {
  std::string columns;
  for (const table_column& c : table.columns)
    columns += (columns.empty() ? "" : ", ") + sql::quoted(d, c.name);
  for (const sample& sent : samples()) {
    MILLRACE_TRY(
        const auto rows,
        link.query(fmt::format("SELECT {} FROM {} WHERE {} = ?", columns,
                               sql::table_name(d, schema, table.collection), sql::quoted(d, "id")),
                   "reading back the probe", {*sent[0]}));
    if (rows.size() != 1)
      return failure(errc::warehouse_value,
                     fmt::format("{} rows came back for a key that was sent once", rows.size()));
    for (std::size_t c = 0; c < sent.size(); ++c) {
      const value_type type = table.columns[c].type;
      const auto& got = rows[0][c];
      const bool equal =
          sent[c].has_value() == got.has_value() && (!got || same_value(type, *sent[c], *got));
      if (!equal)
        return failure(errc::warehouse_value,
                       fmt::format("a {} came back as another value (column {})", name_of(type),
                                   table.columns[c].name));
    }
  }
  return {};
}

struct probe {
  connection& link;
  const std::shared_ptr<const sql::dialect>& d;
  const std::string& schema;
  std::size_t lane;
  table_ptr table;

  [[nodiscard]] std::string drop() const {
    return "DROP TABLE " + sql::table_name(*d, schema, table->collection);
  }

  result<double> run(std::size_t loader_index) {
    // What an interrupted probe left behind; most often there is nothing.
    MILLRACE_TRY(const auto left, columns_of(link, *d, schema, table->collection));
    if (!left.empty()) MILLRACE_CHECK(link.execute(drop(), "dropping an old scratch table"));
    for (const std::string& statement : sql::create_table(*d, schema, *table))
      MILLRACE_CHECK(link.execute(statement, "making a scratch table"));
    merger merging(d, schema, lane);
    merging.prefer(loader_index);
    MILLRACE_CHECK(load(merging, samples()));
    MILLRACE_CHECK(compare(link, *d, schema, *table));
    std::vector<sample> many;
    for (std::size_t i = 0; i < speed_rows; ++i)
      many.push_back({fmt::format("b{:017}", i), "a short text", "a text that is not so short", "1",
                      "12", "1.25", "0.5", "2024-02-29", "2024-02-29 00:00:00.000",
                      "12:00:00.000"});
    const auto begin = std::chrono::steady_clock::now();
    MILLRACE_CHECK(load(merging, many));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(speed_rows) / std::max(took.count(), 1e-6);
  }

  result<void> load(merger& merging, const std::vector<sample>& rows) {
    const batch_ptr b = batch_of(table, rows);
    std::vector<std::uint32_t> which(b->rows);
    std::iota(which.begin(), which.end(), 0U);
    MILLRACE_CHECK(merging.merge(link, *b, which, merge_mode::changed, "2024-01-02 03:04:05.678"));
    return {};
  }
};

}  // namespace

probe_outcome probe_loader(connection& link, const std::shared_ptr<const sql::dialect>& d,
                           const std::string& schema, std::size_t lane, std::size_t loader_index) {
  probe p{link, d, schema, lane, scratch_table(lane)};
  auto done = p.run(loader_index);
  link.roll_back();
  if (!d->transactional_ddl && !link.broken()) {
    // Nothing can be done about a table that does not go: the next probe tries again.
    static_cast<void>(link.execute(p.drop(), "dropping the scratch table"));
    link.roll_back();
  }
  if (!done) return {std::move(done.error()), 0};
  return {{}, *done};
}

}  // namespace millrace::odbc
