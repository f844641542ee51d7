// Trying a loader on a scratch table before it is trusted with records.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace millrace {

/// Which loader a warehouse's connections use, by the driver and the dialect. Thread-safe.
struct loader_memory {
  std::mutex mutex;
  std::map<std::string, std::size_t> chosen;
  /// What is known of each loader, by its place in the dialect: whether it brings back what was
  /// sent.
  std::map<std::string, std::map<std::size_t, bool>> right;
};

}  // namespace millrace

namespace millrace::odbc {

/// What a loader did with the probe's rows.
struct probe_outcome {
  std::optional<error> why_not;  ///< it failed, or what came back is not what was sent
  double rows_per_second = 0;
  std::optional<error> not_dropped = {};  ///< why the scratch table is still there
};

/// Writes and reads back values of every type, hostile texts among them, and a batch of some
/// hundred rows, in a scratch table of the schema that is gone afterwards, or empty where the user
/// may not drop it. The connection has no open transaction before and after.
probe_outcome probe_loader(connection& link, const std::shared_ptr<const sql::dialect>& d,
                           const std::string& schema, std::size_t lane, std::size_t loader_index);

}  // namespace millrace::odbc
