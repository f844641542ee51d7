// A row's entry tells by its policy whether the row itself is in its table.
#include "engine/sql/refused_table.hpp"

#include "engine/model/refusals.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

namespace millrace::sql {

const table_schema& refused_table() {
  static const table_schema table = [] {
    constexpr std::uint32_t name_length = 128;
    constexpr std::uint32_t id_length = 255;
    constexpr std::uint32_t reason_length = 4000;
    const auto column = [](const char* name, value_type type, std::uint32_t length) {
      return table_column{name, name, "", type, length, 0, 0};
    };
    table_schema t;
    t.collection = "_millrace_refused";
    t.label = "Values and rows that a table could not take; written by millrace";
    t.columns = {column("id", value_type::text, id_length),
                 column("collection", value_type::text, name_length),
                 column("record", value_type::text, name_length),
                 column("field", value_type::text, name_length),
                 column("version", value_type::timestamp, 0),
                 column("policy", value_type::text, name_length),
                 column("reason", value_type::text, reason_length),
                 column("part", value_type::integer, 0),
                 column("value", value_type::text, 0),
                 column("hashed", value_type::text, 0)};
    return t;
  }();
  return table;
}

std::string read_entries(const dialect& d, std::string_view schema) {
  return fmt::format("SELECT {}, {}, {}, {} FROM {} WHERE {} = ?", quoted(d, "id"),
                     quoted(d, "field"), quoted(d, "policy"), quoted(d, "hashed"),
                     read_table(d, schema, refused_table()), quoted(d, "collection"));
}

std::string read_quarantined(const dialect& d, std::string_view schema) {
  return fmt::format("SELECT DISTINCT {} FROM {} WHERE {} = ? AND {} = {}", quoted(d, "record"),
                     read_table(d, schema, refused_table()), quoted(d, "collection"),
                     quoted(d, "policy"), literal(d, name_of(value_policy::quarantine)));
}

}  // namespace millrace::sql
