// Merges batches over one connection: which loader, staged or straight, in which statements.
#pragma once

#include "connectors/odbc/loader.hpp"
#include "engine/model/merge_mode.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::odbc {

/// Used from one thread at a time, within transactions that the caller ends.
class merger {
 public:
  merger(std::shared_ptr<const sql::dialect> d, std::string schema, std::size_t lane);

  /// Merges the rows of `which`. `written_at` is the canonical text for `uuid_ts`.
  result<std::uint64_t> merge(connection& link, const batch& rows,
                              const std::vector<std::uint32_t>& which, merge_mode mode,
                              const std::string& written_at);
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
  result<std::uint64_t> attempt(connection& link, const row_set& set, merge_mode mode);
  result<std::uint64_t> staged(connection& link, const row_set& set, merge_mode mode,
                               std::size_t which_loader, const std::string& doing);
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
