// The note of the last run tells a change in the source from a column that somebody altered by
// hand; the types in the warehouse tell whether it matters.
#include "connectors/odbc/type_changes.hpp"

#include "engine/lower_case.hpp"
#include "engine/naming/snake_case.hpp"
#include "engine/sql/column_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

namespace millrace::odbc {
namespace {

/// Canonical texts of numbers, times and truths are shorter.
constexpr std::uint32_t canonical_length_max = 512;
/// Digits of the largest integer.
constexpr std::uint16_t integer_digits = 19;

constexpr std::array all_types{value_type::text,      value_type::boolean,  value_type::integer,
                               value_type::decimal,   value_type::floating, value_type::date,
                               value_type::timestamp, value_type::time};

value_type field_type(const table_column& c) {
  return c.of_field.value_or(c.type);
}

/// What a note says of a column.
struct filled {
  std::string_view type;
  std::string_view held_as;  ///< empty: as its own type
};
using filled_map = std::map<std::string_view, filled>;

/// Pieces of the note.
filled_map parsed(const std::vector<std::string>& note) {
  filled_map out;
  for (const std::string_view entry : note) {
    const std::size_t first = std::min(entry.find(':'), entry.size());
    const std::size_t second = std::min(entry.find(':', first + 1), entry.size());
    filled f;
    if (first < entry.size()) f.type = entry.substr(first + 1, second - first - 1);
    if (second < entry.size()) f.held_as = entry.substr(second + 1);
    out.emplace(entry.substr(0, first), f);
  }
  return out;
}

/// Whether the note has columns that no column of the table is called by: only then may one of them
/// have been moved.
bool has_others(const filled_map& note, const table_schema& table) {
  std::size_t known = 0;
  for (const table_column& c : table.columns)
    known += note.contains(c.name) ? 1 : 0;
  return known < note.size();
}

/// The column of a field of this type, where another one keeps the plain name.
std::string column_of_type(const sql::dialect& d, const table_column& c, value_type type) {
  return with_suffix(c.name, fmt::format("{} as {}", c.source, name_of(type)),
                     d.identifier_bytes_max);
}

/// The column as a text that holds what its field brings.
table_column as_text(table_column c) {
  if (c.type == value_type::text) return c;
  c.of_field = field_type(c);
  c.type = value_type::text;
  c.length = canonical_length_max;
  c.precision = 0;
  c.scale = 0;
  return c;
}

struct follower {
  const sql::dialect& d;
  const std::map<std::string, std::string>& present;
  filled_map before;
  table_plan& plan;
  bool moved = has_others(before, plan.table);  ///< perhaps
  bool changed = false;

  [[nodiscard]] sql::type_fit fit(const table_column& c, const std::string& type) const {
    table_schema alone;
    alone.columns = {{}, c};
    const sql::physical_column wanted = sql::physical_columns(d, alone)[1];
    return sql::compare_types(*wanted.rule, type, wanted.type).fit;
  }
  [[nodiscard]] bool fits(const table_column& c, const std::string& type) const {
    return fit(c, type) != sql::type_fit::differs;
  }

  void tell(const char* code, std::string text) {
    plan.change.notices.push_back({plan.table.collection, code, std::move(text)});
  }

  [[nodiscard]] std::string type_of(const table_column& c) const {
    return lowered(sql::column_type(d, c, false));
  }

  /// A number whose column was made for more digits than it has now stays of the wider kind: what
  /// is a number in the narrow one may be a text in that.
  void keep_wide(table_column& c) {
    if (c.type != value_type::decimal) return;
    const auto there = present.find(c.name);
    if (there == present.end()) return;
    const std::string narrow = type_of(c);
    const std::string type = lowered(there->second);
    if (type == narrow) return;
    table_column wide = c;
    wide.precision = 0;
    wide.scale = 0;
    if (type == type_of(wide)) replace(c, wide);
  }

  void replace(table_column& c, const table_column& by) {
    c = by;
    changed = true;
  }
  void rename(table_column& c, const std::string& name) {
    c.name = name;
    changed = true;
  }

  result<void> follow(std::size_t index) {
    table_column& c = plan.table.columns[index];
    keep_wide(c);
    const bool is_field = !c.source.empty() && index != plan.table.key;
    if (!is_field || index == plan.table.version) return {};
    const std::string now(name_of(c.type));
    // Where an earlier change has put it.
    if (moved) {
      if (const std::string name = column_of_type(d, c, c.type); is_filled_by(name, now)) {
        rename(c, name);
        return {};
      }
    }
    const auto was = last_type(c);
    if (!was) return {};
    const auto there = present.find(c.name);
    if (there == present.end() || there->second.empty()) return {};
    if (was->type == now) {
      if (!was->held_as.empty() && !fits(c, there->second)) replace(c, as_text(c));
      return {};
    }
    // A type that the column is wide enough for changes nothing but what is in it.
    if (fits(c, there->second)) return {};
    return change(c, std::string(was->type), there->second);
  }

  [[nodiscard]] bool is_filled_by(const std::string& column, const std::string& type) const {
    const auto found = before.find(column);
    return found != before.end() && found->second.type == type;
  }

