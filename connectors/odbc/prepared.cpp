// Counting and binding, the same for every loader.
#include "connectors/odbc/prepared.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::odbc {
namespace {

std::int64_t first_number(const std::vector<row>& answer) {
  std::int64_t number = 0;
  if (!answer.empty() && !answer.front().empty() && answer.front().front()) {
    const std::string& text = *answer.front().front();
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

}  // namespace

result<std::uint64_t> rows_written(connection& link, const sql::dialect& d, const handle& statement,
                                   std::string_view doing) {
  std::int64_t count = 0;
  if (d.rows_written.empty()) {
    SQLLEN told = 0;
    if (SQLRowCount(statement.get(), &told) == SQL_SUCCESS && told > 0) count = told;
    MILLRACE_CHECK(link.skip_answers(statement, doing));
    if (!d.rows_corrected.empty()) {
      MILLRACE_TRY(const auto answer, link.query(d.rows_corrected, doing));
      count += first_number(answer);
    }
  } else {
    MILLRACE_CHECK(link.skip_answers(statement, doing));
    MILLRACE_TRY(const auto answer, link.query(d.rows_written, doing));
    count = first_number(answer);
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

result<void> bind_text(connection& link, const handle& statement, std::size_t number,
                       const char* bytes, std::size_t size, SQLLEN* length,
                       std::string_view doing) {
  // ODBC's signature lacks const; drivers do not write to input parameters.
  const SQLRETURN code =
      SQLBindParameter(statement.get(), static_cast<SQLUSMALLINT>(number), SQL_PARAM_INPUT,
                       SQL_C_CHAR, link.text_type(size), std::max<SQLULEN>(size, 1), 0,
                       const_cast<char*>(bytes), static_cast<SQLLEN>(size), length);
  if (code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO) return {};
  return failure(link.fault("SQLBindParameter", SQL_HANDLE_STMT, statement.get(), doing));
}

result<void> bind_constants(connection& link, const handle& statement, const row_set& rows,
                            std::vector<SQLLEN>& lengths, std::string_view doing) {
  for (std::size_t i = 0; i < rows.constants.size(); ++i) {
    lengths[i] = static_cast<SQLLEN>(rows.constants[i].size());
    MILLRACE_CHECK(bind_text(link, statement, i + 1, rows.constants[i].data(),
                             rows.constants[i].size(), &lengths[i], doing));
  }
  return {};
}

}  // namespace millrace::odbc
