// Every driver takes some hundred parameters; not every one takes a thousand.
#include "connectors/odbc/row_removal.hpp"

#include "engine/sql/statements.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::odbc {
namespace {

constexpr std::size_t removed_at_once = 500;

}  // namespace

result<std::uint64_t> remove_rows(connection& link, const sql::dialect& d,
                                  const std::string& schema, const table_schema& table,
                                  const std::vector<parameter>& keys, std::string_view doing) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < keys.size(); at += removed_at_once) {
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<parameter> some(
        begin, begin + static_cast<std::ptrdiff_t>(std::min(removed_at_once, keys.size() - at)));
    MILLRACE_TRY(const std::uint64_t gone,
                 link.change(sql::remove_rows(d, schema, table, some.size()), doing, some));
    count += gone;
  }
  return count;
}

}  // namespace millrace::odbc
