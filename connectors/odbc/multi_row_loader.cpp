// Multi-row prepared merges: some dozens of rows in one statement, every cell a parameter. Short
// cells are copied into slots that are bound once; a long one is bound where it lies in the batch,
// for one execution. That is cheaper than binding each cell of each row anew
// (docs/decisions/loading.md).
#include "connectors/odbc/loader.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <list>

namespace millrace::odbc {
namespace {

constexpr std::size_t slot_bytes = 64;
/// Statements kept prepared: the ones of the tables that are being loaded at this time.
constexpr std::size_t prepared_max = 8;

/// One prepared statement with its bound parameters.
struct prepared_merge {
  std::string table;
  merge_mode mode = merge_mode::changed;
  std::size_t rows = 0;
  std::size_t columns = 0;  ///< parameters of a row
  handle statement;
  std::vector<char> slots;
  std::vector<SQLLEN> lengths;
  std::vector<bool> elsewhere;  ///< bound outside its slot by the last execution

  [[nodiscard]] char* slot(std::size_t parameter) { return slots.data() + parameter * slot_bytes; }
};

class multi_row_loader final : public loader {
 public:
  explicit multi_row_loader(std::shared_ptr<const sql::dialect> d) : dialect_(std::move(d)) {}

  result<std::uint64_t> load(connection& link, const load_order& order) override {
    const table_schema& table = *order.rows->table;
    const std::string doing = fmt::format("loading rows into {}", table.collection);
    const std::size_t many = sql::rows_per_statement(*dialect_, table);
    std::uint64_t written = 0;
    std::size_t at = 0;
    while (at < order.which->size()) {
      const std::size_t rows = std::min(many, order.which->size() - at);
      MILLRACE_TRY(prepared_merge * merge, find(link, order, rows, doing));
      MILLRACE_CHECK(fill(link, *merge, order, at, doing));
      MILLRACE_CHECK(link.run(merge->statement, doing));
      MILLRACE_TRY(const std::uint64_t count, written_by(link, *merge, doing));
      written += count;
      at += rows;
    }
    return written;
  }

  void forget() override { prepared_.clear(); }

 private:
  result<prepared_merge*> find(connection& link, const load_order& order, std::size_t rows,
                               std::string_view doing) {
    const std::string& table = order.rows->table->collection;
    const auto found =
        std::find_if(prepared_.begin(), prepared_.end(), [&](const prepared_merge& p) {
          return p.rows == rows && p.mode == order.mode && p.table == table;
        });
    if (found != prepared_.end()) {
      prepared_.splice(prepared_.begin(), prepared_, found);
      return &prepared_.front();
    }
    prepared_merge fresh;
    fresh.table = table;
    fresh.mode = order.mode;
    fresh.rows = rows;
    fresh.columns = order.rows->table->columns.size() + 2;
    MILLRACE_TRY(fresh.statement, link.prepare(sql::merge(*dialect_, order.schema,
                                                          *order.rows->table, order.mode, rows),
                                               doing));
    const std::size_t parameters = fresh.rows * fresh.columns;
    fresh.slots.resize(parameters * slot_bytes);
    fresh.lengths.resize(parameters);
    fresh.elsewhere.resize(parameters, false);
    for (std::size_t p = 0; p < parameters; ++p)
      MILLRACE_CHECK(bind(link, fresh, p, fresh.slot(p), slot_bytes, doing));
    prepared_.push_front(std::move(fresh));
    if (prepared_.size() > prepared_max) prepared_.pop_back();
    return &prepared_.front();
  }

  static result<void> bind(connection& link, prepared_merge& merge, std::size_t parameter,
                           const char* where, std::size_t bytes, std::string_view doing) {
    const SQLRETURN code = SQLBindParameter(
        merge.statement.get(), static_cast<SQLUSMALLINT>(parameter + 1), SQL_PARAM_INPUT,
        SQL_C_CHAR, SQL_VARCHAR, std::max<SQLULEN>(bytes, 1), 0, const_cast<char*>(where),
        static_cast<SQLLEN>(bytes), &merge.lengths[parameter]);
    if (code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO) return {};
    return failure(link.fault("SQLBindParameter", SQL_HANDLE_STMT, merge.statement.get(), doing));
  }

  static result<void> put(connection& link, prepared_merge& merge, std::size_t parameter,
                          std::string_view value, std::string_view doing) {
    merge.lengths[parameter] = static_cast<SQLLEN>(value.size());
    if (value.size() <= slot_bytes) {
      if (merge.elsewhere[parameter]) {
        merge.elsewhere[parameter] = false;
        MILLRACE_CHECK(bind(link, merge, parameter, merge.slot(parameter), slot_bytes, doing));
      }
      std::memcpy(merge.slot(parameter), value.data(), value.size());
      return {};
    }
    merge.elsewhere[parameter] = true;
    return bind(link, merge, parameter, value.data(), value.size(), doing);
  }

  static result<void> fill(connection& link, prepared_merge& merge, const load_order& order,
                           std::size_t first, std::string_view doing) {
    const batch& rows = *order.rows;
    for (std::size_t r = 0; r < merge.rows; ++r) {
      const std::uint32_t row = (*order.which)[first + r];
      std::size_t parameter = r * merge.columns;
      for (const column& c : rows.columns) {
        if (c.is_null(row)) {
          merge.lengths[parameter] = SQL_NULL_DATA;
        } else {
          MILLRACE_CHECK(put(link, merge, parameter, c.value(row), doing));
        }
        ++parameter;
      }
      MILLRACE_CHECK(put(link, merge, parameter, order.received_at, doing));
      MILLRACE_CHECK(put(link, merge, parameter + 1, order.written_at, doing));
    }
    return {};
  }

  result<std::uint64_t> written_by(connection& link, const prepared_merge& merge,
                                   std::string_view doing) const {
    if (dialect_->rows_written.empty()) {
      SQLLEN count = 0;
      if (SQLRowCount(merge.statement.get(), &count) != SQL_SUCCESS || count < 0)
        return std::uint64_t{0};
      return static_cast<std::uint64_t>(count);
    }
    MILLRACE_TRY(const auto answer, link.query(dialect_->rows_written, doing));
    std::uint64_t count = 0;
    if (!answer.empty() && !answer.front().empty() && answer.front().front()) {
      const std::string& text = *answer.front().front();
      std::from_chars(text.data(), text.data() + text.size(), count);
    }
    return count;
  }

  std::shared_ptr<const sql::dialect> dialect_;
  std::list<prepared_merge> prepared_;  ///< most recently used first
};

}  // namespace

std::unique_ptr<loader> make_loader(std::shared_ptr<const sql::dialect> d) {
  switch (d->loader) {
    case sql::loader_kind::multi_row:
      return std::make_unique<multi_row_loader>(std::move(d));
  }
  return nullptr;
}

}  // namespace millrace::odbc
