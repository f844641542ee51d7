// No loader carries a row before it has brought back what was sent: which were tried, which of them
// is used, and what has to be told about it.
#pragma once

#include "connectors/odbc/loader_probe.hpp"
#include "connectors/odbc/merger.hpp"
#include "engine/model/table_change.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millrace::odbc {

/// Of one connection; what it learns serves the others of the process. Used from one thread at a
/// time.
class loader_trials {
 public:
  /// `memory`: none: learned anew. `place`: driver, dialect and warehouse, whose loaders are meant.
  loader_trials(std::shared_ptr<const sql::dialect> d, std::string schema, std::size_t lane,
                std::shared_ptr<loader_memory> memory, std::string place);

  /// Sees to it that `merging` sends such rows by a loader that is right. The connection has no
  /// open transaction before and after. A fault that is not the loader's is returned.
  result<void> ready(connection& link, merger& merging, const batch& rows, merge_mode mode);
  /// What was not told before: loaders that are not used, and why.
  std::vector<notice> take_notices();

 private:
  result<void> choose(connection& link, merger& merging);
  /// None: the loader is right.
  result<std::optional<error>> try_out(connection& link, merger& merging, std::size_t loader,
                                       probe_outcome& outcome);
  void note(merger& merging, std::size_t loader, bool is_right);
  bool recall(merger& merging);

  std::shared_ptr<const sql::dialect> dialect_;
  std::string schema_;
  std::size_t lane_;
  std::shared_ptr<loader_memory> memory_;
  std::string place_;
  bool chosen_ = false;
  std::set<std::size_t> right_;
  std::vector<notice> untold_;
};

}  // namespace millrace::odbc
