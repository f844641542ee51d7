// An ODBC driver that is SQLite's, but for the fault that its test orders: it writes the fault's
// name into the file that MILLRACE_FAULT names, and the next call that can fail so takes the file
// away.
//
//   row           one row of a parameter array was not taken; the call says success with
//   information later_answer  a row's refusal is told only in a further answer (SQLMoreResults)
//   commit        the commit fails, and the transaction is rolled back
//   hang          a statement runs until it is cancelled
//   deaf          a statement runs until the file MILLRACE_FAULT.over is there, whoever cancels it
//   throw         a statement throws an exception, and so does a commit (throw_commit)
//   call N STATE  the N-th call from then on fails with this state, whichever it is, and the file
//                 is there again, with the name of the call
#include <sql.h>
#include <sqlext.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

/// The same call of the real driver.
template <class Function>
Function real(const char* name) {
  static void* const driver = dlopen(MILLRACE_REAL_DRIVER, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function>(dlsym(driver, name));
}

std::mutex guard;
std::condition_variable changed;
bool cancelled = false;
const char* complaint = nullptr;  ///< the diagnostic of an ordered fault, until it is read
const char* complaint_state = nullptr;
SQLUSMALLINT* row_status = nullptr;  ///< of the statement that was bound last
SQLULEN rows_of_array = 1;

bool ordered(const char* fault) {
  const char* path = std::getenv("MILLRACE_FAULT");
  if (path == nullptr) return false;
  std::FILE* file = std::fopen(path, "r");
  if (file == nullptr) return false;
  std::array<char, 32> text{};
  const std::size_t length = std::fread(text.data(), 1, text.size() - 1, file);
  std::fclose(file);
  if (std::string(text.data(), length) != fault) return false;
  std::remove(path);
  return true;
}

std::array<char, 6> state_of_call{};
long calls_left = 0;  ///< until the one that fails; 0: none is ordered

/// The order "call N STATE", if there is one.
void take_order_of_a_call(const char* path) {
  std::FILE* file = std::fopen(path, "r");
  if (file == nullptr) return;
  const bool taken = std::fscanf(file, "call %ld %5s", &calls_left, state_of_call.data()) == 2;
  std::fclose(file);
  if (taken) std::remove(path);
}

void complain(const char* state, const char* text) {
  complaint_state = state;
  complaint = text;
}

/// Whether this call is the one that was ordered to fail.
bool refused(const char* call) {
  const char* path = std::getenv("MILLRACE_FAULT");
  if (path == nullptr) return false;
  const std::lock_guard lock(guard);
  if (calls_left == 0) take_order_of_a_call(path);
  if (calls_left == 0 || --calls_left > 0) return false;
  if (std::FILE* file = std::fopen(path, "w")) {
    std::fputs(call, file);
    std::fclose(file);
  }
  complain(state_of_call.data(), "the driver refuses");
  return true;
}

/// Runs until somebody cancels it.
SQLRETURN hang() {
  std::unique_lock lock(guard);
  cancelled = false;
  changed.wait(lock, [] { return cancelled; });
  complain("HY008", "operation cancelled");
  return SQL_ERROR;
}

/// Runs on whatever is asked of it, as a server that was stopped does.
SQLRETURN deaf() {
  const std::string over = std::string(std::getenv("MILLRACE_FAULT")) + ".over";
  while (access(over.c_str(), F_OK) != 0)
    usleep(10'000);
  complain("HY000", "the server was away for a while");
  return SQL_ERROR;
}

/// What is wrong with a statement before it is one; none: nothing.
std::optional<SQLRETURN> ordered_of_statement() {
  if (ordered("hang")) return hang();
  if (ordered("deaf")) return deaf();
  if (ordered("throw")) throw std::runtime_error("a fault of the driver's own");
  return {};
}

SQLRETURN told(SQLCHAR* state, SQLINTEGER* native, SQLCHAR* text, SQLSMALLINT bytes_max,
               SQLSMALLINT* bytes) {
  std::snprintf(reinterpret_cast<char*>(state), 6, "%s", complaint_state);
  std::snprintf(reinterpret_cast<char*>(text), static_cast<std::size_t>(bytes_max), "%s",
                complaint);
  *native = 7;
  *bytes = static_cast<SQLSMALLINT>(std::strlen(complaint));
  return SQL_SUCCESS;
}

}  // namespace

extern "C" {

SQLRETURN SQL_API SQLExecute(SQLHSTMT statement) {
  if (const auto wrong = ordered_of_statement()) return *wrong;
  if (refused("SQLExecute")) return SQL_ERROR;
  const SQLRETURN code = real<decltype(&SQLExecute)>("SQLExecute")(statement);
  if (code == SQL_SUCCESS && rows_of_array > 2 && row_status != nullptr && ordered("row")) {
    row_status[1] = SQL_PARAM_ERROR;
    complain("22001", "a row was too long");
    return SQL_SUCCESS_WITH_INFO;
  }
  return code;
}

SQLRETURN SQL_API SQLExecDirect(SQLHSTMT statement, SQLCHAR* text, SQLINTEGER bytes) {
  if (const auto wrong = ordered_of_statement()) return *wrong;
  if (refused("SQLExecDirect")) return SQL_ERROR;
  return real<decltype(&SQLExecDirect)>("SQLExecDirect")(statement, text, bytes);
}

SQLRETURN SQL_API SQLMoreResults(SQLHSTMT statement) {
  if (ordered("later_answer")) {
    complain("22001", "a row was too long");
    return SQL_ERROR;
  }
  if (refused("SQLMoreResults")) return SQL_ERROR;
  return real<decltype(&SQLMoreResults)>("SQLMoreResults")(statement);
}

SQLRETURN SQL_API SQLEndTran(SQLSMALLINT type, SQLHANDLE which, SQLSMALLINT how) {
  const auto end = real<decltype(&SQLEndTran)>("SQLEndTran");
  if (how == SQL_COMMIT && ordered("throw_commit"))
    throw std::runtime_error("a fault of the driver's own");
  if (how == SQL_COMMIT && ordered("commit")) {
    end(type, which, SQL_ROLLBACK);
    complain("40001", "the commit was refused");
    return SQL_ERROR;
  }
  if (refused("SQLEndTran")) return SQL_ERROR;
  return end(type, which, how);
}

SQLRETURN SQL_API SQLCancel(SQLHSTMT statement) {
  {
    const std::lock_guard lock(guard);
    cancelled = true;
  }
  changed.notify_all();
  return real<decltype(&SQLCancel)>("SQLCancel")(statement);
}

SQLRETURN SQL_API SQLSetStmtAttr(SQLHSTMT statement, SQLINTEGER attribute, SQLPOINTER value,
                                 SQLINTEGER bytes) {
  if (attribute == SQL_ATTR_PARAM_STATUS_PTR) row_status = static_cast<SQLUSMALLINT*>(value);
  if (attribute == SQL_ATTR_PARAMSET_SIZE) std::memcpy(&rows_of_array, &value, sizeof value);
  return real<decltype(&SQLSetStmtAttr)>("SQLSetStmtAttr")(statement, attribute, value, bytes);
}

SQLRETURN SQL_API SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE which, SQLSMALLINT record,
                                SQLCHAR* state, SQLINTEGER* native, SQLCHAR* text,
                                SQLSMALLINT bytes_max, SQLSMALLINT* bytes) {
  if (complaint == nullptr)
    return real<decltype(&SQLGetDiagRec)>("SQLGetDiagRec")(type, which, record, state, native, text,
                                                           bytes_max, bytes);
  // The driver manager asks until there is no more.
  if (record > 1) {
    complaint = nullptr;
    return SQL_NO_DATA;
  }
  return told(state, native, text, bytes_max, bytes);
}

SQLRETURN SQL_API SQLError(SQLHENV environment, SQLHDBC link, SQLHSTMT statement, SQLCHAR* state,
                           SQLINTEGER* native, SQLCHAR* text, SQLSMALLINT bytes_max,
                           SQLSMALLINT* bytes) {
  if (complaint == nullptr)
    return real<decltype(&SQLError)>("SQLError")(environment, link, statement, state, native, text,
                                                 bytes_max, bytes);
  const SQLRETURN code = told(state, native, text, bytes_max, bytes);
  complaint = nullptr;
  return code;
}

// What only fails when the call is ordered.

SQLRETURN SQL_API SQLDriverConnect(SQLHDBC link, SQLHWND window, SQLCHAR* text, SQLSMALLINT bytes,
                                   SQLCHAR* out, SQLSMALLINT bytes_max, SQLSMALLINT* out_bytes,
                                   SQLUSMALLINT how) {
  if (refused("SQLDriverConnect")) return SQL_ERROR;
  return real<decltype(&SQLDriverConnect)>("SQLDriverConnect")(link, window, text, bytes, out,
                                                               bytes_max, out_bytes, how);
}

SQLRETURN SQL_API SQLSetConnectAttr(SQLHDBC link, SQLINTEGER attribute, SQLPOINTER value,
                                    SQLINTEGER bytes) {
  if (refused("SQLSetConnectAttr")) return SQL_ERROR;
  return real<decltype(&SQLSetConnectAttr)>("SQLSetConnectAttr")(link, attribute, value, bytes);
}

SQLRETURN SQL_API SQLPrepare(SQLHSTMT statement, SQLCHAR* text, SQLINTEGER bytes) {
  if (refused("SQLPrepare")) return SQL_ERROR;
  return real<decltype(&SQLPrepare)>("SQLPrepare")(statement, text, bytes);
}

SQLRETURN SQL_API SQLBindParameter(SQLHSTMT statement, SQLUSMALLINT number, SQLSMALLINT direction,
                                   SQLSMALLINT c_type, SQLSMALLINT type, SQLULEN size,
                                   SQLSMALLINT digits, SQLPOINTER value, SQLLEN bytes,
                                   SQLLEN* length) {
  if (refused("SQLBindParameter")) return SQL_ERROR;
  return real<decltype(&SQLBindParameter)>("SQLBindParameter")(
      statement, number, direction, c_type, type, size, digits, value, bytes, length);
}

SQLRETURN SQL_API SQLFetch(SQLHSTMT statement) {
  if (refused("SQLFetch")) return SQL_ERROR;
  return real<decltype(&SQLFetch)>("SQLFetch")(statement);
}

SQLRETURN SQL_API SQLGetData(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT type,
                             SQLPOINTER value, SQLLEN bytes, SQLLEN* length) {
  if (refused("SQLGetData")) return SQL_ERROR;
  return real<decltype(&SQLGetData)>("SQLGetData")(statement, column, type, value, bytes, length);
}

SQLRETURN SQL_API SQLRowCount(SQLHSTMT statement, SQLLEN* rows) {
  if (refused("SQLRowCount")) return SQL_ERROR;
  return real<decltype(&SQLRowCount)>("SQLRowCount")(statement, rows);
}

SQLRETURN SQL_API SQLNumResultCols(SQLHSTMT statement, SQLSMALLINT* columns) {
  if (refused("SQLNumResultCols")) return SQL_ERROR;
  return real<decltype(&SQLNumResultCols)>("SQLNumResultCols")(statement, columns);
}

SQLRETURN SQL_API SQLColumns(SQLHSTMT statement, SQLCHAR* catalog, SQLSMALLINT catalog_bytes,
                             SQLCHAR* schema, SQLSMALLINT schema_bytes, SQLCHAR* table,
                             SQLSMALLINT table_bytes, SQLCHAR* column, SQLSMALLINT column_bytes) {
  if (refused("SQLColumns")) return SQL_ERROR;
  return real<decltype(&SQLColumns)>("SQLColumns")(statement, catalog, catalog_bytes, schema,
                                                   schema_bytes, table, table_bytes, column,
                                                   column_bytes);
}
}
