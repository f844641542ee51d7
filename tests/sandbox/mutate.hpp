// Changing an org's records on request, by a seed.
#pragma once

#include "org.hpp"
#include <map>
#include <string>
#include <vector>

namespace sandbox {

struct mutation {
  std::string object;  ///< "*": all objects whose records people write
  std::size_t update = 0;
  std::size_t insert = 0;
  std::size_t remove = 0;
  std::size_t undelete = 0;
  std::size_t hard_delete = 0;
  std::uint64_t seed = 0;
};

/// Ids by what happened to them: "updated", "inserted", "deleted", "undeleted", "hard_deleted".
using mutated = std::map<std::string, std::vector<std::string>>;

/// By object. An object that nobody knows is no object here.
std::map<std::string, mutated> mutate(org& o, const mutation& wanted);

}  // namespace sandbox
