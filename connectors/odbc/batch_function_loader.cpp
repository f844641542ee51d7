// One binary parameter holds the batch, and the table function `millrace_batch` inside the database
// engine unpacks it (batch_function/batch_function.c has the form).
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"

#include <cstring>

namespace millrace::odbc {
namespace {

struct function_statement {
  handle statement;
};

class batch_function_loader final : public loader {
 public:
  explicit batch_function_loader(const sql::dialect& d) : dialect_(d) {}

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    MILLRACE_TRY(function_statement * prepared, statements_.find(link, make({}), doing));
    const handle& statement = prepared->statement;
    std::vector<SQLLEN> lengths(rows.constants.size() + 1);
    MILLRACE_CHECK(bind_constants(link, statement, rows, lengths, doing));
    pack(rows);
    lengths.back() = static_cast<SQLLEN>(bytes_.size());
    const SQLRETURN code = SQLBindParameter(
        statement.get(), static_cast<SQLUSMALLINT>(lengths.size()), SQL_PARAM_INPUT, SQL_C_BINARY,
        SQL_LONGVARBINARY, bytes_.size(), 0, bytes_.data(), lengths.back(), &lengths.back());
    if (code != SQL_SUCCESS && code != SQL_SUCCESS_WITH_INFO)
      return failure(link.fault("SQLBindParameter", SQL_HANDLE_STMT, statement.get(), doing));
    MILLRACE_CHECK(link.run(statement, doing));
    return rows_written(link, dialect_, statement, doing);
  }

  void forget() override { statements_.forget(); }

 private:
  void add(std::int32_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    bytes_.append(bytes, sizeof number);
  }

  void pack(const row_set& rows) {
    bytes_.clear();
    const std::vector<column>& columns = rows.rows->columns;
    add(static_cast<std::int32_t>(columns.size()));
    for (const std::uint32_t index : *rows.which) {
      for (const column& c : columns) {
        if (c.is_null(index)) {
          add(-1);
          continue;
        }
        const std::string_view value = c.value(index);
        add(static_cast<std::int32_t>(value.size()));
        bytes_.append(value);
      }
    }
  }

  const sql::dialect& dialect_;
  prepared_statements<function_statement> statements_;
  std::string bytes_;  ///< kept for its memory
};

}  // namespace

std::unique_ptr<loader> make_batch_function_loader(const sql::dialect& d, const sql::loader_rule&) {
  return std::make_unique<batch_function_loader>(d);
}

}  // namespace millrace::odbc
