// Truth values come as drivers write them and are judged here, for there is no literal of them that
// all warehouses know.
#include "connectors/odbc/comparison.hpp"

#include "connectors/odbc/same_value.hpp"
#include "engine/sql/statements.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace millrace::odbc {
namespace {

/// Keys of one SELECT.
constexpr std::size_t looked_up_at_once = 500;

/// The column that says whether a record is in the recycle bin, or its row is marked as gone.
std::optional<std::size_t> deleted_column(const table_schema& table) {
  if (table.is_deleted) return table.is_deleted;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].source == soft_delete_field) return i;
  return {};
}

std::vector<parameter> parameters_of(const live_rows& which) {
  if (!which.made) return {};
  return {to_canonical(which.before)};
}

bool is_true(const std::optional<std::string>& cell) {
  return cell && same_value(value_type::boolean, "1", *cell);
}

/// A row that was read, against row `at` of the batch.
row_finding finding_of(const batch& rows, std::size_t at, const row& cells) {
  row_finding out{row_state::same, true};
  const table_schema& table = *rows.table;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const column& sent = rows.columns[i];
    const bool same =
        sent.is_null(at) || !cells[i]
            ? sent.is_null(at) && !cells[i]
            : same_value(table.columns[i].type, std::string(sent.value(at)), *cells[i]);
    if (!same) out.state = row_state::differs;
    if (table.columns[i].source == soft_delete_field && is_true(cells[i])) out.live = false;
    if (table.deleted_at == i && cells[i]) out.live = false;
  }
  return out;
}

}  // namespace

result<std::uint64_t> count_rows(connection& link, const table_place& place,
                                 const live_rows& which) {
  const auto deleted = deleted_column(place.table);
  MILLRACE_TRY(
      const auto groups,
      link.query(sql::count_rows(place.dialect, place.schema, place.table, deleted, which.made),
                 "counting the rows of " + place.table.collection, parameters_of(which)));
  std::uint64_t count = 0;
  for (const row& group : groups) {
    if (deleted && is_true(group.front())) continue;
    const std::string text = group.back().value_or("0");
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    count += number;
  }
  return count;
}

result<std::vector<row_finding>> look_up(connection& link, const table_place& place,
                                         const batch& rows) {
  const column& keys = rows.columns[rows.table->key];
  std::map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < rows.rows; ++i)
    places[keys.value(i)].push_back(i);
  std::vector<row_finding> out(rows.rows, {row_state::missing, false});
  for (auto at = places.begin(); at != places.end();) {
    std::vector<parameter> some;
    for (; at != places.end() && some.size() < looked_up_at_once; ++at)
      some.emplace_back(at->first);
    MILLRACE_TRY(const auto found,
                 link.query(sql::rows_by_key(place.dialect, place.schema, *rows.table, some.size()),
                            "comparing rows of " + place.table.collection, some));
    for (const row& cells : found) {
      const auto which = places.find(cells[rows.table->key].value_or(""));
      if (which == places.end()) continue;
      for (const std::size_t i : which->second)
        out[i] = finding_of(rows, i, cells);
    }
  }
  return out;
}

result<std::vector<std::string>> keys_beyond(connection& link, const table_place& place,
                                             const live_rows& which, const key_filter& known,
                                             std::size_t at_most) {
  const auto deleted = deleted_column(place.table);
  const std::string statement =
      sql::keys_of_rows(place.dialect, place.schema, place.table, deleted, which.made);
  std::vector<std::string> out;
  MILLRACE_CHECK(link.each(statement, "reading the keys of " + place.table.collection,
                           parameters_of(which), [&](const row& cells) {
                             const std::string key = cells.front().value_or("");
                             const bool live = !deleted || !is_true(cells.back());
                             if (live && !known.may_have(key)) out.push_back(key);
                             return out.size() < at_most;
                           }));
  return out;
}

}  // namespace millrace::odbc
