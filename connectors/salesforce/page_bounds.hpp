// An answer that has no end must not be read for ever: what a page may hold at most.
#pragma once

#include "connectors/salesforce/paging.hpp"
#include "engine/error.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace millrace::salesforce {

/// Bytes between the ends of two records; no org has a record of a tenth of it.
inline constexpr std::size_t record_bytes_max = std::size_t{64} << 20U;
/// A few records too many are a matter of who counts them (I3): these more than the page is said to
/// hold are read.
inline constexpr std::uint64_t records_beyond = 1'000;
/// Where nothing is said, so many times as many as were asked for.
inline constexpr std::uint64_t page_records_factor = 10;

class page_bounds {
 public:
  /// `records_asked`: the most that the org was asked to send in one page.
  explicit page_bounds(std::uint64_t records_asked)
      : records_max_(records_asked * page_records_factor) {}

  /// After each piece: its bytes, and the records of the page so far. `announced`: the most that
  /// there are by the source's own word. Why the page cannot be read on; none: it can.
  std::optional<error> crossed(std::size_t bytes, std::uint64_t records,
                               std::optional<std::uint64_t> announced, const std::string& object) {
    if (records != records_) bytes_ = 0;
    records_ = records;
    bytes_ += bytes;
    const std::uint64_t records_max = announced ? *announced + records_beyond : records_max_;
    if (records_ <= records_max && bytes_ <= record_bytes_max) return {};
    return error{
        errc::page_malformed,
        fmt::format("a page of {} does not end where it should: {} records were read of it", object,
                    records),
        "Run again; if it stays, report it",
        retry::later,
        {},
        {}};
  }

 private:
  const std::uint64_t records_max_;
  std::uint64_t records_ = 0;
  std::size_t bytes_ = 0;  ///< since the last record
};

}  // namespace millrace::salesforce
