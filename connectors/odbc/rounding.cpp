// What a type holds is told by its name, as the warehouse and the dialects write it.
#include "connectors/odbc/rounding.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

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

bool is_rounded(const rounding_column& c, std::string_view value) {
  if (c.only_day) return value.size() > 10 && !value.ends_with(" 00:00:00.000");
  const std::size_t point = value.find('.');
  // Canonical numbers have no zeros at their end.
  return point != std::string_view::npos && value.size() - point - 1 > c.digits;
}

}  // namespace

std::vector<rounding_column> rounding_columns(const sql::dialect& d, const table_schema& table,
                                              const std::map<std::string, std::string>& present) {
  std::vector<rounding_column> out;
  const std::vector<sql::physical_column> columns = sql::physical_columns(d, table);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const value_type type = table.columns[i].type;
    const auto found = present.find(columns[i].name);
    const std::string& name = found == present.end() ? columns[i].type : found->second;
    if (type == value_type::decimal || type == value_type::floating) {
      if (const auto digits = digits_of(name)) out.push_back({i, name, *digits, false});
    } else if (type == value_type::timestamp && lowered_type(name) == "date") {
      // Some warehouses call a type with a time of day so: only one that differs is meant.
      if (found != present.end()) out.push_back({i, name, 0, true});
    }
  }
  return out;
}

std::vector<std::uint64_t> count_rounded(const batch& rows, const std::vector<std::uint32_t>& which,
                                         const std::vector<rounding_column>& columns) {
  std::vector<std::uint64_t> out(columns.size(), 0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const column& cells = rows.columns[columns[i].column];
    for (const std::uint32_t r : which)
      if (!cells.is_null(r) && is_rounded(columns[i], cells.value(r))) ++out[i];
  }
  return out;
}

}  // namespace millrace::odbc
