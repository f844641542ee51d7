// Names are given in order of precedence, so that the first to come keeps the plain one.
#include "engine/naming/collection_names.hpp"

#include "engine/naming/snake_case.hpp"
#include "engine/naming/standard_collections.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace millrace {
namespace {

/// "Invoice__c", "ns__Thing__History": whatever somebody added to the org.
bool is_added(std::string_view object) {
  return object.find("__") != std::string_view::npos;
}

}  // namespace

std::vector<collection_name> name_collections(std::span<const std::string_view> objects,
                                              std::size_t bytes_max) {
  std::vector<std::size_t> order(objects.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto precedence = [&](std::size_t i) {
    return std::tuple(!standard_collection_of(objects[i]), is_added(objects[i]), objects[i]);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return precedence(a) < precedence(b); });

  std::vector<collection_name> out(objects.size());
  std::map<std::string, std::string_view> taken;
  std::size_t before = objects.size();
  for (const std::size_t i : order) {
    // An object that is listed twice is still one.
    const std::size_t last = std::exchange(before, i);
    if (last < objects.size() && objects[last] == objects[i]) {
      out[i] = out[last];
      continue;
    }
    const auto known = standard_collection_of(objects[i]);
    std::string name = known ? std::string(*known) : collection_name_of(objects[i]);
    const auto holder = taken.find(name);
    if (holder != taken.end()) out[i].shared_with = holder->second;
    if (holder != taken.end() || name.size() > bytes_max) {
      const std::string plain = name;
      for (std::string salt{objects[i]}; name == plain || taken.contains(name); salt += '*')
        name = with_suffix(plain, salt, bytes_max);
    }
    taken.emplace(name, objects[i]);
    out[i].name = std::move(name);
  }
  return out;
}

}  // namespace millrace
