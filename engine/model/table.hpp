// The table that a collection is loaded into: columns in order, its key and its version.
#pragma once

#include "engine/model/type_change.hpp"
#include "engine/model/types.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// One column that is filled from a field of the source.
struct table_column {
  std::string name;    ///< in the warehouse: "pricebook2_id"
  std::string source;  ///< the field's name at the source: "Pricebook2Id"
  std::string label;
  value_type type = value_type::text;
  std::uint32_t length = 0;
  std::uint16_t precision = 0;
  std::uint16_t scale = 0;
  std::string fallback = {};  ///< canonical text for a row that brings no cell; empty: NULL
  bool hashed = false;        ///< the builder of batches replaces each value by its hash
  /// The field's own type, where the column holds its canonical text by another one (I11).
  std::optional<value_type> of_field = {};
};

/// Beside these columns every table has `received_at` and `uuid_ts` (design: section 6), which the
/// warehouse side adds and fills.
struct table_schema {
  std::string collection;  ///< "opportunity_product"; also the table's name
  std::string label;       ///< for people
  std::vector<table_column> columns;
  std::size_t key = 0;                 ///< index of the key column
  std::optional<std::size_t> version;  ///< index of the column that orders versions of a row (I5)
  /// Columns that mark a row whose record is gone for good (I14), where such rows are kept: true,
  /// and when that was found. The second is NULL for every record that is there.
  std::optional<std::size_t> is_deleted = {};
  std::optional<std::size_t> deleted_at = {};
  type_change_policy on_type_change = type_change_policy::widen;
};

using table_ptr = std::shared_ptr<const table_schema>;

inline constexpr const char* received_at_column = "received_at";
inline constexpr const char* written_at_column = "uuid_ts";
inline constexpr const char* is_deleted_column = "is_deleted";
inline constexpr const char* deleted_at_column = "_millrace_deleted_at";

}  // namespace millrace
