// The recycle bin keeps records 15 days, the log as well, unless it grows too large before.
#include "deletions.hpp"

#include <algorithm>

namespace sandbox {

void deletions::undo(const std::string& object, std::uint32_t number) {
  std::erase_if(entries_,
                [&](const deletion& d) { return d.number == number && d.object == object; });
}

bool deletions::leave_bin(const std::string& object, std::uint32_t number) {
  bool found = false;
  for (deletion& d : entries_)
    if (d.number == number && d.object == object) {
      d.in_bin = false;
      found = true;
    }
  return found;
}

std::vector<deletion> deletions::expire(stamp now) {
  std::vector<deletion> out;
  std::erase_if(entries_, [&](const deletion& d) {
    if (d.at + kept_ms > now) return false;
    if (d.in_bin) out.push_back(d);
    return true;
  });
  return out;
}

void deletions::purge_log(stamp now, std::size_t most) {
  std::vector<deletion*> kept;
  for (deletion& d : entries_)
    if (d.listed) kept.push_back(&d);
  if (kept.size() <= most) return;
  std::stable_sort(kept.begin(), kept.end(), [](auto a, auto b) { return a->at < b->at; });
  for (std::size_t i = 0; kept.size() - i > most && kept[i]->at < now - 2 * hour_ms; ++i) {
    kept[i]->listed = false;
    // The API works in whole minutes: the rest of this one is no longer complete.
    purged_to_ = std::max(purged_to_, kept[i]->at / minute_ms * minute_ms + minute_ms);
  }
}

std::vector<deletion> deletions::listed(const std::string& object, stamp from, stamp to) const {
  std::vector<deletion> out;
  for (const deletion& d : entries_)
    if (d.listed && d.object == object && d.at >= from && d.at < to) out.push_back(d);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return out;
}

stamp deletions::earliest(stamp now) const {
  return std::max(purged_to_, now - kept_ms);
}

}  // namespace sandbox
