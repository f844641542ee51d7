// The ticks of a collection lie where those of a pipeline with that cadence would, so that a
// cadence which is a multiple of another meets its ticks.
#include "engine/schedule/reading_times.hpp"

namespace millrace {

bool reading_times::is_due(const std::string& collection,
                           const std::optional<milliseconds>& every) const {
  const auto found = read_at.find(collection);
  if (found == read_at.end()) return true;
  // A clock that was ahead when it was read must not keep it waiting until then.
  if (found->second > now) return true;
  const cadence mine = every ? cadence{*every, {}} : usual;
  return ticks_between(mine, pipeline, found->second, now) > 0;
}

}  // namespace millrace
