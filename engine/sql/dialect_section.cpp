// Kinds of values, and where a fault is.
#include "engine/sql/dialect_section.hpp"

#include <fmt/format.h>

namespace millrace::sql {
namespace {

std::vector<std::string> texts_of(const toml::array& list, const std::string& name,
                                  const char* key) {
  std::vector<std::string> out;
  for (const toml::node& item : list) {
    const auto* value = item.as_string();
    if (value == nullptr)
      throw dialect_fault{fmt::format("{}{} must hold texts only", name, key), item.source().begin};
    out.push_back(value->get());
  }
  return out;
}

}  // namespace

dialect_fault dialect_section::fault(const char* key, std::string_view what) const {
  const toml::node* node = table_.get(key);
  return {fmt::format("{}{} {}", name_, key, what),
          node != nullptr ? node->source().begin : table_.source().begin};
}

const toml::node* dialect_section::take(const char* key) {
  taken_.insert(key);
  return table_.get(key);
}

const toml::node& dialect_section::needed(const char* key) {
  const toml::node* node = take(key);
  if (node == nullptr)
    throw dialect_fault{fmt::format("the key {}{} is missing", name_, key), table_.source().begin};
  return *node;
}

std::string dialect_section::text(const char* key) {
  if (const auto* value = needed(key).as_string()) return value->get();
  throw fault(key, "must be a text");
}

std::string dialect_section::text_or(const char* key, std::string fallback) {
  return take(key) == nullptr ? std::move(fallback) : text(key);
}

std::size_t dialect_section::number(const char* key) {
  const auto* value = needed(key).as_integer();
  if (value != nullptr && value->get() > 0) return static_cast<std::size_t>(value->get());
  throw fault(key, "must be a number above 0");
}

std::size_t dialect_section::number_or(const char* key, std::size_t fallback) {
  return take(key) == nullptr ? fallback : number(key);
}

bool dialect_section::flag_or(const char* key, bool fallback) {
  const toml::node* node = take(key);
  if (node == nullptr) return fallback;
  if (const auto* value = node->as_boolean()) return value->get();
  throw fault(key, "must be true or false");
}

std::vector<std::string> dialect_section::texts(const char* key) {
  if (const toml::array* list = needed(key).as_array()) return texts_of(*list, name_, key);
  throw fault(key, "must be a list of texts");
}

std::vector<std::string> dialect_section::texts_or_none(const char* key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  if (const auto* value = node->as_string()) return {value->get()};
  if (const toml::array* list = node->as_array()) return texts_of(*list, name_, key);
  throw fault(key, "must be a text or a list of texts");
}

const toml::table& dialect_section::table(const char* key) {
  if (const toml::table* t = needed(key).as_table()) return *t;
  throw fault(key, "must be a table");
}

const toml::table* dialect_section::table_or_none(const char* key) {
  return take(key) == nullptr ? nullptr : &table(key);
}

std::vector<const toml::table*> dialect_section::tables_or_none(const char* key) {
  std::vector<const toml::table*> out;
  const toml::node* node = take(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) throw fault(key, "must be a list of tables");
  for (const toml::node& item : *list) {
    const toml::table* t = item.as_table();
    if (t == nullptr) throw fault(key, "must be a list of tables");
    out.push_back(t);
  }
  return out;
}

void dialect_section::finish() const {
  for (const auto& [key, node] : table_)
    if (!taken_.contains(std::string(key.str())))
      throw dialect_fault{fmt::format("the key {}{} is unknown", name_, key.str()),
                          key.source().begin};
}

}  // namespace millrace::sql
