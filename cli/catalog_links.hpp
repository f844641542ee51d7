// Which tables of a catalog refer to which others.
#pragma once

#include "engine/model/run_report.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace millrace {

/// A column that holds the key of another table's rows. Indexes are of the plan's collections and
/// of a collection's fields.
struct catalog_link {
  std::size_t from = 0;
  std::size_t field = 0;
  std::size_t to = 0;
};

/// Links among the plan's collections, in their order. A column may refer to several of them; what
/// it refers to beyond the plan is no link.
std::vector<catalog_link> links_of(const run_plan& plan);

/// The place of each object among the plan's collections.
std::map<std::string, std::size_t> places_of(const run_plan& plan);

}  // namespace millrace
