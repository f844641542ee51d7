// Merges batches over one connection: which loader, staged or straight, in which statements.
#pragma once

#include "connectors/odbc/loader.hpp"
#include "engine/model/merge_mode.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::odbc {

/// Rows that can be merged at once.
struct merge_order {
  row_set set;
  merge_mode mode = merge_mode::changed;
  std::size_t loader = 0;
};

/// Used from one thread at a time, within transactions that the caller ends.
class merger {
 public:
  merger(std::shared_ptr<const sql::dialect> d, std::string schema, std::size_t lane);

  /// Everything about merging the rows of `which` that needs no connection. `written_at` is the
  /// canonical text for `uuid_ts`. Another thread may do this while rows are merged. Fails when a
  /// value does not fit its column. The batch must outlive the order.
  [[nodiscard]] result<merge_order> prepare(const batch& rows, std::vector<std::uint32_t> which,
                                            merge_mode mode, const std::string& written_at) const;
  /// What `prepare` looks at: the rows with the columns that they go to.
  [[nodiscard]] row_set set_of(const batch& rows, std::vector<std::uint32_t> which, merge_mode mode,
                               const std::string& written_at) const;
  /// `prepare` for all rows of a batch of millrace's own, by the plainest loader: whatever the
  /// others do, and before any was tried.
  [[nodiscard]] result<merge_order> prepare_own(const batch& rows,
                                                const std::string& written_at) const;
  /// Returns how many rows the warehouse says were inserted or changed.
  result<std::uint64_t> merge(connection& link, const merge_order& order);
  /// From now on this loader; an index into the dialect's.
  void prefer(std::size_t loader_index) { preferred_ = loader_index; }
  /// This one never: it spoils values.
  void exclude(std::size_t loader_index) { excluded_[loader_index] = true; }
  /// The loader that rows of such a batch would go by.
  [[nodiscard]] std::size_t choose(const batch& rows, merge_mode mode) const;
  [[nodiscard]] const std::string& schema() const { return schema_; }
  [[nodiscard]] std::size_t lane() const { return lane_; }
  /// The connection is another one: nothing is prepared or staged there.
  void forget();
  /// What was merged since the last commit is gone. After a failing `merge` this is assumed.
  void rolled_back();

 private:
  [[nodiscard]] result<merge_order> prepare_for(std::size_t loader, const batch& rows,
                                                std::vector<std::uint32_t> which, merge_mode mode,
                                                const std::string& written_at) const;
  [[nodiscard]] std::size_t plainest(const batch& rows) const;
  result<std::uint64_t> attempt(connection& link, const merge_order& order);
  result<std::uint64_t> staged(connection& link, const merge_order& order,
                               const std::string& doing);
  result<void> ready_staging(connection& link, const table_schema& table, const std::string& doing);

  std::shared_ptr<const sql::dialect> dialect_;
  std::string schema_;
  std::size_t lane_;
  std::vector<std::unique_ptr<loader>> loaders_;  ///< one for each of the dialect's
  std::size_t preferred_ = 0;
  std::vector<bool> excluded_;
  /// Staging tables that this connection has made, by name, and the text that made each.
  std::map<std::string, std::string> staged_;
};

}  // namespace millrace::odbc
