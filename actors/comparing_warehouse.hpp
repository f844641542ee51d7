// A warehouse that compares what it is given to write with the rows that are there, and changes
// nothing. So a check reads the source by the same path as a load does, with the same bound on
// memory and the same count of what arrived.
#pragma once

#include "connectors/warehouse.hpp"
#include "engine/model/comparison.hpp"
#include "engine/model/key_filter.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

namespace millrace {

/// What is known of the records that come, by the columns of their batches.
struct comparison_rules {
  std::optional<std::size_t> version;  ///< column of the stamp
  std::optional<std::size_t> created;
  std::optional<time_point> moment;  ///< records that are stamped later are not judged
};

/// What comparing found, of one collection at a time. From any thread.
class comparison_log {
 public:
  void begin(comparison_rules rules, std::vector<std::string> columns);
  /// `found`: what the table has for each row of the batch.
  void take(const batch& rows, const std::vector<row_finding>& found);

  [[nodiscard]] cell_comparison cells() const;
  /// Rows that are not marked as gone, were made before the moment, and belong to a record.
  [[nodiscard]] std::uint64_t explained_rows() const;
  /// The keys of all records that came. Not to be used while batches come in.
  [[nodiscard]] std::shared_ptr<const key_filter> keys() const { return keys_; }

 private:
  mutable std::mutex mutex_;
  comparison_rules rules_;
  cell_comparison cells_;
  std::uint64_t explained_ = 0;
  std::shared_ptr<key_filter> keys_;
};

/// Every call that would change something fails with errc::internal.
std::unique_ptr<warehouse> make_comparing_warehouse(std::unique_ptr<warehouse> inner,
                                                    std::shared_ptr<comparison_log> log);

}  // namespace millrace
