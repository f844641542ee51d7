// One binary parameter holds the batch, and the table function `millrace_batch` inside the database
// engine unpacks it (batch_function/batch_function.c has the form).
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"

#include <charconv>
#include <cstring>
#include <optional>

namespace millrace::odbc {
namespace {

struct function_statement {
  handle statement;
};

constexpr std::int32_t length_of_null = -1;
constexpr std::int32_t length_of_double = -2;

/// The double that is nearest to a number; none: it is none, or has none.
std::optional<double> nearest(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc() || stopped != end) return {};
  return number;
}

struct function_argument final : packed_rows {
  std::string bytes;

  template <class Number>
  void add(Number number) {
    char form[sizeof number];
    std::memcpy(form, &number, sizeof number);
    bytes.append(form, sizeof number);
  }
};

class batch_function_loader final : public loader {
 public:
  explicit batch_function_loader(const sql::dialect& d) : dialect_(d) {}

  std::unique_ptr<const packed_rows> pack(const row_set& rows) const override {
    auto out = std::make_unique<function_argument>();
    const std::vector<column>& columns = rows.rows->columns;
    out->add(static_cast<std::int32_t>(columns.size()));
    const std::vector<bool> doubles = columns_of_doubles(rows);
    for (const std::uint32_t index : rows.which) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const column& c = columns[i];
        if (c.is_null(index)) {
          out->add(length_of_null);
          continue;
        }
        const std::string_view value = c.value(index);
        if (doubles[i]) {
          if (const auto number = nearest(value)) {
            out->add(length_of_double);
            out->add(*number);
            continue;
          }
        }
        out->add(static_cast<std::int32_t>(value.size()));
        out->bytes.append(value);
      }
    }
    return out;
  }

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    const auto* argument = dynamic_cast<const function_argument*>(rows.packed.get());
    if (argument == nullptr)
      return failure(errc::internal, "a batch that was not packed was sent to be unpacked");
    const std::string& bytes = argument->bytes;
    MILLRACE_TRY(function_statement * prepared, statements_.find(link, make({}), doing));
    const handle& statement = prepared->statement;
    std::vector<SQLLEN> lengths(rows.constants.size() + 1);
    MILLRACE_CHECK(bind_constants(link, statement, rows, lengths, doing));
    lengths.back() = static_cast<SQLLEN>(bytes.size());
    // ODBC's signature lacks const; drivers do not write to input parameters.
    const SQLRETURN code =
        SQLBindParameter(statement.get(), static_cast<SQLUSMALLINT>(lengths.size()),
                         SQL_PARAM_INPUT, SQL_C_BINARY, SQL_LONGVARBINARY, bytes.size(), 0,
                         const_cast<char*>(bytes.data()), lengths.back(), &lengths.back());
    if (code != SQL_SUCCESS && code != SQL_SUCCESS_WITH_INFO)
      return failure(link.fault("SQLBindParameter", SQL_HANDLE_STMT, statement.get(), doing));
    MILLRACE_CHECK(link.run(statement, doing));
    return rows_written(link, dialect_, statement, doing);
  }

  void forget() override { statements_.forget(); }

 private:
  /// Columns that hold doubles: what the engine makes of a number's text is not always the nearest
  /// one (I9). Where only a text is exact, the column is one.
  [[nodiscard]] std::vector<bool> columns_of_doubles(const row_set& rows) const {
    const table_schema& table = *rows.rows->table;
    std::vector<bool> out(table.columns.size(), false);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const value_type type = table.columns[i].type;
      out[i] = type == value_type::floating ||
               (type == value_type::decimal && rows.columns[i].type != dialect_.types.text.name);
    }
    return out;
  }

  const sql::dialect& dialect_;
  prepared_statements<function_statement> statements_;
};

}  // namespace

std::unique_ptr<loader> make_batch_function_loader(const sql::dialect& d, const sql::loader_rule&) {
  return std::make_unique<batch_function_loader>(d);
}

}  // namespace millrace::odbc
