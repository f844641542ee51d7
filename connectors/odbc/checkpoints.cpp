// Columns stand in the order of `sql::checkpoint_table`.
#include "connectors/odbc/checkpoints.hpp"

#include "connectors/odbc/same_value.hpp"
#include "connectors/odbc/tables.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace millrace::odbc {
namespace {

/// Names of columns have no blanks.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

checkpoint parse_checkpoint(const row& r) {
  checkpoint c;
  c.collection = r[0].value_or("");
  c.object = r[1].value_or("");
  if (r[2]) c.cursor = parse_timestamp(*r[2]);
  c.complete = same_value(value_type::boolean, "1", r[3].value_or("0"));
  if (r[4]) c.committed_at = parse_timestamp(*r[4]).value_or(time_point{});
  const std::string rows = r[5].value_or("0");
  std::from_chars(rows.data(), rows.data() + rows.size(), c.rows);
  if (r[6]) c.source_time = parse_timestamp(*r[6]);
  c.source_id = r[7].value_or("");
  c.chosen = r[8].value_or("");
  c.columns = words_of(r[9].value_or(""));
  return c;
}

void add_checkpoint(const checkpoint& c, batch_builder& to) {
  const auto put = [&](std::size_t column, const std::string& text) {
    if (!text.empty()) to.at(column).append(text);
  };
  put(0, c.collection);
  put(1, c.object);
  put(2, c.cursor ? to_canonical(*c.cursor) : "");
  put(3, c.complete ? "1" : "0");
  put(4, to_canonical(c.committed_at));
  put(5, std::to_string(c.rows));
  put(6, c.source_time ? to_canonical(*c.source_time) : "");
  put(7, c.source_id);
  put(8, c.chosen);
  put(9, fmt::format("{}", fmt::join(c.columns, " ")));
  to.end_row();
}

}  // namespace

result<std::vector<checkpoint>> load_checkpoints(connection& link, const sql::dialect& d,
                                                 const std::string& schema) {
  std::vector<checkpoint> out;
  MILLRACE_TRY(const auto present, columns_of(link, d, schema, sql::checkpoint_table().collection));
  if (present.empty()) return out;
  MILLRACE_TRY(const auto rows,
               link.query(sql::read_checkpoints(d, schema, present), "reading the checkpoints"));
  out.reserve(rows.size());
  for (const row& r : rows)
    out.push_back(parse_checkpoint(r));
  return out;
}

result<void> save_checkpoints(connection& link, merger& by,
                              const std::vector<const checkpoint*>& positions, time_point now) {
  if (positions.empty()) return {};
  static const table_ptr table = std::make_shared<const table_schema>(sql::checkpoint_table());
  batch_builder rows(table, {positions.size() + 1, std::size_t{1} << 30U});
  rows.set_received_at(now);
  for (const checkpoint* one : positions)
    add_checkpoint(*one, rows);
  const batch_ptr all = rows.take_rest();
  MILLRACE_TRY(const merge_order order, by.prepare_own(*all, to_canonical(now)));
  MILLRACE_CHECK(by.merge(link, order));
  return {};
}

result<void> save_checkpoint(connection& link, merger& by, const checkpoint& position,
                             time_point now) {
  return save_checkpoints(link, by, {&position}, now);
}

result<void> forget_checkpoint(connection& link, const sql::dialect& d, const std::string& schema,
                               const std::string& collection) {
  return link.execute(sql::remove_rows(d, schema, sql::checkpoint_table(), 1),
                      "forgetting the checkpoint of " + collection, {collection});
}

}  // namespace millrace::odbc
