// The bytes in flight that a collection has been granted (I12): what each of its pages may still
// bring, what is spare, and what pieces and batches keep until they are committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace millrace {

/// Bytes in flight of one collection, and the piece in which they are taken from the pool.
struct credit_limits {
  std::uint64_t window_bytes = std::uint64_t{16} << 20U;
  std::uint64_t slice_bytes = std::uint64_t{1} << 20U;
};

/// Part of one fetcher's state. Pages are told apart by the number of their exchange.
class page_credit {
 public:
  explicit page_credit(credit_limits limits) : limits_(limits) {}

  [[nodiscard]] std::uint64_t slice() const { return limits_.slice_bytes; }
  void granted(std::uint64_t bytes) { spare_ += static_cast<std::int64_t>(bytes); }
  /// Whether a page can be asked for.
  [[nodiscard]] bool has_slice() const {
    return spare_ >= static_cast<std::int64_t>(limits_.slice_bytes);
  }
  /// A page is asked for, with all that is spare.
  void open(std::uint64_t page);
  /// Its body comes; what it may bring until it is fed again.
  std::uint64_t begin(std::uint64_t page);
  /// A piece of it came. A body may overshoot its credit by one piece.
  void arrived(std::uint64_t page, std::uint64_t bytes);
  /// The page has ended: what it did not use is spare.
  void close(std::uint64_t page);
  /// Bytes of pieces or batches are free.
  void freed(std::uint64_t bytes);

  struct meal {
    std::uint64_t page = 0;
    std::uint64_t bytes = 0;
  };
  /// What is spare, for the page that has least; none: no page needs it, or nothing is spare.
  std::optional<meal> feed();
  /// Whether a page that comes has less than half a slice left.
  [[nodiscard]] bool a_page_needs() const { return neediest() != pages_.end(); }
  /// No page is under way.
  [[nodiscard]] bool no_page() const { return pages_.empty(); }
  /// Whether another slice may be taken from the pool.
  [[nodiscard]] bool window_has_room() const;
  /// What is spare goes back to the pool.
  std::uint64_t take_spare();
  /// Everything, at the end.
  [[nodiscard]] std::uint64_t all() const;

 private:
  struct page_state {
    std::int64_t credit = 0;
    bool comes = false;
  };
  using page_map = std::map<std::uint64_t, page_state>;
  [[nodiscard]] page_map::const_iterator neediest() const;
  [[nodiscard]] std::int64_t granted_to_pages() const;

  credit_limits limits_;
  page_map pages_;
  std::int64_t spare_ = 0;
  std::uint64_t in_flight_ = 0;  ///< of pieces and batches
};

}  // namespace millrace
