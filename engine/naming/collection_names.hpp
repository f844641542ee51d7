// The collections of all objects of an org, each with a name of its own.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct collection_name {
  std::string name;
  std::string shared_with;  ///< the object that has the plain name; empty: this one has it
};

/// One name for each object, in their order, and none twice (I10). The 48 have the names of their
/// table, all others snake case. Who keeps a plain name that two objects share depends on neither
/// their order nor on what a pipeline selects: the 48, then standard objects before custom ones,
/// then the API name decides; the others get a suffix. Longer names than `bytes_max` are cut.
std::vector<collection_name> name_collections(std::span<const std::string_view> objects,
                                              std::size_t bytes_max);

}  // namespace millrace
