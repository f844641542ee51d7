// Changing an org's records on request, by a seed.
#pragma once

#include "writes.hpp"
#include <map>
#include <string>

namespace sandbox {

struct mutation {
  std::string object;  ///< "*": all objects whose records people write
  std::size_t update = 0;
  std::size_t insert = 0;
  std::size_t remove = 0;
  std::size_t undelete = 0;
  std::size_t hard_delete = 0;
  std::size_t purge = 0;        ///< somebody empties the recycle bin of them
  std::size_t merge = 0;        ///< pairs
  std::size_t recalculate = 0;  ///< calculated fields change, no stamp does
  std::size_t conceal = 0;      ///< this user sees them no more
  std::size_t reveal = 0;
  std::size_t list_as_deleted = 0;  ///< getDeleted tells so, and they live
  std::int64_t late_seconds = 0;    ///< from the stamps to the commit
  std::uint64_t seed = 0;
};

/// By object. An object that nobody knows is no object here.
std::map<std::string, mutated> mutate(org& o, const mutation& wanted);

}  // namespace sandbox
