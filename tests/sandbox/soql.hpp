// SOQL as far as a copying client needs it: parsing into a statement, and choosing the records it
// means.
#pragma once

#include "table.hpp"
#include <cstdint>
#include <memory>
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

struct condition {
  enum class kind : std::uint8_t { all_of, any_of, not_, compare };
  kind what = kind::compare;
  std::vector<condition> parts;
  std::string field;
  std::string op;             ///< = != < <= > >= in not in like
  std::vector<value> values;  ///< literals in canonical text; null for the literal null
  bool quoted = false;        ///< the literal was a string
  std::size_t index = 0;      ///< of the field, once resolved
  std::optional<stamp> at;    ///< of a datetime literal, once resolved
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

/// Resolves names against the object. An unknown field is INVALID_FIELD, in the org's words.
std::variant<std::vector<std::size_t>, soql_error> resolve(statement& s, const object_def& object);

/// Record numbers in the order that the statement asks for.
std::vector<std::uint32_t> choose(const statement& s, const table& rows, bool with_deleted);

}  // namespace sandbox
