// How many calls something will cost, told before it is done (I13).
#pragma once

#include <cstdint>
#include <optional>

namespace millrace {

struct call_estimate {
  std::uint64_t least = 0;
  std::uint64_t most = 0;  ///< as far as it can be known before
  bool open = false;       ///< and more, should there be more to read than is known

  call_estimate& operator+=(const call_estimate& more) {
    least += more.least;
    most += more.most;
    open = open || more.open;
    return *this;
  }
  friend bool operator==(const call_estimate&, const call_estimate&) = default;
};

/// So many, neither more nor fewer.
constexpr call_estimate exactly(std::uint64_t calls) {
  return {calls, calls, false};
}

/// How a source counts a bundle: several requests that go as one.
enum class bundle_counting : std::uint8_t {
  unknown,  ///< nothing that it said has shown it yet
  once,     ///< as one call
  each,     ///< as so many calls as there are requests in it
};

/// Requests that something takes: those that go alone, bundles, and those that are in bundles.
struct request_tally {
  std::uint64_t alone = 0;
  std::uint64_t bundles = 0;
  std::uint64_t bundled = 0;
};

/// Where the counting is not known: from the bundles alone to all that is in them beside.
constexpr call_estimate cost_of(const request_tally& requests, bundle_counting counting) {
  const std::uint64_t least = requests.alone + requests.bundles;
  if (counting == bundle_counting::once) return exactly(least);
  if (counting == bundle_counting::each) return exactly(requests.alone + requests.bundled);
  return {least, least + requests.bundled, false};
}

/// What a collection costs in a run: its changes, and of its upkeep what is due.
struct collection_estimate {
  call_estimate changes;
  std::optional<call_estimate> deletions;
  std::optional<call_estimate> census;
  std::optional<call_estimate> refresh;
  std::optional<call_estimate> history;  ///< of columns that are filled

  [[nodiscard]] call_estimate total() const {
    call_estimate sum = changes;
    for (const auto& part : {deletions, census, refresh, history})
      if (part) sum += *part;
    return sum;
  }
};

}  // namespace millrace
