// Duplicates inside a batch are dropped before any statement sees them: most warehouses refuse
// them.
#include "engine/model/deduplicate.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace millrace {

std::vector<std::uint32_t> rows_to_merge(const batch& rows) {
  const column& keys = rows.columns[rows.table->key];
  std::vector<std::uint32_t> out(rows.rows);
  std::iota(out.begin(), out.end(), 0U);
  // Mostly pages come in order of key: then this is all.
  const auto not_after = [&](std::uint32_t a, std::uint32_t b) {
    return keys.value(a) >= keys.value(b);
  };
  if (std::adjacent_find(out.begin(), out.end(), not_after) == out.end()) return out;

  const column* versions = rows.table->version ? &rows.columns[*rows.table->version] : nullptr;
  // Canonical timestamps compare as text; NULL is empty and so the lowest.
  const auto version = [&](std::uint32_t row) {
    return versions == nullptr ? std::string_view() : versions->value(row);
  };
  // The one that stands comes first among those of its key.
  std::sort(out.begin(), out.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (const int order = keys.value(a).compare(keys.value(b)); order != 0) return order < 0;
    if (const int order = version(a).compare(version(b)); order != 0) return order > 0;
    return a > b;
  });
  const auto same_key = [&](std::uint32_t a, std::uint32_t b) {
    return keys.value(a) == keys.value(b);
  };
  out.erase(std::unique(out.begin(), out.end(), same_key), out.end());
  return out;
}

}  // namespace millrace
