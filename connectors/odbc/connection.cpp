// ODBC calls. Each is checked; a driver's records are all read; nothing of the connection string is
// ever repeated in a message.
#include "connectors/odbc/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

namespace millrace::odbc {
namespace {

/// Numbers of attributes travel as pointers: that is ODBC's calling convention.
SQLPOINTER as_pointer(SQLULEN number) {
  return std::bit_cast<SQLPOINTER>(number);
}

constexpr SQLULEN login_seconds = 15;
/// So often one goes from run to run. Temporary tables of all of them gather in a session, and a
/// server that takes another one's place is only met by a login.
constexpr unsigned leaves_max = 100;
/// What is no statement, such as a commit, has as long, and what a driver is late by.
constexpr SQLULEN driver_seconds_more = 60;
constexpr int records_max = 8;

bool good(SQLRETURN code) {
  return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO;
}

SQLCHAR* chars(const std::string& text) {
  // ODBC's signatures lack const; drivers do not write to statement and connection texts.
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}

/// A call that ends something, where a driver that throws can change nothing any more.
template <class Call>
void regardless(const Call& call) noexcept {
  try {
    call();
  } catch (...) {
    return;
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& n : names)
    out += (out.empty() ? "" : ", ") + n;
  return out.empty() ? "none" : out;
}

result<handle> allocate(SQLSMALLINT type, SQLHANDLE parent) {
  SQLHANDLE value = nullptr;
  if (!good(SQLAllocHandle(type, parent, &value)))
    return failure(errc::internal, "the ODBC driver manager gives no handle");
  return handle(type, value);
}

result<handle> make_environment() {
  MILLRACE_TRY(handle environment, allocate(SQL_HANDLE_ENV, SQL_NULL_HANDLE));
  if (!good(SQLSetEnvAttr(environment.get(), SQL_ATTR_ODBC_VERSION, as_pointer(SQL_OV_ODBC3), 0)))
    return failure(errc::internal, "the ODBC driver manager does not speak ODBC 3");
  return environment;
}

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

const sql::error_rule* rule_for(const sql::dialect& d, const diagnostic& record) {
  for (const sql::error_rule& rule : d.errors)
    if ((rule.state.empty() || record.state.starts_with(rule.state)) &&
        (rule.native == 0 || rule.native == record.native) && holds(record.text, rule.text))
      return &rule;
  return nullptr;
}

/// What every driver says alike.
void classify_by_state(error& e, const std::string& state) {
  if (state.starts_with("08")) {
    e.code = errc::warehouse_unreachable;
    e.again = retry::later;
    e.advice = "Check that the warehouse runs and can be reached from this machine";
  } else if (state.starts_with("28")) {
    e.code = errc::warehouse_refused;
    e.advice = "Check user and password in the connection string";
  } else if (state.starts_with("40")) {
    e.code = errc::warehouse_busy;
    e.again = retry::later;
  } else if (state == "42S01" || state == "42S21" || state == "42P06" || state == "42P07" ||
             state == "42701") {
    // A schema, table or column that was looked for a moment ago and was not there.
    e.code = errc::warehouse_busy;
    e.again = retry::later;
    e.advice =
        "Another session made it at the same moment, or it is there in another spelling: "
        "millrace looks again";
  } else if (state == "42S02" || state == "S0002") {
    e.code = errc::table_missing;
  } else if (state.starts_with("22") || state.starts_with("23")) {
    e.code = errc::warehouse_value;
  }
}

}  // namespace

std::vector<std::string> installed_drivers() {
  std::vector<std::string> names;
  auto environment = make_environment();
  if (!environment) return names;
  std::array<SQLCHAR, 256> name{};
  std::array<SQLCHAR, 1024> attributes{};
  SQLSMALLINT name_bytes = 0;
  SQLSMALLINT attribute_bytes = 0;
  SQLUSMALLINT direction = SQL_FETCH_FIRST;
  while (good(SQLDrivers(environment->get(), direction, name.data(), name.size(), &name_bytes,
                         attributes.data(), attributes.size(), &attribute_bytes))) {
    names.emplace_back(reinterpret_cast<const char*>(name.data()));
    direction = SQL_FETCH_NEXT;
  }
  return names;
}

handle::~handle() {
  if (value_ == nullptr) return;
  regardless([this] { SQLFreeHandle(type_, value_); });
}

std::vector<diagnostic> diagnostics_of(SQLSMALLINT type, SQLHANDLE which) {
  std::vector<diagnostic> out;
  for (SQLSMALLINT i = 1; i <= records_max; ++i) {
    std::array<SQLCHAR, 6> state{};
    std::array<SQLCHAR, 2048> text{};
    SQLINTEGER native = 0;
    SQLSMALLINT bytes = 0;
    if (!good(
            SQLGetDiagRec(type, which, i, state.data(), &native, text.data(), text.size(), &bytes)))
      break;
    out.push_back({reinterpret_cast<const char*>(state.data()), native,
                   reinterpret_cast<const char*>(text.data())});
  }
  return out;
}

error connection::fault(std::string_view function, SQLSMALLINT type, SQLHANDLE which,
                        std::string_view doing) {
  failed_ = true;
  if (thrown_) {
    error e{errc::internal,
            fmt::format("the ODBC driver threw an exception while {}: {}", doing, *thrown_),
            "This is a fault of the ODBC driver: look for a newer version of it",
            retry::never,
            {},
            {}};
    return e.with("warehouse", name_);
  }
  const std::vector<diagnostic> records = diagnostics_of(type, which);
  error e{errc::warehouse_statement, {}, {}, retry::never, {}, {}};
  if (records.empty()) {
    e.message = fmt::format("{} failed without a word while {}", function, doing);
    return e.with("warehouse", name_);
  }
  const diagnostic& first = records.front();
  e.message = fmt::format("{} failed while {}: {} [{}, {}]", function, doing, first.text,
                          first.state, first.native);
  for (std::size_t i = 1; i < records.size(); ++i)
    e.message += "; " + records[i].text;
  classify_by_state(e, first.state);
  if (dialect_) {
    if (const sql::error_rule* rule = rule_for(*dialect_, first)) {
      e.code = rule->meaning;
      e.again = rule->again;
      if (!rule->advice.empty()) e.advice = rule->advice;
    }
  }
  if (e.code == errc::warehouse_unreachable) broken_ = true;
  if (e.advice.empty())
    e.advice = "Look at the warehouse's log; the next run tries again from the last checkpoint";
  return e.with("warehouse", name_);
}

result<std::unique_ptr<connection>> connection::open(std::string name, const std::string& text,
                                                     std::shared_ptr<const sql::dialect> d) {
  auto self = std::unique_ptr<connection>(new connection);
  self->name_ = std::move(name);
  self->dialect_ = std::move(d);
  MILLRACE_TRY(self->environment_, make_environment());
  MILLRACE_TRY(self->link_, allocate(SQL_HANDLE_DBC, self->environment_.get()));
  SQLSetConnectAttr(self->link_.get(), SQL_ATTR_LOGIN_TIMEOUT, as_pointer(login_seconds), 0);
  const SQLRETURN code = SQLDriverConnect(self->link_.get(), nullptr, chars(text),
                                          static_cast<SQLSMALLINT>(text.size()), nullptr, 0,
                                          nullptr, SQL_DRIVER_NOPROMPT);
  if (!good(code)) {
    error e = self->fault("SQLDriverConnect", SQL_HANDLE_DBC, self->link_.get(), "connecting");
    const auto records = diagnostics_of(SQL_HANDLE_DBC, self->link_.get());
    const std::string state = records.empty() ? "" : records.front().state;
    if (state == "IM002" || state == "IM003" || state == "01000") {
      e.code = errc::driver_missing;
      e.advice = fmt::format(
          "Install the driver, or correct Driver= in the connection string; "
          "installed here: {}",
          joined(installed_drivers()));
    } else if (e.code == errc::warehouse_statement) {
      e.code = errc::warehouse_unreachable;
      e.advice = "Check the connection string, and that the warehouse runs";
    }
    return failure(std::move(e));
  }
  self->connected_ = true;
  self->read_facts();
  return self;
}

connection::~connection() {
  if (!connected_) return;
  if (!left_) roll_back();
  regardless([this] { SQLDisconnect(link_.get()); });
}

void connection::read_facts() {
  const auto fact = [&](SQLUSMALLINT which) {
    std::array<char, 256> text{};
    SQLSMALLINT bytes = 0;
    if (!good(SQLGetInfo(link_.get(), which, text.data(), text.size(), &bytes)))
      return std::string();
    return std::string(text.data());
  };
  facts_.driver_name = fact(SQL_DRIVER_NAME);
  facts_.driver_version = fact(SQL_DRIVER_VER);
  facts_.dbms_name = fact(SQL_DBMS_NAME);
  facts_.dbms_version = fact(SQL_DBMS_VER);
}

SQLRETURN connection::guarded(const std::function<SQLRETURN()>& call) {
  try {
    return call();
  } catch (const std::exception& e) {
    thrown_ = e.what();
  } catch (...) {
    thrown_ = "an exception of an unknown kind";
  }
  broken_ = true;
  return SQL_ERROR;
}

result<void> connection::begin(std::string_view doing) {
  if (!thread_ || thread_->goes_on(doing)) return {};
  return failure(errc::warehouse_unreachable, fmt::format("nobody waits any more for {}", doing));
}

result<void> connection::set_autocommit(bool on) {
  const SQLULEN value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
  if (!good(SQLSetConnectAttr(link_.get(), SQL_ATTR_AUTOCOMMIT, as_pointer(value), 0)))
    return failure(
        fault("SQLSetConnectAttr", SQL_HANDLE_DBC, link_.get(), "setting up transactions"));
  return {};
}

result<void> connection::commit() {
  MILLRACE_CHECK(begin("committing"));
  if (good(guarded([this] { return SQLEndTran(SQL_HANDLE_DBC, link_.get(), SQL_COMMIT); })))
    return {};
  error e = fault("SQLEndTran", SQL_HANDLE_DBC, link_.get(), "committing");
  if (broken_) {
    e.message += "; whether the warehouse kept what was sent is not known";
    e.advice = "Check that the warehouse can be reached; a repeat changes nothing twice";
    e.with("committed", "unknown");
  }
  return failure(std::move(e));
}

bool connection::leave() {
  if (broken_ || failed_ || ++times_left_ > leaves_max) return false;
  if (thread_ && !thread_->goes_on("leaving the warehouse")) return false;
  left_ = good(guarded([this] { return SQLEndTran(SQL_HANDLE_DBC, link_.get(), SQL_ROLLBACK); }));
  const bool wanted = !thread_ || thread_->goes_on();
  thread_.reset();
  watch_.reset();
  return left_ && wanted;
}

void connection::roll_back() {
  if (thread_) thread_->goes_on("rolling back");
  guarded([this] { return SQLEndTran(SQL_HANDLE_DBC, link_.get(), SQL_ROLLBACK); });
}

result<handle> connection::new_statement(std::string_view doing) {
  SQLHANDLE value = nullptr;
  // Some drivers remember that the connection broke, and give none.
  if (!good(SQLAllocHandle(SQL_HANDLE_STMT, link_.get(), &value)))
    return failure(fault("SQLAllocHandle", SQL_HANDLE_DBC, link_.get(), doing));
  return handle(SQL_HANDLE_STMT, value);
}

result<handle> connection::prepare(const std::string& statement, std::string_view doing) {
  MILLRACE_TRY(handle out, new_statement(doing));
  if (!good(SQLPrepare(out.get(), chars(statement), static_cast<SQLINTEGER>(statement.size()))))
    return failure(fault("SQLPrepare", SQL_HANDLE_STMT, out.get(), doing));
  return out;
}

result<void> connection::run(const handle& statement, std::string_view doing) {
  return finish(statement, "SQLExecute", doing, [&] { return SQLExecute(statement.get()); });
}

result<handle> connection::run_text(const std::string& statement, std::string_view doing) {
  MILLRACE_TRY(handle out, new_statement(doing));
  MILLRACE_CHECK(finish(out, "SQLExecDirect", doing, [&] {
    return SQLExecDirect(out.get(), chars(statement), static_cast<SQLINTEGER>(statement.size()));
  }));
  return out;
}

result<void> connection::finish(const handle& statement, std::string_view function,
                                std::string_view doing, const std::function<SQLRETURN()>& call) {
  MILLRACE_CHECK(begin(doing));
  {
    const std::lock_guard lock(cancelling_);
    running_ = statement.get();
  }
  statement_watch::entry watched(watch_.get(), limit_, [this] { cancel(); });
  const SQLRETURN code = guarded(call);
  const bool overdue = watched.end();
  {
    const std::lock_guard lock(cancelling_);
    running_ = nullptr;
  }
  // SQL_NO_DATA: an UPDATE or DELETE that met no row; not an error.
  if (good(code) || code == SQL_NO_DATA) return {};
  error e = fault(function, SQL_HANDLE_STMT, statement.get(), doing);
  if (overdue && !broken_) {
    e.code = errc::warehouse_timeout;
    e.again = retry::later;
    e.message += fmt::format("; millrace cancelled the statement after {} s",
                             std::chrono::floor<std::chrono::seconds>(limit_).count());
    e.advice = "Look in the warehouse for what holds it up, or raise `statement_timeout`";
  }
  return failure(std::move(e));
}

result<void> connection::skip_answers(const handle& statement, std::string_view doing) {
  SQLRETURN code = SQL_SUCCESS;
  while (good(code))
    MILLRACE_CHECK(finish(statement, "SQLMoreResults", doing, [&] {
      code = SQLMoreResults(statement.get());
      return code;
    }));
  return {};
}

SQLSMALLINT connection::text_type(std::size_t bytes) const {
  // A wide type says that the server keeps UTF-16: what is handed to the driver is UTF-8 all the
  // same.
  if (dialect_ && dialect_->wide_parameters) return bytes > 4000 ? SQL_WLONGVARCHAR : SQL_WVARCHAR;
  return bytes > 8000 ? SQL_LONGVARCHAR : SQL_VARCHAR;
}

void connection::watch_statements(std::shared_ptr<statement_watch> watch, milliseconds limit) {
  watch_ = std::move(watch);
  limit_ = limit;
  if (!watch_) return;
  // Few drivers know it, and some count statements too: it must not be over before the watch's.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
  SQLSetConnectAttr(link_.get(), SQL_ATTR_CONNECTION_TIMEOUT,
                    as_pointer(static_cast<SQLULEN>(seconds) + driver_seconds_more), 0);
}

void connection::cancel() {
  // Drivers open a connection to cancel, which takes as long as it takes: one attempt at a time.
  const std::unique_lock lock(cancelling_, std::try_to_lock);
  if (lock && running_ != nullptr) regardless([this] { SQLCancel(running_); });
}

result<std::vector<connection::catalog_column>> connection::columns_of_table(
    const std::string& catalog, const std::string& table, std::string_view doing) {
  MILLRACE_TRY(const handle out, new_statement(doing));
  MILLRACE_CHECK(finish(out, "SQLColumns", doing, [&] {
    return SQLColumns(out.get(), catalog.empty() ? nullptr : chars(catalog), SQL_NTS, nullptr, 0,
                      chars(table), SQL_NTS, nullptr, 0);
  }));
  std::vector<catalog_column> columns;
  MILLRACE_CHECK(fetch(out, doing, [&](row& r) {
    // The name was a pattern: `_` is any letter in it.
    if (r.size() >= 4 && r[2] == table)
      columns.push_back({r[0].value_or(""), r[1].value_or(""), r[3].value_or("")});
    return true;
  }));
  return columns;
}

result<handle> connection::answer(const std::string& statement, std::string_view doing,
                                  const std::vector<parameter>& parameters) {
  if (parameters.empty()) return run_text(statement, doing);
  MILLRACE_TRY(handle out, prepare(statement, doing));
  std::vector<SQLLEN> lengths(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const parameter& p = parameters[i];
    lengths[i] = p ? static_cast<SQLLEN>(p->size()) : SQL_NULL_DATA;
    static const std::string none;
    const std::string& text = p ? *p : none;
    if (!good(SQLBindParameter(out.get(), static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT,
                               SQL_C_CHAR, text_type(text.size()),
                               std::max<SQLULEN>(text.size(), 1), 0, chars(text),
                               static_cast<SQLLEN>(text.size()), &lengths[i])))
      return failure(fault("SQLBindParameter", SQL_HANDLE_STMT, out.get(), doing));
  }
  // What is bound here is read by this run and never again.
  MILLRACE_CHECK(run(out, doing));
  return out;
}

result<void> connection::execute(const std::string& statement, std::string_view doing,
                                 const std::vector<parameter>& parameters) {
  MILLRACE_TRY(const handle out, answer(statement, doing, parameters));
  return skip_answers(out, doing);
}

result<std::uint64_t> connection::change(const std::string& statement, std::string_view doing,
                                         const std::vector<parameter>& parameters) {
  MILLRACE_TRY(const handle out, answer(statement, doing, parameters));
  SQLLEN rows = 0;
  const bool told = good(SQLRowCount(out.get(), &rows)) && rows > 0;
  MILLRACE_CHECK(skip_answers(out, doing));
  return told ? static_cast<std::uint64_t>(rows) : 0U;
}

result<std::optional<std::string>> connection::value_of(const handle& statement, SQLSMALLINT column,
                                                        std::span<char> piece,
                                                        std::string_view doing) {
  std::string out;
  for (;;) {
    SQLLEN length = 0;
    const SQLRETURN code =
        SQLGetData(statement.get(), static_cast<SQLUSMALLINT>(column), SQL_C_CHAR, piece.data(),
                   static_cast<SQLLEN>(piece.size()), &length);
    if (code == SQL_NO_DATA) return out;
    if (!good(code)) return failure(fault("SQLGetData", SQL_HANDLE_STMT, statement.get(), doing));
    if (length == SQL_NULL_DATA) return std::optional<std::string>();
    // A piece that filled the buffer ends in a NUL of its own; `length` is what was left before it.
    const bool more = length == SQL_NO_TOTAL || length >= static_cast<SQLLEN>(piece.size());
    out.append(piece.data(), more ? piece.size() - 1 : static_cast<std::size_t>(length));
    if (!more) return out;
  }
}

result<std::vector<row>> connection::query(const std::string& statement, std::string_view doing,
                                           const std::vector<parameter>& parameters) {
  std::vector<row> rows;
  MILLRACE_CHECK(each(statement, doing, parameters, [&](row& r) {
    rows.push_back(std::move(r));
    return true;
  }));
  return rows;
}

result<void> connection::each(const std::string& statement, std::string_view doing,
                              const std::vector<parameter>& parameters,
                              const std::function<bool(row&)>& visit) {
  MILLRACE_TRY(const handle out, answer(statement, doing, parameters));
  return fetch(out, doing, visit);
}

result<void> connection::fetch(const handle& statement, std::string_view doing,
                               const std::function<bool(row&)>& visit) {
  SQLSMALLINT columns = 0;
  if (!good(SQLNumResultCols(statement.get(), &columns)))
    return failure(fault("SQLNumResultCols", SQL_HANDLE_STMT, statement.get(), doing));
  std::array<char, 4096> piece{};  // of a cell
  row r;
  SQLRETURN code = SQLFetch(statement.get());
  for (; good(code); code = SQLFetch(statement.get())) {
    MILLRACE_CHECK(begin(doing));
    r.clear();
    r.reserve(static_cast<std::size_t>(columns));
    for (SQLSMALLINT c = 1; c <= columns; ++c) {
      MILLRACE_TRY(auto cell, value_of(statement, c, piece, doing));
      r.push_back(std::move(cell));
    }
    if (!visit(r)) return {};
  }
  if (code != SQL_NO_DATA)
    return failure(fault("SQLFetch", SQL_HANDLE_STMT, statement.get(), doing));
  return {};
}

}  // namespace millrace::odbc
