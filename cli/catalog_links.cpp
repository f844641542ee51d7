// References come with the names of objects; tables are found by those.
#include "cli/catalog_links.hpp"

namespace millrace {

std::map<std::string, std::size_t> places_of(const run_plan& plan) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < plan.collections.size(); ++i)
    places.emplace(plan.collections[i].what.object, i);
  return places;
}

std::vector<catalog_link> links_of(const run_plan& plan) {
  const auto places = places_of(plan);
  std::vector<catalog_link> links;
  for (std::size_t from = 0; from < plan.collections.size(); ++from) {
    const std::vector<field>& fields = plan.collections[from].what.fields;
    for (std::size_t f = 0; f < fields.size(); ++f)
      for (const std::string& object : fields[f].refers_to)
        if (const auto to = places.find(object); to != places.end())
          links.push_back({from, f, to->second});
  }
  return links;
}

}  // namespace millrace
