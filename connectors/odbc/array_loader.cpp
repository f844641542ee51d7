// Native parameter arrays: one statement for one row, and column-wise arrays of cells that the
// driver sends as one message (odbc-warehouses.md 4). Every cell is text.
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace millrace::odbc {
namespace {

/// Of all arrays of one execution together: rows with long texts go in smaller portions.
constexpr std::size_t arrays_bytes_max = std::size_t{8} << 20U;

struct array_statement {
  handle statement;
};

/// One column's cells, side by side in slots of one width.
struct array_column {
  std::vector<char> cells;
  std::vector<SQLLEN> lengths;
  std::size_t width = 0;
};

class array_loader final : public loader {
 public:
  array_loader(const sql::dialect& d, const sql::loader_rule& rule) : dialect_(d), rule_(rule) {}

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    const std::string text = make({});
    arrays_.resize(rows.columns.size());
    std::uint64_t written = 0;
    for (std::size_t at = 0; at < rows.which.size();) {
      const std::size_t count = portion(rows, at);
      auto& statements = count == 1 ? for_one_row_ : for_many_rows_;
      MILLRACE_TRY(array_statement * prepared, statements.find(link, text, doing));
      for (std::size_t c = 0; c < rows.columns.size(); ++c)
        fill(arrays_[c], rows, c, at, count);
      MILLRACE_CHECK(bind(link, prepared->statement, count, doing));
      MILLRACE_CHECK(link.run(prepared->statement, doing));
      MILLRACE_CHECK(check_status(link, prepared->statement, rows, at, count, doing));
      MILLRACE_TRY(const std::uint64_t some,
                   rows_written(link, dialect_, prepared->statement, doing));
      written += some;
      SQLFreeStmt(prepared->statement.get(), SQL_CLOSE);
      at += count;
    }
    return written;
  }

  void forget() override {
    for_one_row_.forget();
    for_many_rows_.forget();
  }

 private:
  /// How many rows from `first` on go together: slots are as wide as their widest cell.
  std::size_t portion(const row_set& rows, std::size_t first) {
    const std::size_t most =
        std::min(sql::rows_per_statement(rule_, rows.columns.size()), rows.which.size() - first);
    for (array_column& c : arrays_)
      c.width = 1;
    std::size_t row_bytes = arrays_.size();
    std::size_t count = 0;
    for (; count < most; ++count) {
      const std::uint32_t index = rows.which[first + count];
      std::size_t grown = row_bytes;
      for (std::size_t c = 0; c < arrays_.size(); ++c) {
        const auto value = rows.cell(index, c);
        if (value && value->size() > arrays_[c].width) grown += value->size() - arrays_[c].width;
      }
      if (count > 0 && grown * (count + 1) > arrays_bytes_max) break;
      if (grown != row_bytes) widen(rows, index);
      row_bytes = grown;
    }
    return count;
  }

  void widen(const row_set& rows, std::uint32_t index) {
    for (std::size_t c = 0; c < arrays_.size(); ++c) {
      const auto value = rows.cell(index, c);
      if (value) arrays_[c].width = std::max(arrays_[c].width, value->size());
    }
  }

  static void fill(array_column& array, const row_set& rows, std::size_t column_index,
                   std::size_t first, std::size_t count) {
    array.cells.resize(array.width * count);
    array.lengths.resize(count);
    for (std::size_t r = 0; r < count; ++r) {
      const auto value = rows.cell(rows.which[first + r], column_index);
      array.lengths[r] = value ? static_cast<SQLLEN>(value->size()) : SQL_NULL_DATA;
      if (value && !value->empty())
        std::memcpy(array.cells.data() + r * array.width, value->data(), value->size());
    }
  }

  result<void> bind(connection& link, const handle& statement, std::size_t count,
                    std::string_view doing) {
    const auto set = [&](SQLINTEGER attribute, SQLULEN number) {
      return SQLSetStmtAttr(statement.get(), attribute, std::bit_cast<SQLPOINTER>(number), 0);
    };
    set(SQL_ATTR_PARAM_BIND_TYPE, SQL_PARAM_BIND_BY_COLUMN);
    const SQLRETURN sized = set(SQL_ATTR_PARAMSET_SIZE, count);
    if (sized != SQL_SUCCESS)
      return failure(link.fault("SQLSetStmtAttr", SQL_HANDLE_STMT, statement.get(), doing));
    // Drivers may go on after a row that failed, and say so nowhere else. One that has no answer
    // for a row leaves what is written here.
    status_.assign(count, SQL_PARAM_DIAG_UNAVAILABLE);
    SQLSetStmtAttr(statement.get(), SQL_ATTR_PARAM_STATUS_PTR, status_.data(), 0);
    for (std::size_t c = 0; c < arrays_.size(); ++c) {
      array_column& array = arrays_[c];
      // Narrow arrays are SQL_VARCHAR whatever their width: MariaDB's bulk protocol takes nothing
      // else.
      const SQLSMALLINT type =
          dialect_.wide_parameters ? link.text_type(array.width) : SQLSMALLINT{SQL_VARCHAR};
      const SQLRETURN code = SQLBindParameter(
          statement.get(), static_cast<SQLUSMALLINT>(c + 1), SQL_PARAM_INPUT, SQL_C_CHAR, type,
          std::max<SQLULEN>(array.width, 1), 0, array.cells.data(),
          static_cast<SQLLEN>(array.width), array.lengths.data());
      if (code != SQL_SUCCESS && code != SQL_SUCCESS_WITH_INFO)
        return failure(link.fault("SQLBindParameter", SQL_HANDLE_STMT, statement.get(), doing));
    }
    return {};
  }

  /// One row that failed fails the batch (I1), however the call ended.
  result<void> check_status(connection& link, const handle& statement, const row_set& rows,
                            std::size_t first, std::size_t count, std::string_view doing) {
    const auto bad = std::find_if(status_.begin(), status_.end(), [](SQLUSMALLINT status) {
      return status == SQL_PARAM_ERROR || status == SQL_PARAM_UNUSED;
    });
    if (bad == status_.end()) return {};
    const auto at = first + static_cast<std::size_t>(bad - status_.begin());
    error why = link.fault("SQLExecute", SQL_HANDLE_STMT, statement.get(), doing);
    why.message += fmt::format("; of {} rows {} were not taken", count,
                               std::count(status_.begin(), status_.end(), *bad));
    if (*bad == SQL_PARAM_ERROR) {
      if (why.code == errc::warehouse_statement) why.code = errc::warehouse_value;
      why.with("record",
               std::string(rows.rows->columns[rows.rows->table->key].value(rows.which[at])));
    }
    return failure(std::move(why));
  }

  const sql::dialect& dialect_;
  const sql::loader_rule& rule_;
  // Apart: MariaDB's driver takes one row on another way than many, and a statement that changes
  // between the two sends memory that is no longer its own.
  prepared_statements<array_statement> for_one_row_;
  prepared_statements<array_statement> for_many_rows_;
  std::vector<array_column> arrays_;  ///< kept for their memory
  std::vector<SQLUSMALLINT> status_;  ///< of each row of the last execution
};

}  // namespace

std::unique_ptr<loader> make_array_loader(const sql::dialect& d, const sql::loader_rule& rule) {
  return std::make_unique<array_loader>(d, rule);
}

}  // namespace millrace::odbc
