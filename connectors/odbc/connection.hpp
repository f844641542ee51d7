// One ODBC connection with what every call of it needs: handles that close themselves, full
// diagnostics, and errors told apart by the dialect's table. Used from one thread at a time.
#pragma once

#include "connectors/odbc/statement_watch.hpp"
#include "engine/error.hpp"
#include "engine/model/table_change.hpp"
#include "engine/schedule/writer_threads.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/time.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::odbc {

/// A handle of the driver manager. Move-only.
class handle {
 public:
  handle() = default;
  handle(SQLSMALLINT type, SQLHANDLE value) : type_(type), value_(value) {}
  handle(handle&& other) noexcept
      : type_(other.type_), value_(std::exchange(other.value_, nullptr)) {}
  handle& operator=(handle&& other) noexcept {
    std::swap(type_, other.type_);
    std::swap(value_, other.value_);
    return *this;
  }
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle();
  [[nodiscard]] SQLHANDLE get() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  SQLSMALLINT type_ = SQL_HANDLE_STMT;
  SQLHANDLE value_ = nullptr;
};

/// One diagnostic record.
struct diagnostic {
  std::string state;
  int native = 0;
  std::string text;
};
std::vector<diagnostic> diagnostics_of(SQLSMALLINT type, SQLHANDLE which);

/// A text value that is bound, or none for NULL.
using parameter = std::optional<std::string>;
using row = std::vector<std::optional<std::string>>;

class connection {
 public:
  /// Connects. `name` is the warehouse's, for messages; `text` is never shown. Errors are told
  /// apart by the dialect, where it is known.
  static result<std::unique_ptr<connection>> open(std::string name, const std::string& text,
                                                  std::shared_ptr<const sql::dialect> d);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  [[nodiscard]] const driver_facts& facts() const { return facts_; }
  /// From now on a statement that runs for longer than `limit` is cancelled, and fails as one that
  /// timed out. Without a watch they may run for ever. Drivers that can are told to give up other
  /// calls, such as a commit, a little later.
  void watch_statements(std::shared_ptr<statement_watch> watch, milliseconds limit);

  /// From now on each call that may block is shown to those who wait for it; when they do not any
  /// more, calls fail and nothing is committed.
  void show_life(std::shared_ptr<writer_thread> thread) {
    thread_ = std::move(thread);
    left_ = false;
  }

  /// Nobody works with it for now: no transaction is open, and nobody is shown what it does. False:
  /// it is not for anybody else, because a call has failed, or it has served long enough. After
  /// that it is closed, or taken up by `show_life`.
  bool leave();

  /// Off: statements gather in a transaction until `commit` or `roll_back`.
  result<void> set_autocommit(bool on);
  result<void> commit();
  /// Never fails: what cannot be rolled back is gone with the connection.
  void roll_back();

  // Statements without parameters are never prepared: what a prepared one makes, such as a #temp
  // table of SQL Server, may be gone with it.

  /// Runs a statement; `doing` says for messages what it is for ("creating table leads").
  result<void> execute(const std::string& statement, std::string_view doing,
                       const std::vector<parameter>& parameters = {});
  /// Runs a statement that changes rows; returns how many, by the driver's word.
  result<std::uint64_t> change(const std::string& statement, std::string_view doing,
                               const std::vector<parameter>& parameters = {});
  result<std::vector<row>> query(const std::string& statement, std::string_view doing,
                                 const std::vector<parameter>& parameters = {});
  /// A query row by row, until `visit` is false.
  result<void> each(const std::string& statement, std::string_view doing,
                    const std::vector<parameter>& parameters,
                    const std::function<bool(row&)>& visit);
  /// Runs a statement without parameters; the handle has its answer.
  result<handle> run_text(const std::string& statement, std::string_view doing);
  result<handle> prepare(const std::string& statement, std::string_view doing);
  /// Runs a prepared statement.
  result<void> run(const handle& statement, std::string_view doing);
  /// A column as the driver's catalog knows it.
  struct catalog_column {
    std::string catalog;
    std::string schema;
    std::string name;
  };
  /// Columns of the tables of that very name, in whatever schema; none: there is no such table.
  /// `catalog` empty: in the one that the connection is in, or in all of them, as the driver likes.
  result<std::vector<catalog_column>> columns_of_table(const std::string& catalog,
                                                       const std::string& table,
                                                       std::string_view doing);
  /// Steps over what else a statement answers; some drivers answer once a row, and a row that was
  /// refused may be told only there (I1).
  result<void> skip_answers(const handle& statement, std::string_view doing);
  /// From any thread: ends the statement that runs now, if one does.
  void cancel();
  /// A call said that the connection is gone: nothing more can be done with it.
  [[nodiscard]] bool broken() const { return broken_; }

  /// The SQL type as which a text of so many bytes is bound.
  [[nodiscard]] SQLSMALLINT text_type(std::size_t bytes) const;

  /// The error of the last failed call on a handle.
  [[nodiscard]] error fault(std::string_view function, SQLSMALLINT type, SQLHANDLE which,
                            std::string_view doing);

 private:
  connection() = default;
  result<handle> new_statement(std::string_view doing);
  result<handle> answer(const std::string& statement, std::string_view doing,
                        const std::vector<parameter>& parameters);
  /// Runs what `call` runs, so that `cancel` may end it.
  result<void> finish(const handle& statement, std::string_view function, std::string_view doing,
                      const std::function<SQLRETURN()>& call);
  result<void> fetch(const handle& statement, std::string_view doing,
                     const std::function<bool(row&)>& visit);
  /// `piece`: room for what the driver gives at once.
  result<std::optional<std::string>> value_of(const handle& statement, SQLSMALLINT column,
                                              std::span<char> piece, std::string_view doing);
  void read_facts();
  /// A call into the driver. It may throw through the driver manager, which is C: then the call has
  /// failed, and so has the connection.
  SQLRETURN guarded(const std::function<SQLRETURN()>& call);
  /// Shows what comes now; why it must not.
  result<void> begin(std::string_view doing);

  std::string name_;
  handle environment_;
  handle link_;
  bool connected_ = false;
  bool broken_ = false;
  bool failed_ = false;  ///< some call has, whatever became of it
  bool left_ = false;    ///< no transaction is open
  unsigned times_left_ = 0;
  std::optional<std::string> thrown_;  ///< what the driver threw
  std::mutex cancelling_;              ///< guards `running_` against its end
  SQLHANDLE running_ = nullptr;        ///< the statement that runs now
  std::shared_ptr<statement_watch> watch_;
  milliseconds limit_{0};
  std::shared_ptr<writer_thread> thread_;
  driver_facts facts_;
  std::shared_ptr<const sql::dialect> dialect_;
};

/// Names of the drivers that are registered on this machine.
std::vector<std::string> installed_drivers();

}  // namespace millrace::odbc
