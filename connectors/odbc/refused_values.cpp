// An entry's key is made of what it is about, so that a batch that comes twice leaves one.
#include "connectors/odbc/refused_values.hpp"

#include "connectors/odbc/row_removal.hpp"
#include "connectors/odbc/tables.hpp"
#include "connectors/odbc/transaction.hpp"
#include "engine/lower_case.hpp"
#include "engine/model/utf8.hpp"
#include "engine/sql/column_types.hpp"
#include "engine/sql/refused_table.hpp"
#include "engine/sql/statements.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

namespace millrace::odbc {
namespace {

namespace json = boost::json;
using refused_column = sql::refused_column;

/// Of one collection and connection; the table has them all.
constexpr std::size_t told_max = 100;
/// Bytes of a text of our own, and of a name.
constexpr std::size_t reason_bytes_max = 4000;
constexpr std::size_t name_bytes_max = 128;
/// Entries that one transaction removes.
constexpr std::size_t concealed_at_once = 20'000;

std::string_view key_of(const batch& rows, std::uint32_t row) {
  return rows.columns[rows.table->key].value(row);
}

std::string field_of(const batch& rows, const refusal& one) {
  return one.column ? rows.table->columns[*one.column].source : std::string();
}

/// The record as JSON: canonical texts by the names of fields; null for NULL.
std::string record_text(const batch& rows, std::uint32_t row) {
  json::object out;
  for (std::size_t c = 0; c < rows.columns.size(); ++c) {
    json::value& cell = out[rows.table->columns[c].source];
    if (!rows.columns[c].is_null(row)) cell = json::string(rows.columns[c].value(row));
  }
  return json::serialize(out);
}

/// By the source's names, as entries have them.
std::vector<std::string> hashed_fields(const table_schema& table) {
  std::vector<std::string> out;
  for (const table_column& c : table.columns)
    if (c.hashed) out.push_back(shortened_text(c.source, name_bytes_max));
  return out;
}

/// What is no list lists nothing.
std::vector<std::string> listed(std::string_view text) {
  boost::system::error_code bad;
  const json::value list = json::parse(text, bad);
  std::vector<std::string> out;
  if (bad || !list.is_array()) return out;
  for (const json::value& one : list.get_array())
    if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

/// As JSON writes letters beyond ASCII in it, for warehouses that cannot take them: \u00e9.
std::string ascii_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      out += text[at++];
      continue;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t letter = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
      letter = (letter << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    at += length;
    if (letter >= 0x10000) {
      letter -= 0x10000;
      out +=
          fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (letter >> 10U), 0xdc00 + (letter & 0x3ffU));
    } else {
      out += fmt::format("\\u{:04x}", letter);
    }
  }
  return out;
}

/// Pieces of so many bytes at most, cut between letters; one, if the text is empty.
std::vector<std::string_view> parts_of(std::string_view text, std::size_t bytes_max) {
  std::vector<std::string_view> parts;
  while (text.size() > bytes_max) {
    std::size_t end = bytes_max;
    while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
      --end;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  parts.push_back(text);
  return parts;
}

}  // namespace

refused_values::refused_values(std::shared_ptr<const sql::dialect> d, std::string schema,
                               value_policy policy)
    : dialect_(std::move(d)), schema_(std::move(schema)), policy_(policy) {}

/// Asks the catalog until the table is there.
result<bool> refused_values::look(connection& link) {
  if (present_) return true;
  MILLRACE_TRY(const auto columns,
               columns_of(link, *dialect_, schema_, sql::refused_table().collection));
  present_ = !columns.empty();
  whole_ = columns.contains(sql::refused_table().columns.back().name);
  return present_;
}

result<void> refused_values::make_table(connection& link) {
  const table_schema& table = sql::refused_table();
  const auto make = [&]() -> result<void> {
    transaction tx(link);
    MILLRACE_TRY(const table_plan plan, compare_table(link, *dialect_, schema_, table));
    for (const std::string& statement : plan.create_or_add)
      MILLRACE_CHECK(link.execute(statement, "creating the table " + table.collection));
    return tx.commit();
  };
  MILLRACE_CHECK(look(link));
  link.roll_back();
  if (whole_) return {};
  const auto made = make();
  if (!made) {
    // Another connection of this run may have made it at the same moment.
    MILLRACE_CHECK(look(link));
    link.roll_back();
    return whole_ ? result<void>() : made;
  }
  present_ = whole_ = true;
  return {};
}

std::size_t refused_values::part_bytes_max() const {
  const auto columns = sql::physical_columns(*dialect_, sql::refused_table());
  const auto value = static_cast<std::size_t>(refused_column::value);
  const std::size_t bytes = columns[value].rule->bytes_max;
  return bytes > 0 ? bytes : std::numeric_limits<std::size_t>::max();
}

batch_ptr refused_values::entries(const refused_of_batch& what, time_point now,
                                  bool only_ascii) const {
  static const table_ptr table = std::make_shared<const table_schema>(sql::refused_table());
  constexpr std::size_t no_bound = std::numeric_limits<std::size_t>::max();
  batch_builder out(table, {no_bound, no_bound});
  out.set_received_at(now);
  const batch& rows = what.rows;
  const std::size_t bytes_max = part_bytes_max();
  const auto put = [&](refused_column column, std::string_view text) {
    if (!text.empty()) out.at(static_cast<std::size_t>(column)).append(text);
  };
  const std::vector<std::string> hidden = hashed_fields(*rows.table);
  const std::string hashed = hidden.empty() ? "" : json::serialize(json::value_from(hidden));
  std::set<std::uint32_t> kept;  // rows that are kept as a whole already
  for (const refusal& one : what.refused) {
    const bool whole = loses_row(one, policy_);
    const value_policy policy = whole ? value_policy::quarantine : policy_;
    const std::string field = shortened_text(field_of(rows, one), name_bytes_max);
    const std::string record = shortened_text(key_of(rows, one.row), name_bytes_max);
    std::string_view version;
    if (rows.table->version) version = rows.columns[*rows.table->version].value(one.row);
    // What is refused may be the version itself.
    if (!parse_timestamp(version)) version = {};
    std::string value;
    if (whole && kept.insert(one.row).second)
      value = record_text(rows, one.row);
    else if (!whole && policy == value_policy::keep_as_text)
      value = rows.columns[*one.column].value(one.row);
    std::string reason = shortened_text(one.why, reason_bytes_max);
    if (only_ascii) {
      value = ascii_text(value);
      reason = shortened_text(ascii_text(reason), reason_bytes_max);
    }
    std::size_t part = 0;
    for (const std::string_view text : parts_of(value, bytes_max)) {
      put(refused_column::id, fmt::format("{}/{}/{}/{:04}", record, field, version, ++part));
      put(refused_column::collection, shortened_text(rows.table->collection, name_bytes_max));
      put(refused_column::record, record);
      put(refused_column::field, field);
      put(refused_column::version, version);
      put(refused_column::policy, name_of(policy));
      put(refused_column::reason, reason);
      put(refused_column::part, std::to_string(part));
      put(refused_column::value, text);
      put(refused_column::hashed, hashed);
      out.end_row();
    }
  }
  return out.take_rest();
}

result<void> refused_values::save(connection& link, merger& by, const refused_of_batch& what,
                                  bool only_ascii, time_point now) const {
  const batch_ptr rows = entries(what, now, only_ascii);
  MILLRACE_TRY(const merge_order order, by.prepare_own(*rows, to_canonical(now)));
  MILLRACE_CHECK(by.merge(link, order));
  return {};
}

refused_values::count refused_values::count_of(const refused_of_batch& what) const {
  std::set<std::uint32_t> lost;
  for (const refusal& one : what.refused)
    if (loses_row(one, policy_)) lost.insert(one.row);
  count out;
  out.rows = lost.size();
  out.cells = static_cast<std::uint64_t>(
      std::count_if(what.refused.begin(), what.refused.end(),
                    [&](const refusal& one) { return !lost.contains(one.row); }));
  return out;
}

std::vector<notice> refused_values::tell(const refused_of_batch& what) {
  std::vector<notice> out;
  const std::string& collection = what.rows.table->collection;
  std::size_t& told = told_[collection];
  for (const refusal& one : what.refused) {
    if (told == told_max) {
      out.push_back(
          {collection, "more_refused",
           "more values were refused than are told here: _millrace_refused has them all"});
      break;
    }
    ++told;
    const bool whole = loses_row(one, policy_);
    notice& n = out.emplace_back();
    n.collection = collection;
    n.code = whole ? "row_quarantined" : "value_refused";
    n.record = key_of(what.rows, one.row);
    n.field = field_of(what.rows, one);
    n.text = fmt::format("record {}{}{}: {}; {}", n.record, n.field.empty() ? "" : ", field ",
                         n.field, one.why,
                         whole ? "its row was not written, and is kept in _millrace_refused"
                         : policy_ == value_policy::keep_as_text
                             ? "the column has NULL, and the value is kept in _millrace_refused"
                             : "the column has NULL");
  }
  return out;
}

result<std::vector<std::string>> refused_values::quarantined(connection& link,
                                                             const std::string& collection) {
  std::vector<std::string> out;
  MILLRACE_TRY(const bool there, look(link));
  if (!there) return out;
  const auto add = [&](const row& cells) {
    out.push_back(cells.front().value_or(""));
    return true;
  };
  MILLRACE_CHECK(link.each(sql::read_quarantined(*dialect_, schema_),
                           "reading which rows are quarantined", {collection}, add));
  return out;
}

result<void> refused_values::remove(connection& link, const std::vector<parameter>& records) {
  MILLRACE_TRY(const bool there, look(link));
  if (!there) return {};
  table_schema by_record = sql::refused_table();
  by_record.key = static_cast<std::size_t>(refused_column::record);
  MILLRACE_CHECK(remove_rows(link, *dialect_, schema_, by_record, records,
                             "removing entries from " + by_record.collection));
  return {};
}

result<std::vector<std::string>> refused_values::exposing(connection& link,
                                                          const table_schema& table) const {
  const std::vector<std::string> hidden = hashed_fields(table);
  std::vector<std::string> ids;
  const auto choose = [&](const row& cells) {
    const parameter& field = cells[1];
    const std::vector<std::string> were = listed(cells[3].value_or(""));
    const bool whole = !field || cells[2] == name_of(value_policy::quarantine);
    const auto shows = [&](const std::string& name) {
      return !holds_without_case(were, name) && (whole || equal_without_case(*field, name));
    };
    if (std::any_of(hidden.begin(), hidden.end(), shows)) ids.push_back(cells[0].value_or(""));
    return ids.size() < concealed_at_once;
  };
  MILLRACE_CHECK(link.each(sql::read_entries(*dialect_, schema_),
                           "reading what is kept aside of " + table.collection,
                           {shortened_text(table.collection, name_bytes_max)}, choose));
  return ids;
}

result<std::uint64_t> refused_values::conceal(connection& link, const table_schema& table) {
  MILLRACE_TRY(const bool there, look(link));
  link.roll_back();
  if (!there) return std::uint64_t{0};
  MILLRACE_CHECK(make_table(link));
  for (std::uint64_t removed = 0;;) {
    transaction tx(link);
    MILLRACE_TRY(const auto ids, exposing(link, table));
    MILLRACE_CHECK(remove_rows(link, *dialect_, schema_, sql::refused_table(),
                               {ids.begin(), ids.end()},
                               "removing entries from " + sql::refused_table().collection));
    MILLRACE_CHECK(tx.commit());
    removed += ids.size();
    if (ids.size() < concealed_at_once) return removed;
  }
}

}  // namespace millrace::odbc
