// Duplicates inside a batch are dropped before any statement sees them: most warehouses refuse
// them.
#include "engine/model/deduplicate.hpp"

#include <string_view>
#include <unordered_map>

namespace millrace {

std::vector<std::uint32_t> rows_to_merge(const batch& rows) {
  const column& keys = rows.columns[rows.table->key];
  const column* versions = rows.table->version ? &rows.columns[*rows.table->version] : nullptr;
  std::unordered_map<std::string_view, std::uint32_t> latest;
  latest.reserve(rows.rows);
  bool any_twice = false;
  for (std::uint32_t i = 0; i < rows.rows; ++i) {
    const auto [at, fresh] = latest.try_emplace(keys.value(i), i);
    if (fresh) continue;
    any_twice = true;
    // Canonical timestamps compare as text; NULL is empty and so the lowest.
    if (versions == nullptr || versions->value(i) >= versions->value(at->second)) at->second = i;
  }
  std::vector<std::uint32_t> out;
  out.reserve(latest.size());
  for (std::uint32_t i = 0; i < rows.rows; ++i)
    if (!any_twice || latest.at(keys.value(i)) == i) out.push_back(i);
  return out;
}

}  // namespace millrace
