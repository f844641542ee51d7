// Prepared statements that list their rows: some dozens in one statement, or one. Every cell is a
// parameter. Short cells are copied into slots that are bound once; a long one is bound where it
// lies in the batch, for one execution. That is cheaper than binding each cell of each row anew
// (docs/decisions/loading.md).
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::odbc {
namespace {

constexpr std::size_t slot_bytes = 64;

/// One prepared statement with its bound parameters.
struct bound_rows {
  handle statement;
  std::vector<char> slots;
  std::vector<SQLLEN> lengths;
  std::vector<bool> elsewhere;  ///< bound outside its slot by the last execution

  [[nodiscard]] char* slot(std::size_t parameter) { return slots.data() + parameter * slot_bytes; }
};

class row_loader final : public loader {
 public:
  row_loader(const sql::dialect& d, const sql::loader_rule& rule) : dialect_(d), rule_(rule) {}

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    std::size_t many = sql::rows_per_statement(rule_, rows.columns.size());
    std::uint64_t written = 0;
    std::string text;
    std::size_t text_rows = 0;
    for (std::size_t at = 0; at < rows.which.size();) {
      sql::source_shape shape;
      shape.rows = fitting(rows, at, std::min(many, rows.which.size() - at));
      if (shape.rows != text_rows) {
        text = make(shape);
        text_rows = shape.rows;
        const std::size_t bytes = text.size() + rule_.mark_bytes * shape.rows * rows.columns.size();
        if (rule_.statement_bytes > 0 && bytes > rule_.statement_bytes && shape.rows > 1) {
          // Most of the text is its rows: what is left over for the rest makes the next try fit.
          many = std::max<std::size_t>(shape.rows * rule_.statement_bytes / bytes, 1);
          many = std::min(many, shape.rows - 1);
          continue;
        }
      }
      MILLRACE_TRY(bound_rows * bound, ready(link, text, shape.rows * rows.columns.size(), doing));
      MILLRACE_CHECK(fill(link, *bound, rows, at, shape.rows, doing));
      MILLRACE_CHECK(link.run(bound->statement, doing));
      MILLRACE_TRY(const std::uint64_t count,
                   rows_written(link, dialect_, bound->statement, doing));
      SQLFreeStmt(bound->statement.get(), SQL_CLOSE);
      written += count;
      at += shape.rows;
    }
    return written;
  }

  void forget() override { statements_.forget(); }

 private:
  /// How many rows from `first` on stay below the rule's bytes. Halved, so that few statements of
  /// different lengths are prepared.
  std::size_t fitting(const row_set& rows, std::size_t first, std::size_t count) const {
    if (rule_.text_bytes == 0) return count;
    for (; count > 1; count = (count + 1) / 2) {
      std::size_t bytes = 0;
      for (std::size_t r = first; r < first + count; ++r)
        for (std::size_t c = 0; c < rows.columns.size(); ++c)
          bytes += rows.cell(rows.which[r], c).value_or(std::string_view()).size();
      if (bytes <= rule_.text_bytes) break;
    }
    return count;
  }

  result<bound_rows*> ready(connection& link, const std::string& text, std::size_t parameters,
                            std::string_view doing) {
    MILLRACE_TRY(bound_rows * bound, statements_.find(link, text, doing));
    if (bound->lengths.size() == parameters) return bound;
    bound->slots.resize(parameters * slot_bytes);
    bound->lengths.resize(parameters);
    bound->elsewhere.assign(parameters, false);
    for (std::size_t p = 0; p < parameters; ++p)
      MILLRACE_CHECK(bind_text(link, bound->statement, p + 1, bound->slot(p), slot_bytes,
                               &bound->lengths[p], doing));
    return bound;
  }

  static result<void> put(connection& link, bound_rows& bound, std::size_t parameter,
                          std::string_view value, std::string_view doing) {
    bound.lengths[parameter] = static_cast<SQLLEN>(value.size());
    SQLLEN* length = &bound.lengths[parameter];
    if (value.size() <= slot_bytes) {
      if (bound.elsewhere[parameter]) {
        bound.elsewhere[parameter] = false;
        MILLRACE_CHECK(bind_text(link, bound.statement, parameter + 1, bound.slot(parameter),
                                 slot_bytes, length, doing));
      }
      if (!value.empty()) std::memcpy(bound.slot(parameter), value.data(), value.size());
      return {};
    }
    bound.elsewhere[parameter] = true;
    return bind_text(link, bound.statement, parameter + 1, value.data(), value.size(), length,
                     doing);
  }

  static result<void> fill(connection& link, bound_rows& bound, const row_set& rows,
                           std::size_t first, std::size_t count, std::string_view doing) {
    std::size_t parameter = 0;
    for (std::size_t r = first; r < first + count; ++r) {
      for (std::size_t c = 0; c < rows.columns.size(); ++c, ++parameter) {
        const auto value = rows.cell(rows.which[r], c);
        if (value) {
          MILLRACE_CHECK(put(link, bound, parameter, *value, doing));
        } else {
          bound.lengths[parameter] = SQL_NULL_DATA;
        }
      }
    }
    return {};
  }

  const sql::dialect& dialect_;
  const sql::loader_rule& rule_;
  prepared_statements<bound_rows> statements_;
};

}  // namespace

std::unique_ptr<loader> make_row_loader(const sql::dialect& d, const sql::loader_rule& rule) {
  return std::make_unique<row_loader>(d, rule);
}

}  // namespace millrace::odbc
