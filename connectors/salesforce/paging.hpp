// How much comes in one answer, and how often a job is looked at: what readers go by, and what is
// told of their cost before they begin.
#pragma once

#include "engine/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace millrace::salesforce {

/// Records of a REST page; of wide rows the org sends fewer (2.4).
inline constexpr std::uint64_t rest_page_records = 2'000;
/// Records that one page of a Bulk result is asked for.
inline constexpr unsigned bulk_page_records_max = 50'000;
/// From so many records on the org is asked for the list of a Bulk result's pages, to read them
/// side by side. A call for each five of them (3.4): a small result is not worth it.
inline constexpr std::uint64_t bulk_listed_records_min = 200'000;
inline constexpr std::uint64_t bulk_pages_of_list = 5;
/// Pages of one result that are asked for side by side, at most.
inline constexpr std::size_t bulk_pages_at_once_max = 5;
/// Records of a slice that is read in parts: an object that wide has rows of ten kilobytes and
/// more.
inline constexpr unsigned slice_records_max = 500;

/// The pauses between two looks at a Bulk job: each twice the one before, up to the longest.
inline constexpr milliseconds bulk_poll_first{250};
inline constexpr milliseconds bulk_poll_longest{30'000};
constexpr milliseconds bulk_poll_after(milliseconds pause) {
  return std::min(pause * 2, bulk_poll_longest);
}

/// I3: a page that comes a second time in place of another one leaves the sum of all as it was, and
/// records missing. Within a result each record is on one page, so that pages begin differently.
class page_beginnings {
 public:
  /// Whether a page that begins with this key came before; it has come then. Empty: never.
  bool came_before(const std::string& first_key) {
    return !first_key.empty() && !known_.insert(first_key).second;
  }
  void clear() { known_.clear(); }

 private:
  std::set<std::string> known_;
};

}  // namespace millrace::salesforce
