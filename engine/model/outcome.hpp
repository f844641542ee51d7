// How a collection's part of a run ended. `success` only ever means: committed (I4).
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

enum class outcome_kind : std::uint8_t { success, partial, failure, throttled, skipped };
std::string_view name_of(outcome_kind kind);

/// How records are asked for.
enum class read_method : std::uint8_t { rest, bulk };
std::string_view name_of(read_method method);

/// Counts of one collection in one run. All of them only grow.
struct collection_counts {
  std::uint64_t records = 0;       ///< arrived and parsed
  std::uint64_t rows_merged = 0;   ///< offered to the warehouse in committed batches
  std::uint64_t rows_written = 0;  ///< of those, inserted or changed
  std::uint64_t batches = 0;
  std::uint64_t requests = 0;  ///< HTTP requests; a bundle is one
  std::uint64_t retries = 0;
  std::uint64_t bytes = 0;     ///< of response bodies, decompressed
  std::uint64_t adjusted = 0;  ///< cells changed by a stated policy (I9)
  std::uint64_t deleted = 0;   ///< rows marked or removed: their record is gone for good (I14)
  std::uint64_t refused =
      0;  ///< cells that are NULL because the warehouse takes no such value (I9)
  std::uint64_t quarantined = 0;  ///< rows that were not written because it does not take them (I9)

  collection_counts& operator+=(const collection_counts& more) {
    records += more.records;
    rows_merged += more.rows_merged;
    rows_written += more.rows_written;
    batches += more.batches;
    requests += more.requests;
    retries += more.retries;
    bytes += more.bytes;
    adjusted += more.adjusted;
    deleted += more.deleted;
    refused += more.refused;
    quarantined += more.quarantined;
    return *this;
  }
};

struct collection_outcome {
  std::string collection;
  std::string object;
  outcome_kind kind = outcome_kind::failure;
  std::optional<error> why;  ///< for all but success
  collection_counts counts;
  read_method method = read_method::rest;
  /// Every change stamped before this is committed; none: not in this run, or there is no cursor.
  std::optional<time_point> cursor = {};
};

}  // namespace millrace
