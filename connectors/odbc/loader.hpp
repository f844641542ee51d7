// How the rows of a batch travel to the warehouse. One file per loader; the dialect says which ones
// may be used, and in which order of preference.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "engine/model/batch.hpp"
#include "engine/sql/merges.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::odbc {

/// Rows in the form in which their loader sends them.
struct packed_rows {
  packed_rows() = default;
  packed_rows(const packed_rows&) = delete;
  packed_rows& operator=(const packed_rows&) = delete;
  virtual ~packed_rows() = default;
};

/// The rows to send: those of `which`, each with the batch's constants behind its own cells.
struct row_set {
  const batch* rows = nullptr;
  std::vector<std::uint32_t> which;           ///< unique by key
  std::vector<sql::physical_column> columns;  ///< the batch's, then the constants
  std::vector<std::string> constants;         ///< canonical texts, for the last columns
  std::unique_ptr<const packed_rows> packed;  ///< by the loader that sends them

  /// A cell, constants included; none for NULL.
  [[nodiscard]] std::optional<std::string_view> cell(std::uint32_t at, std::size_t index) const {
    if (index >= rows->columns.size()) return constants[index - rows->columns.size()];
    const column& c = rows->columns[index];
    if (c.is_null(at)) return {};
    return c.value(at);
  }
};

/// From a source of rows to the statement that reads it.
using statement_maker = std::function<std::string(const sql::source_shape& shape)>;

class loader {
 public:
  loader() = default;
  loader(const loader&) = delete;
  loader& operator=(const loader&) = delete;
  virtual ~loader() = default;
  /// Whether these rows can travel this way; another loader takes those that cannot.
  [[nodiscard]] virtual bool can_take(const batch& rows) const {
    (void)rows;
    return true;
  }
  /// What can be made of these rows before it is their turn: on any thread, while others are sent.
  /// Null: nothing.
  [[nodiscard]] virtual std::unique_ptr<const packed_rows> pack(const row_set& rows) const {
    (void)rows;
    return nullptr;
  }
  /// Runs the statement over all rows, in as many executions as it takes, within a transaction that
  /// the caller ends. The rows hold what `pack` made of them. Returns how many rows the warehouse
  /// says were inserted or changed.
  virtual result<std::uint64_t> send(connection& link, const row_set& rows,
                                     const statement_maker& make, std::string_view doing) = 0;
  /// The connection is another one, or a table changed: what was prepared is void.
  virtual void forget() = 0;
};

/// The loader of a rule.
std::unique_ptr<loader> make_loader(const sql::dialect& d, const sql::loader_rule& rule);

// One for each kind (loader.cpp chooses).
std::unique_ptr<loader> make_row_loader(const sql::dialect& d, const sql::loader_rule& rule);
std::unique_ptr<loader> make_split_text_loader(const sql::dialect& d, const sql::loader_rule& rule);
std::unique_ptr<loader> make_array_loader(const sql::dialect& d, const sql::loader_rule& rule);
std::unique_ptr<loader> make_batch_function_loader(const sql::dialect& d,
                                                   const sql::loader_rule& rule);
std::unique_ptr<loader> make_local_file_loader(const sql::dialect& d, const sql::loader_rule& rule);

}  // namespace millrace::odbc
