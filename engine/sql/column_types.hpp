// Types of columns: what a warehouse calls them, and what may become of one that is there already.
#pragma once

#include "engine/model/merge_mode.hpp"
#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

/// A column as the warehouse has it.
struct physical_column {
  std::string name;
  std::string type;
  std::string label;    ///< for comments
  std::string cast;     ///< text in `{cell}` to this type; empty: the warehouse converts
  std::string differs;  ///< null-safe, one `{column}`; empty: as the dialect compares the others
  bool is_key = false;
  const type_rule* rule = nullptr;  ///< of the dialect, where the type comes from
};

/// The warehouse's type for a column; the key has one of its own.
std::string column_type(const dialect& d, const table_column& column, bool is_key);

/// The type as it is declared and cast to: one that may be NULL is wrapped, where the dialect does.
std::string declared_type(const dialect& d, const physical_column& column);

/// All columns in the order in which they are created and bound: the table's own, then
/// `received_at` and `uuid_ts`.
std::vector<physical_column> physical_columns(const dialect& d, const table_schema& table);

/// The columns that a merge of this mode fills: all, or those of the batch and `uuid_ts`. The last
/// `constants_of(mode)` of them have one value for the whole batch.
std::vector<physical_column> loaded_columns(const dialect& d, const table_schema& table,
                                            merge_mode mode);
std::size_t constants_of(merge_mode mode);

/// What to do with a column that is there.
enum class type_fit : std::uint8_t {
  same,     ///< or wider than needed
  widen,    ///< a wider type holds what both do
  differs,  ///< somebody chose another type
};
struct type_comparison {
  type_fit fit = type_fit::same;
  std::string type;  ///< to widen to
};
/// `present` and `wanted` as the warehouse writes types: "numeric(18,2)", not wrapped. Case, blanks
/// and a collation do not count. `rule`: where `wanted` comes from; its `beyond` is wider than its
/// `name`.
type_comparison compare_types(const type_rule& rule, std::string_view present,
                              std::string_view wanted);

/// How many digits behind the point a type of numbers holds, by its name as the warehouse or the
/// dialect writes it; none: as many as a value has, or the name does not tell.
std::optional<std::uint32_t> digits_behind_point(std::string_view type);

/// Whether a number of type `wide` holds more digits behind the point than one of `narrow`.
bool has_more_digits(std::string_view wide, std::string_view narrow);

}  // namespace millrace::sql
