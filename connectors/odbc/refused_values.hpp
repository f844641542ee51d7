// What a table could not take goes to `_millrace_refused`, in the transaction of the rows around
// it, and into notices (I9).
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/merger.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/refusals.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::odbc {

/// What was refused of a batch.
struct refused_of_batch {
  const batch& rows;
  const std::vector<refusal>& refused;
};

/// Of one connection.
class refused_values {
 public:
  refused_values(std::shared_ptr<const sql::dialect> d, std::string schema, value_policy policy);

  [[nodiscard]] value_policy policy() const { return policy_; }
  /// Makes the table, or what it lacks, and commits. Outside of a transaction.
  result<void> make_table(connection& link);
  /// Within the open transaction. A repeat writes the same entries again. `only_ascii`: letters
  /// beyond it are written as JSON does, for a warehouse that refuses them here, too.
  result<void> save(connection& link, merger& by, const refused_of_batch& what, bool only_ascii,
                    time_point now) const;
  /// Cells that are NULL for it, and rows that are not there.
  struct count {
    std::uint64_t cells = 0;
    std::uint64_t rows = 0;
  };
  [[nodiscard]] count count_of(const refused_of_batch& what) const;
  /// The first ones of a collection each, then that there are more.
  std::vector<notice> tell(const refused_of_batch& what);
  /// Records of a collection that are kept from its table. Within the open transaction.
  result<std::vector<std::string>> quarantined(connection& link, const std::string& collection);
  /// Records that are gone leave nothing here. Within the open transaction.
  result<void> remove(connection& link, const std::vector<parameter>& records);
  /// Nor do fields that the table hashes and that were not hashed when they came here; rows that
  /// are here as a whole go with such a field. Commits. Returns how many entries there were.
  /// Outside of a transaction.
  result<std::uint64_t> conceal(connection& link, const table_schema& table);

 private:
  result<bool> look(connection& link);
  [[nodiscard]] batch_ptr entries(const refused_of_batch& what, time_point now,
                                  bool only_ascii) const;
  [[nodiscard]] std::size_t part_bytes_max() const;
  /// Within the open transaction; some thousand at most.
  result<std::vector<std::string>> exposing(connection& link, const table_schema& table) const;

  std::shared_ptr<const sql::dialect> dialect_;
  std::string schema_;
  value_policy policy_;
  bool present_ = false;
  bool whole_ = false;                       ///< with all its columns
  std::map<std::string, std::size_t> told_;  ///< notices by collection
};

}  // namespace millrace::odbc
