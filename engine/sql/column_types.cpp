// Names of types, and their widths by what stands in parentheses.
#include "engine/sql/column_types.hpp"

#include "engine/lower_case.hpp"
#include "engine/sql/template_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace::sql {
namespace {

const type_rule& rule_of(const dialect& d, const table_column& column, bool is_key) {
  const type_rules& t = d.types;
  if (is_key) return t.key;
  switch (column.type) {
    case value_type::text:
      return t.text;
    case value_type::boolean:
      return t.boolean;
    case value_type::integer:
      return t.integer;
    case value_type::decimal:
      return t.decimal;
    case value_type::floating:
      return t.floating;
    case value_type::date:
      return t.date;
    case value_type::timestamp:
      return t.timestamp;
    case value_type::time:
      return t.time;
  }
  return t.text;
}

bool goes_beyond(const type_rule& rule, const table_column& column, bool is_key) {
  const bool digits = column.type == value_type::decimal || column.type == value_type::floating;
  const std::uint32_t width = digits && !is_key ? column.precision : column.length;
  return !rule.beyond.empty() && rule.up_to > 0 && (width == 0 || width > rule.up_to);
}

physical_column physical(const dialect& d, const table_column& column, bool is_key) {
  const type_rule& rule = rule_of(d, column, is_key);
  physical_column out{column.name, column_type(d, column, is_key), column.label, {}, {}, is_key,
                      &rule};
  if (goes_beyond(rule, column, is_key)) out.differs = rule.beyond_differs;
  const std::string& cast = rule.cast.empty() ? d.types.cast : rule.cast;
  if (!cast.empty()) out.cast = filled(cast, {{"type", declared_type(d, out)}});
  return out;
}

physical_column service_column(const dialect& d, const char* name) {
  return physical(d, {name, "", "", value_type::timestamp, 0, 0, 0}, false);
}

/// "numeric(18,2) unsigned" in parts.
struct parsed_type {
  std::string name;  ///< without what is in parentheses
  std::vector<std::uint32_t> widths;
};

parsed_type parse(std::string_view text) {
  std::string low = lowered(text);
  low = low.substr(0, std::min({low.find(" collate"), low.find(" character set")}));
  parsed_type out;
  for (std::size_t i = 0; i < low.size(); ++i) {
    if (low[i] == '(') {
      const std::size_t end = std::min(low.find(')', i), low.size());
      for (std::size_t at = i + 1; at < end; ++at) {
        std::uint32_t number = 0;
        const auto read = std::from_chars(low.data() + at, low.data() + end, number);
        if (read.ec == std::errc{}) {
          out.widths.push_back(number);
          at = static_cast<std::size_t>(read.ptr - low.data());
        }
      }
      i = end;
    } else if (low[i] != ' ' || (!out.name.empty() && out.name.back() != ' ')) {
      out.name += low[i];
    }
  }
  while (!out.name.empty() && out.name.back() == ' ')
    out.name.pop_back();
  return out;
}

std::uint32_t scale_of(const parsed_type& t) {
  return t.widths.size() > 1 ? t.widths[1] : 0;
}
std::uint32_t whole_of(const parsed_type& t) {
  return t.widths[0] - std::min(t.widths[0], scale_of(t));
}

/// The least type of the same name that holds what both hold; none: `there` does already. No
/// width at all is the widest.
std::optional<std::string> wider(const parsed_type& there, const parsed_type& now,
                                 std::string_view wanted) {
  if (there.widths.empty()) return {};
  // As the dialect writes it, with its collation.
  if (now.widths.empty()) return std::string(wanted);
  const std::uint32_t scale = std::max(scale_of(there), scale_of(now));
  const std::uint32_t whole = std::max(whole_of(there), whole_of(now));
  if (scale == scale_of(there) && whole == whole_of(there)) return {};
  if (scale == scale_of(now) && whole == whole_of(now)) return std::string(wanted);
  if (there.widths.size() == 1 && now.widths.size() == 1)
    return fmt::format("{}({})", now.name, whole);
  return fmt::format("{}({},{})", now.name, whole + scale, scale);
}

}  // namespace

std::string column_type(const dialect& d, const table_column& column, bool is_key) {
  const type_rule& rule = rule_of(d, column, is_key);
  const std::string& name = goes_beyond(rule, column, is_key) ? rule.beyond : rule.name;
  if (name.find('{') == std::string::npos) return name;
  return filled(name, {{"precision", std::to_string(column.precision)},
                       {"scale", std::to_string(column.scale)},
                       {"length", std::to_string(column.length)},
                       {"bytes", std::to_string(column.length * 3)}});
}

std::vector<physical_column> physical_columns(const dialect& d, const table_schema& table) {
  return loaded_columns(d, table, merge_mode::changed);
}

std::string declared_type(const dialect& d, const physical_column& column) {
  return column.is_key ? column.type : filled(d.types.nullable, {{"type", column.type}});
}

std::size_t constants_of(merge_mode mode) {
  return mode == merge_mode::existing ? 1 : 2;
}

std::vector<physical_column> loaded_columns(const dialect& d, const table_schema& table,
                                            merge_mode mode) {
  std::vector<physical_column> out;
  out.reserve(table.columns.size() + 2);
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out.push_back(physical(d, table.columns[i], i == table.key));
  if (mode != merge_mode::existing) out.push_back(service_column(d, received_at_column));
  out.push_back(service_column(d, written_at_column));
  return out;
}

std::optional<std::uint32_t> digits_behind_point(std::string_view type) {
  const parsed_type t = parse(type);
  if (t.name.find("int") != std::string::npos) return 0;
  const bool exact =
      t.name.starts_with("num") || t.name.starts_with("dec") || t.name.starts_with("bignum");
  if (!exact || t.widths.empty()) return {};
  return scale_of(t);
}

bool has_more_digits(std::string_view wide, std::string_view narrow) {
  const parsed_type from = parse(narrow);
  const parsed_type to = parse(wide);
  if (from.widths.empty()) return false;
  return to.widths.empty() || scale_of(to) > scale_of(from);
}

type_comparison compare_types(const type_rule& rule, std::string_view present,
                              std::string_view wanted) {
  if (present == wanted) return {};
  const parsed_type there = parse(present);
  const parsed_type now = parse(wanted);
  if (there.name == now.name) {
    auto type = wider(there, now, wanted);
    if (!type) return {};
    // A type that says more than name and widths is taken as the dialect writes it.
    if (there.name.find(' ') != std::string::npos && now.name.find("character") != 0)
      return {type_fit::differs, {}};
    return {type_fit::widen, std::move(*type)};
  }
  if (!rule.beyond.empty()) {
    const std::string narrow = parse(rule.name).name;
    const std::string wide = parse(rule.beyond).name;
    if (there.name == wide && now.name == narrow) return {};
    if (there.name == narrow && now.name == wide) return {type_fit::widen, std::string(wanted)};
  }
  return {type_fit::differs, {}};
}

}  // namespace millrace::sql