  /// By which type the field was loaded last, in whichever column.
  [[nodiscard]] std::optional<filled> last_type(const table_column& c) const {
    if (const auto found = before.find(c.name); found != before.end()) return found->second;
    if (!moved) return {};
    for (const value_type type : all_types)
      if (const auto found = before.find(column_of_type(d, c, type)); found != before.end())
        return found->second;
    return {};
  }

  result<void> change(table_column& c, const std::string& was, const std::string& type) {
    const std::string what =
        fmt::format("the field {} is {} in the org now and was {}", c.source, name_of(c.type), was);
    const std::string where = plan.table.collection + "." + c.name;
    switch (plan.table.on_type_change) {
      case type_change_policy::fail:
        return failure(error{
            errc::table_conflict,
            fmt::format("{}: its column {} is {} and does not hold that", what, where, type),
            fmt::format("Rename or drop the column {}, or write on_type_change = \"widen\" or "
                        "\"new_column\" in the options of the collection {}",
                        where, plan.table.collection),
            retry::never,
            {},
            {}});
      case type_change_policy::new_column: {
        const std::string name = column_of_type(d, c, c.type);
        tell("column_replaced",
             fmt::format("{}: it is loaded into the column {}.{} from now on, with its history; {} "
                         "keeps what it has",
                         what, plan.table.collection, name, where));
        rename(c, name);
        return {};
      }
      case type_change_policy::widen:
        break;
    }
    widen(c, was, type, what, where);
    return {};
  }

  void widen(table_column& c, const std::string& was, const std::string& type,
             const std::string& what, const std::string& where) {
    const table_column text = as_text(c);
    if (fits(text, type)) {
      tell("column_retyped",
           fmt::format("{}: the column {} stays {}, which holds both, and is filled again", what,
                       where, type));
      replace(c, text);
      return;
    }
    // Left as it is, and told: values that do not fit fail the collection.
    if (d.widen_column.empty()) return;
    replace(c, wider(c, was, type).value_or(text));
    plan.retyped.emplace(c.name, what);
  }

  /// A type other than text that holds the values of both; none: nothing but a text does.
  [[nodiscard]] std::optional<table_column> wider(const table_column& c, const std::string& was,
                                                  const std::string& type) const {
    table_column narrow = c;
    if (c.type == value_type::decimal && was == name_of(value_type::integer)) {
      narrow.type = value_type::integer;
      table_column wide = c;
      wide.precision = static_cast<std::uint16_t>(integer_digits + c.scale);
      if (fits(narrow, type)) return wide;
    }
    if (c.type == value_type::timestamp && was == name_of(value_type::date)) {
      narrow.type = value_type::date;
      if (fits(narrow, type)) return c;
    }
    return {};
  }
};

}  // namespace

std::vector<std::string> filled_columns(const table_schema& table) {
  std::vector<std::string> out;
  out.reserve(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.deleted_at == i) continue;
    const table_column& c = table.columns[i];
    const std::string_view type = name_of(field_type(c));
    std::string& entry = out.emplace_back();
    entry.reserve(c.name.size() + 1 + type.size());
    entry.append(c.name).append(1, ':').append(type);
    if (c.of_field) entry.append(1, ':').append(name_of(c.type));
  }
  return out;
}

void note_new_fields(const std::vector<std::string>& before, table_plan& plan) {
  std::set<std::string_view> columns;
  for (const table_column& c : plan.table.columns)
    columns.insert(c.name);
  std::string lost;
  for (const auto& [name, was] : parsed(before))
    if (!columns.contains(name)) lost.append(lost.empty() ? "" : ", ").append(name);
  const std::string& table = plan.table.collection;
  for (const table_column& c : plan.table.columns) {
    const std::vector<std::string>& added = plan.change.add_columns;
    const bool is_new = std::find(added.begin(), added.end(), c.name) != added.end();
    if (!is_new || c.source.empty()) continue;
    std::string text =
        fmt::format("the field {} is loaded into the new column {}.{}, with its history", c.source,
                    table, c.name);
    if (!lost.empty())
      text += fmt::format(
          "; {} no field any more and {} kept as it is. If a field was renamed, the "
          "new column has all of its values",
          lost.find(',') == std::string::npos ? lost + " has" : lost + " have",
          lost.find(',') == std::string::npos ? "is" : "are each");
    plan.change.notices.push_back({table, "column_added", std::move(text)});
  }
}

void owe_unfilled(const std::vector<std::string>& filled, const std::vector<std::string>& before,
                  table_change& change) {
  const std::set<std::string_view> known(before.begin(), before.end());
  for (const std::string& column : filled) {
    if (known.contains(column)) continue;
    const std::string name = column.substr(0, column.find(':'));
    if (std::find(change.owed.begin(), change.owed.end(), name) == change.owed.end())
      change.owed.push_back(name);
  }
}

result<bool> follow_types(const sql::dialect& d, const std::vector<std::string>& before,
                          const std::map<std::string, std::string>& present, table_plan& plan) {
  follower f{d, present, parsed(before), plan};
  for (std::size_t i = 0; i < plan.table.columns.size(); ++i)
    MILLRACE_CHECK(f.follow(i));
  return f.changed;
}

}  // namespace millrace::odbc
