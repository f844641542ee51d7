// Looking up by name: the lists are sorted, and there may be thousands.
#include "engine/config/configuration.hpp"

#include <algorithm>

namespace millrace {
namespace {

template <class Settings>
const Settings* find_in(const std::vector<Settings>& all, const std::string& name) {
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const Settings& s, const std::string& wanted) { return s.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

bool pipeline_settings::has_own_cadences() const {
  return std::any_of(choices.begin(), choices.end(),
                     [](const collection_choice& c) { return c.every.has_value(); });
}

cadence pipeline_settings::shortest() const {
  cadence out = when;
  for (const collection_choice& c : choices)
    if (c.every) out.every = std::min(out.every, *c.every);
  return out;
}

std::uint32_t configuration::weight_of(const std::string& tenant) const {
  const tenant_settings* found = find_in(tenants, tenant);
  return found == nullptr ? tenant_settings{}.weight : found->weight;
}
const warehouse_settings* configuration::find_warehouse(const std::string& name) const {
  return find_in(warehouses, name);
}
const source_settings* configuration::find_source(const std::string& name) const {
  return find_in(sources, name);
}
const pipeline_settings* configuration::find_pipeline(const std::string& name) const {
  return find_in(pipelines, name);
}

}  // namespace millrace
