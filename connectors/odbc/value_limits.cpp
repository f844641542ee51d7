// Limits are the dialect's; dates compare as texts, because their years have four digits.
#include "connectors/odbc/value_limits.hpp"

#include <fmt/format.h>

namespace millrace::odbc {
namespace {

/// Why the value does not fit; empty: it fits.
std::string misfit(const sql::physical_column& column, std::string_view value) {
  const sql::type_rule& rule = *column.rule;
  if (rule.bytes_max > 0 && value.size() > rule.bytes_max)
    return fmt::format("a text of {} bytes, and {} holds {}", value.size(), column.type,
                       rule.bytes_max);
  const std::string_view day = value.substr(0, 10);
  if ((!rule.earliest.empty() && day < rule.earliest) ||
      (!rule.latest.empty() && day > rule.latest))
    return fmt::format("{}, and {} holds days from {} to {}", value, column.type,
                       rule.earliest.empty() ? "any" : rule.earliest,
                       rule.latest.empty() ? "any" : rule.latest);
  return {};
}

/// Calls `found(row, column, why)` for each value that does not fit, until that returns false.
template <class Found>
void each_misfit(const row_set& rows, const Found& found) {
  const table_schema& table = *rows.rows->table;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const sql::physical_column& column = rows.columns[c];
    const sql::type_rule& rule = *column.rule;
    if (rule.bytes_max == 0 && rule.earliest.empty() && rule.latest.empty()) continue;
    for (const std::uint32_t r : rows.which) {
      const auto value = rows.cell(r, c);
      if (!value) continue;
      std::string why = misfit(column, *value);
      if (!why.empty() && !found(r, c, std::move(why))) return;
    }
  }
}

}  // namespace

result<void> check_limits(const row_set& rows) {
  const table_schema& table = *rows.rows->table;
  result<void> out;
  each_misfit(rows, [&](std::uint32_t r, std::size_t c, const std::string& why) {
    error e{errc::warehouse_value,
            fmt::format("the field {} has {}", table.columns[c].source, why),
            "Exclude the field, or correct the record in Salesforce",
            retry::never,
            {},
            {}};
    out = failure(e.with("record", std::string(rows.rows->columns[table.key].value(r))));
    return false;
  });
  return out;
}

std::vector<refusal> beyond_limits(const row_set& rows) {
  const table_schema& table = *rows.rows->table;
  std::vector<refusal> out;
  each_misfit(rows, [&](std::uint32_t r, std::size_t c, std::string why) {
    refusal one{r, {}, std::move(why)};
    // Without its key a row is none, and without its version older ones would overwrite it.
    if (c != table.key && c != table.version) one.column = c;
    out.push_back(std::move(one));
    return true;
  });
  return out;
}

}  // namespace millrace::odbc
