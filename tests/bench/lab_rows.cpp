// Cells by a small hash of row, column and generation.
#include "lab_rows.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace millrace::bench {
namespace {

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33U;
  x *= 0xFF51AFD7ED558CCDULL;
  x ^= x >> 33U;
  x *= 0xC4CEB9FE1A85EC53ULL;
  return x ^ (x >> 33U);
}

constexpr std::array<std::string_view, 16> words{
    "Acme",     "Gmünd",    "O'Neil",    "\"quoted\"", "path\\to", "line\nbreak",
    "naïve",    "Straße",   "invoice",   "quarterly",  "北京",     "renewal",
    "customer", "pipeline", "tab\there", "plain"};

std::string text_of(std::uint64_t hash, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) {
    out += words[hash % words.size()];
    out += ' ';
    hash = mixed(hash + 1);
  }
  return out;
}

/// Bytes of the 35 texts: many short, some long.
constexpr std::array<std::size_t, 35> text_bytes{6,  8,  8,  10, 10, 12, 12, 14, 14, 16,  16, 18,
                                                 18, 18, 20, 20, 20, 22, 22, 24, 24, 26,  26, 28,
                                                 30, 30, 32, 34, 36, 40, 44, 48, 60, 120, 240};

bool is_changed(std::uint64_t row, const generation& g) {
  return g.number > 0 && mixed(row * 31 + 7) % 100 < g.percent;
}

std::string moment_of(std::uint64_t h) {
  return fmt::format("20{:02}-{:02}-{:02} {:02}:{:02}:{:02}.000", h % 25, 1 + h % 12, 1 + h % 28,
                     h % 24, h % 60, h % 60);
}

/// A kind of column that stands between the id and the version.
struct kind {
  const char* name;
  std::size_t count;
  table_column facts;
  std::string (*make)(std::uint64_t hash, std::size_t index);
};

const std::array<kind, 6>& kinds() {
  static const std::array<kind, 6> all{{
      {"text",
       text_bytes.size(),
       {"", "", "", value_type::text, 255, 0, 0},
       [](std::uint64_t h, std::size_t i) { return text_of(h, text_bytes[i]); }},
      {"ratio",
       4,
       {"", "", "", value_type::floating, 0, 0, 0},
       [](std::uint64_t h, std::size_t) { return fmt::format("{}.{:03}", h % 1000, 1 + h % 999); }},
      {"amount",
       4,
       {"", "", "", value_type::decimal, 0, 18, 2},
       [](std::uint64_t h, std::size_t) {
         return fmt::format("{}.{:02}", h % 100'000'000, 1 + h % 98);
       }},
      {"flag",
       6,
       {"", "", "", value_type::boolean, 0, 0, 0},
       [](std::uint64_t h, std::size_t) { return std::string(h % 2 == 0 ? "1" : "0"); }},
      {"day",
       4,
       {"", "", "", value_type::date, 0, 0, 0},
       [](std::uint64_t h, std::size_t) {
         return fmt::format("20{:02}-{:02}-{:02}", h % 25, 1 + h % 12, 1 + h % 28);
       }},
      {"moment",
       5,
       {"", "", "", value_type::timestamp, 0, 0, 0},
       [](std::uint64_t h, std::size_t) { return moment_of(h); }},
  }};
  return all;
}

/// Calls for every column between the id and the version: its kind, its number within the kind and
/// how often the kinds were gone through before.
template <class Call>
void each_between(std::size_t columns, const Call& call) {
  std::size_t left = columns - 2;
  for (std::size_t turn = 0; left > 0; ++turn)
    for (const kind& k : kinds())
      for (std::size_t i = 0; i < k.count && left > 0; ++i, --left)
        call(k, i, turn);
}

}  // namespace

table_ptr lab_table(std::size_t columns) {
  auto t = std::make_shared<table_schema>();
  t->collection = "lab";
  t->columns.push_back({"id", "id", "", value_type::text, 18, 0, 0});
  each_between(columns, [&](const kind& k, std::size_t i, std::size_t turn) {
    table_column c = k.facts;
    c.name = fmt::format("{}_{}", k.name, turn * k.count + i);
    c.source = c.name;
    if (c.type == value_type::text && i < 30) c.length = 80;
    t->columns.push_back(std::move(c));
  });
  t->columns.push_back({"system_modstamp", "system_modstamp", "", value_type::timestamp, 0, 0, 0});
  t->key = 0;
  t->version = t->columns.size() - 1;
  return t;
}

void lab_row(std::uint64_t row, const generation& g, std::vector<std::string>& cells,
             std::size_t columns) {
  cells.clear();
  const bool changed = is_changed(row, g);
  const std::uint64_t seed = mixed(row * 1009 + (changed ? g.number : 0));
  // Ids of an org rise; records come in no order of theirs.
  cells.push_back(fmt::format("001{:015}", row));
  std::uint64_t hash = seed;
  each_between(columns, [&](const kind& k, std::size_t i, std::size_t) {
    hash = mixed(hash + 0x9E3779B97F4A7C15ULL);
    cells.push_back(hash % 4 == 0 ? std::string() : k.make(hash >> 2U, i));
  });
  cells.push_back(fmt::format("2024-01-{:02} {:02}:{:02}:{:02}.000", 1 + (changed ? g.number : 0),
                              row % 24, row % 60, (row / 60) % 60));
}

std::vector<batch_ptr> lab_batches(std::uint64_t rows, const generation& g,
                                   const batch_limits& limits, std::size_t columns) {
  batch_builder builder(lab_table(columns), limits);
  builder.set_received_at(time_point{milliseconds{1'700'000'000'000}});
  std::vector<batch_ptr> out;
  std::vector<std::string> cells;
  for (std::uint64_t row = 0; row < rows; ++row) {
    lab_row(row, g, cells, columns);
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (!cells[c].empty()) builder.at(c).append(cells[c]);
    builder.end_row();
    auto full = builder.take_ready();
    std::move(full.begin(), full.end(), std::back_inserter(out));
  }
  if (builder.rows_open() > 0) out.push_back(builder.take_rest());
  return out;
}

}  // namespace millrace::bench
