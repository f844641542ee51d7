// Which loader a warehouse gets, of those that were tried.
#pragma once

#include "connectors/odbc/loader_probe.hpp"
#include "engine/model/table_change.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace millrace::odbc {

/// The first of the dialect's order that is right and not slow; when none is, the first one unless
/// another is much faster. A bulk way that is as slow as single rows is none: a driver may take it
/// apart without a word (odbc-warehouses.md 4).
class loader_choice {
 public:
  /// What a loader did, in the dialect's order.
  void offer(std::size_t index, const probe_outcome& outcome);
  /// Nothing that comes after can change the choice.
  [[nodiscard]] bool settled() const;
  /// None: every one that was tried is wrong.
  [[nodiscard]] std::optional<std::size_t> best() const;
  /// Why loaders before the best one are not used.
  [[nodiscard]] std::vector<notice> notices(const sql::dialect& d) const;

 private:
  struct tried {
    std::size_t index = 0;
    probe_outcome outcome;
  };
  std::vector<tried> tried_;
  std::optional<std::size_t> best_;  ///< an index into `tried_`
};

}  // namespace millrace::odbc
