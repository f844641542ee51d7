// A run has a handful of conversations at once: a list is enough.
#include "actors/dialogues.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

template <class Fits>
std::optional<dialogue> take_first(std::vector<dialogue>& from, const Fits& fits) {
  const auto found = std::find_if(from.begin(), from.end(), fits);
  if (found == from.end()) return {};
  dialogue taken = std::move(*found);
  from.erase(found);
  return taken;
}

}  // namespace

std::optional<dialogue> dialogues::take(const std::shared_ptr<conversation>& what) {
  return take_first(open_, [&](const dialogue& d) { return d.what == what; });
}

std::optional<dialogue> dialogues::take(const caf::actor_addr& worker) {
  return take_first(open_, [&](const dialogue& d) { return d.worker.address() == worker; });
}

std::vector<fetcher_actor> dialogues::workers() const {
  std::vector<fetcher_actor> all;
  all.reserve(open_.size());
  for (const dialogue& d : open_)
    all.push_back(d.worker);
  return all;
}

}  // namespace millrace
