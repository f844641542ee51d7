// Byte rules only: no locale, so that a name never depends on the machine.
#include "engine/naming/snake_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace millrace {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// FNV-1a: fixed for ever, because names in warehouses depend on it.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return hash;
}

}  // namespace

std::string snake_case(std::string_view name) {
  std::string out;
  std::size_t i = 0;
  while (i < name.size()) {
    const std::size_t begin = i;
    while (i < name.size() && (is_upper(name[i]) || is_digit(name[i])))
      ++i;
    while (i < name.size() && (is_lower(name[i]) || is_digit(name[i])))
      ++i;
    if (i == begin) {
      ++i;  // belongs to no word
      continue;
    }
    if (!out.empty()) out += '_';
    for (std::size_t k = begin; k < i; ++k)
      out += is_upper(name[k]) ? static_cast<char>(name[k] - 'A' + 'a') : name[k];
  }
  return out;
}

std::string identifier_of(std::string_view name) {
  std::string out = snake_case(name);
  if (out.empty()) return fmt::format("_{:06x}", hash_of(name) & 0xFFFFFFU);
  if (is_digit(out.front())) out.insert(out.begin(), '_');
  return out;
}

std::string collection_name_of(std::string_view object) {
  return identifier_of(object);
}

std::string with_suffix(std::string_view base, std::string_view original, std::size_t bytes_max) {
  const std::string suffix = fmt::format("_{:06x}", hash_of(original) & 0xFFFFFFU);
  const std::size_t room = bytes_max > suffix.size() ? bytes_max - suffix.size() : 0;
  return std::string(base.substr(0, std::min(base.size(), room))) + suffix;
}

}  // namespace millrace
