// How a batch's rows get into a table. One file per loader; the dialect says which one.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "engine/model/batch.hpp"
#include "engine/model/merge_mode.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::odbc {

/// One call's worth of rows, within a transaction that the caller ends.
struct load_order {
  const batch* rows = nullptr;
  const std::vector<std::uint32_t>* which = nullptr;  ///< the rows to merge, unique by key
  merge_mode mode = merge_mode::changed;
  std::string schema;
  std::string received_at;  ///< canonical text
  std::string written_at;
};

class loader {
 public:
  loader() = default;
  loader(const loader&) = delete;
  loader& operator=(const loader&) = delete;
  virtual ~loader() = default;
  /// How many rows were inserted or changed.
  virtual result<std::uint64_t> load(connection& link, const load_order& order) = 0;
  /// A table changed: what was prepared for it is void.
  virtual void forget() = 0;
};

std::unique_ptr<loader> make_loader(std::shared_ptr<const sql::dialect> d);

}  // namespace millrace::odbc
