// What a type holds is told by its name, as the warehouse and the dialects write it.
#include "connectors/odbc/rounding.hpp"

#include "engine/lower_case.hpp"
#include "engine/sql/column_types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

std::shared_ptr<odbc::rounding_log> make_rounding_log() {
  return std::make_shared<odbc::rounding_log>();
}

}  // namespace millrace

namespace millrace::odbc {

bool rounding_log::rounding_column::rounds(std::string_view value) const {
  if (only_day) return value.size() > 10 && !value.ends_with(" 00:00:00.000");
  const std::size_t point = value.find('.');
  // Canonical numbers have no zeros at their end.
  return point != std::string_view::npos && value.size() - point - 1 > digits;
}

void rounding_log::learn(const sql::dialect& d, const table_schema& table,
                         const std::map<std::string, std::string>& present) {
  auto out = std::make_shared<rounding_columns>();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const table_column& c = table.columns[i];
    const auto found = present.find(c.name);
    if (c.type == value_type::decimal || c.type == value_type::floating) {
      const std::string name =
          found == present.end() ? sql::column_type(d, c, i == table.key) : found->second;
      if (const auto digits = sql::digits_behind_point(name))
        out->emplace(c.name, rounding_column{name, *digits, false});
    } else if (c.type == value_type::timestamp && found != present.end() &&
               lowered(found->second) == "date") {
      // Some warehouses call a type with a time of day so: only one that differs is meant.
      out->emplace(c.name, rounding_column{found->second, 0, true});
    }
  }
  const std::lock_guard lock(mutex_);
  tables_.insert_or_assign(table.collection, std::move(out));
}

std::uint64_t rounding_log::count(const batch& rows, const std::vector<std::uint32_t>& which) {
  const table_schema& table = *rows.table;
  std::shared_ptr<const rounding_columns> known;
  {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find(table.collection);
    if (found == tables_.end()) return 0;
    known = found->second;
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& name = table.columns[i].name;
    const auto found = known->find(name);
    if (found == known->end()) continue;
    const rounding_column& c = found->second;
    const column& cells = rows.columns[i];
    const auto rounded =
        static_cast<std::uint64_t>(std::count_if(which.begin(), which.end(), [&](std::uint32_t r) {
          return !cells.is_null(r) && c.rounds(cells.value(r));
        }));
    if (rounded == 0) continue;
    sum += rounded;
    const std::lock_guard lock(mutex_);
    if (!told_.emplace(table.collection, name).second) continue;
    untold_.push_back({table.collection, "values_rounded",
                       fmt::format("the column {}.{} is {}: values with more are rounded by the "
                                   "warehouse, and counted as adjusted",
                                   table.collection, name, c.type)});
  }
  return sum;
}

std::vector<notice> rounding_log::take_notices() {
  const std::lock_guard lock(mutex_);
  return std::exchange(untold_, {});
}

}  // namespace millrace::odbc
