// SOQL as far as a copying client needs it: parsing into a statement, giving names their meaning,
// and choosing the records it asks for.
#pragma once

#include "table.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sandbox {

/// An error as the org answers it.
struct soql_error {
  std::string code;
  std::string message;
};

/// A literal of a condition.
struct literal {
  value text;           ///< none: null
  bool quoted = false;  ///< it was a string
  stamp at = 0;         ///< of a datetime, once resolved
};

struct condition {
  enum class kind : std::uint8_t { all_of, any_of, negation, compare };
  enum class op : std::uint8_t { eq, ne, lt, le, gt, ge, in, not_in, like };
  kind what = kind::compare;
  std::vector<condition> parts;
  std::string field;
  op how = op::eq;
  std::vector<literal> values;
  std::size_t index = 0;  ///< of the field, once resolved
};

struct ordering {
  std::string field;
  bool descending = false;
  std::size_t index = 0;
};

struct statement {
  std::vector<std::string> fields;
  bool count = false;
  std::string object;
  std::optional<condition> where;
  std::vector<ordering> order;
  std::optional<std::size_t> limit;
  std::size_t offset = 0;
};

std::variant<statement, soql_error> parse_soql(std::string_view text);

/// Gives names and literals their meaning; the fields that are selected, by index.
std::variant<std::vector<std::size_t>, soql_error> resolve(statement& s, const object_def& object);

/// Record numbers in the order that the statement asks for. Without an order they come backwards,
/// so that nobody comes to rely on one.
std::vector<std::uint32_t> choose(const statement& s, const table& rows, bool with_deleted);

}  // namespace sandbox
