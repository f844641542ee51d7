// What a type holds is told by its name, as the warehouse and the dialects write it.
#include "connectors/odbc/rounding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace millrace::odbc {
namespace {

std::string lowered_type(std::string_view type) {
  std::string out(type);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Digits behind the point of "numeric(18,2)" and "bigint(20)"; none: as many as there are.
std::optional<std::size_t> digits_of(std::string_view type) {
  const std::string low = lowered_type(type);
  if (low.find("int") != std::string::npos) return 0;
  const std::size_t open = low.find('(');
  const bool exact = low.starts_with("num") || low.starts_with("dec") || low.starts_with("bignum");
  if (!exact || open == std::string::npos) return {};
  const std::size_t comma = low.find(',', open);
  if (comma == std::string::npos) return 0;
  std::size_t digits = 0;
  const std::size_t at = low.find_first_not_of(' ', comma + 1);
  if (at == std::string::npos) return {};
  std::from_chars(low.data() + at, low.data() + low.size(), digits);
  return digits;
}

}  // namespace

bool rounding_log::rounding_column::rounds(std::string_view value) const {
  if (only_day) return value.size() > 10 && !value.ends_with(" 00:00:00.000");
  const std::size_t point = value.find('.');
  // Canonical numbers have no zeros at their end.
  return point != std::string_view::npos && value.size() - point - 1 > digits;
}

void rounding_log::learn(const sql::dialect& d, const table_schema& table,
                         const std::map<std::string, std::string>& present) {
  std::vector<rounding_column>& out = tables_[table.collection];
  out.clear();
  const std::vector<sql::physical_column> columns = sql::physical_columns(d, table);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const value_type type = table.columns[i].type;
    const auto found = present.find(columns[i].name);
    const std::string& name = found == present.end() ? columns[i].type : found->second;
    if (type == value_type::decimal || type == value_type::floating) {
      if (const auto digits = digits_of(name)) out.push_back({i, name, *digits, false, false});
    } else if (type == value_type::timestamp && found != present.end() &&
               lowered_type(name) == "date") {
      // Some warehouses call a type with a time of day so: only one that differs is meant.
      out.push_back({i, name, 0, true, false});
    }
  }
}

std::uint64_t rounding_log::count(const batch& rows, const std::vector<std::uint32_t>& which) {
  const table_schema& table = *rows.table;
  const auto found = tables_.find(table.collection);
  if (found == tables_.end() || !table.version) return 0;
  std::uint64_t sum = 0;
  for (rounding_column& c : found->second) {
    const column& cells = rows.columns[c.column];
    const auto rounded =
        static_cast<std::uint64_t>(std::count_if(which.begin(), which.end(), [&](std::uint32_t r) {
          return !cells.is_null(r) && c.rounds(cells.value(r));
        }));
    sum += rounded;
    if (rounded == 0 || std::exchange(c.told, true)) continue;
    untold_.push_back({table.collection, "values_rounded",
                       fmt::format("the column {}.{} is {}: values with more are rounded by the "
                                   "warehouse, and counted as adjusted",
                                   table.collection, table.columns[c.column].name, c.type)});
  }
  return sum;
}

std::vector<notice> rounding_log::take_notices() {
  return std::exchange(untold_, {});
}

}  // namespace millrace::odbc
