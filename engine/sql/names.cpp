// Quoting: what closes is doubled, or stands behind a backslash.
#include "engine/sql/names.hpp"

#include "engine/naming/snake_case.hpp"

namespace millrace::sql {

std::string folded(const dialect& d, std::string_view name) {
  std::string out(name);
  if (d.folding == name_case::upper)
    for (char& c : out)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string quoted(const dialect& d, std::string_view name) {
  std::string out = d.quote_open;
  for (const char c : folded(d, name)) {
    if (d.in_names == quote_escape::backslash) {
      if (c == d.quote_close.front() || c == '\\') out += '\\';
    } else if (c == d.quote_close.front()) {
      out += c;
    }
    out += c;
  }
  out += d.quote_close;
  return out;
}

std::string literal(const dialect& d, std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue;
    if (c == '\\' && d.backslash_escapes) out += c;
    if (c == '\'') out += d.in_texts == quote_escape::backslash ? '\\' : c;
    out += c;
  }
  out += '\'';
  return out;
}

std::string catalog_name(const dialect& d, std::string_view schema, std::string_view table) {
  std::string name(table);
  if (d.style == schema_style::prefix) name = std::string(schema) + "__" + name;
  if (name.size() > d.identifier_bytes_max) name = with_suffix(name, name, d.identifier_bytes_max);
  return folded(d, name);
}

std::string table_name(const dialect& d, std::string_view schema, std::string_view table) {
  const std::string name = quoted(d, catalog_name(d, schema, table));
  return d.style == schema_style::schema ? quoted(d, schema) + "." + name : name;
}

}  // namespace millrace::sql
