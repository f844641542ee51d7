// One table of a dialect file. Keys are taken one by one; what is left over at the end is unknown.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace millrace::sql {

/// Faults are collected by throwing once: toml++ throws itself, and one `catch` turns both into
/// values. Never leaves `parse_dialect`.
struct dialect_fault {
  std::string message;
  toml::source_position where;
};

/// Says which key of which table is missing, unknown or of the wrong kind.
class dialect_section {
 public:
  /// `name` stands before keys in messages: "types.".
  dialect_section(const toml::table& table, std::string name)
      : table_(table), name_(std::move(name)) {}

  std::string text(const char* key);
  /// The fallback when the key is absent.
  std::string text_or(const char* key, std::string fallback);
  std::size_t number(const char* key);
  std::size_t number_or(const char* key, std::size_t fallback);
  bool flag_or(const char* key, bool fallback);
  std::vector<std::string> texts(const char* key);
  /// A text alone counts as a list of one; absent: none.
  std::vector<std::string> texts_or_none(const char* key);
  const toml::table& table(const char* key);
  /// Null when absent.
  const toml::table* table_or_none(const char* key);
  /// The tables of `[[key]]`; absent: none.
  std::vector<const toml::table*> tables_or_none(const char* key);
  /// Null when absent.
  const toml::node* take(const char* key);
  /// After the last key was taken: a key that nobody took is a fault.
  void finish() const;

  [[nodiscard]] dialect_fault fault(const char* key, std::string_view what) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const toml::node& needed(const char* key);
  const toml::table& table_;
  std::string name_;
  std::set<std::string> taken_;
};

}  // namespace millrace::sql
