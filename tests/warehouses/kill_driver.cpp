// An ODBC driver that is another one, but for the end that its test orders: around each connect,
// statement and end of a transaction lies a point, and at the one that MILLRACE_KILL_AT names the
// process kills itself. MILLRACE_KILL_LOG gets a line for each point that was reached, the last one
// of them included.
//
//   MILLRACE_KILL_AT="3 before commit of data+checkpoint"   the third point of this name
//   MILLRACE_KILL_AT="17 any"                               the seventeenth of all
#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

/// The same call of the real driver.
template <class Function>
Function real(const char* name) {
  static void* const driver = dlopen(MILLRACE_REAL_DRIVER, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function>(dlsym(driver, name));
}

// -- points --

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::mutex guard;

/// What was ordered, and how much of it has come.
struct order {
  std::string at = variable("MILLRACE_KILL_AT");
  std::string name = at.substr(std::min(at.find(' ') + 1, at.size()));
  long count = std::strtol(at.c_str(), nullptr, 10);
  int log = ::open(variable("MILLRACE_KILL_LOG").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                   0600);
};

void point(const std::string& name) {
  static order& ordered = *new order;  // outlives every thread
  const std::lock_guard lock(guard);
  const std::string line = name + "\n";
  if (ordered.log >= 0 && ::write(ordered.log, line.data(), line.size()) < 0) std::abort();
  if (ordered.name != name && ordered.name != "any") return;
  if (--ordered.count != 0) return;
  ::kill(::getpid(), SIGKILL);
  for (;;)
    ::pause();
}

/// Runs a call of the real driver between its two points.
template <class Call>
SQLRETURN between_points(const std::string& what, const Call& call) {
  point("before " + what);
  const SQLRETURN code = call();
  point("after " + what);
  return code;
}

// -- what a statement is --

bool holds(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

/// Of a statement in lower case.
std::string kind_of(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \n\t("), text.size());
  std::string first = text.substr(begin, text.find_first_of(" \n\t(", begin) - begin);
  const bool defines = first == "create" || first == "alter" || first == "drop";
  if (holds(text, "_millrace_probe")) return "probe";
  const bool keys = holds(text, "_millrace_keys_");
  if (defines) return keys ? "ddl of keys" : "ddl";
  if (first == "select" || first == "comment") return first;
  if (keys) return "keys";
  if (holds(text, "_millrace_checkpoints")) return first == "delete" ? "forgetting" : "checkpoint";
  if (first == "insert" || first == "update" || first == "with" || first == "merge") return "data";
  return first == "delete" ? "removal" : "setting";
}

template <class Character>
std::string statement_kind(const Character* text, SQLINTEGER length) {
  std::string lower;
  for (SQLINTEGER i = 0; length == SQL_NTS ? text[i] != 0 : i < length; ++i)
    lower.push_back(static_cast<char>(std::tolower(static_cast<int>(text[i]) & 0x7f)));
  return kind_of(lower);
}

// -- what a transaction holds --

struct transactions {
  std::map<SQLHANDLE, SQLHANDLE> links;             ///< statement -> connection
  std::map<SQLHANDLE, std::string> kinds;           ///< prepared statement -> kind
  std::map<SQLHANDLE, std::set<std::string>> open;  ///< connection -> kinds since its last end
};

transactions& known() {
  static transactions& all = *new transactions;  // outlives every thread
  return all;
}

bool changes(const std::string& kind) {
  return kind != "select" && kind != "setting";
}

void note(SQLHSTMT statement, const std::string& kind) {
  const std::lock_guard lock(guard);
  if (changes(kind)) known().open[known().links[statement]].insert(kind);
}

void prepared(SQLHSTMT statement, const std::string& kind) {
  const std::lock_guard lock(guard);
  known().kinds[statement] = kind;
}

std::string prepared_kind(SQLHSTMT statement) {
  const std::lock_guard lock(guard);
  return known().kinds[statement];
}

/// "data+checkpoint"; what the connection holds is forgotten.
std::string taken(SQLHANDLE link) {
  const std::lock_guard lock(guard);
  std::string out;
  for (const std::string& kind : known().open[link])
    out += (out.empty() ? "" : "+") + kind;
  known().open.erase(link);
  return out.empty() ? "nothing" : out;
}

template <class Character, class Function>
SQLRETURN direct(const char* name, SQLHSTMT statement, Character* text, SQLINTEGER length) {
  const std::string kind = statement_kind(text, length);
  note(statement, kind);
  return between_points(kind, [&] { return real<Function>(name)(statement, text, length); });
}

SQLRETURN allocate(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* made) {
  const SQLRETURN code = real<decltype(&SQLAllocHandle)>("SQLAllocHandle")(type, parent, made);
  if (type == SQL_HANDLE_STMT) {
    const std::lock_guard lock(guard);
    known().links[*made] = parent;
  }
  return code;
}

}  // namespace

extern "C" {

SQLRETURN SQL_API SQLDriverConnect(SQLHDBC link, SQLHWND window, SQLCHAR* in, SQLSMALLINT in_bytes,
                                   SQLCHAR* out, SQLSMALLINT out_max, SQLSMALLINT* out_bytes,
                                   SQLUSMALLINT completion) {
  return between_points("connect", [&] {
    return real<decltype(&SQLDriverConnect)>("SQLDriverConnect")(link, window, in, in_bytes, out,
                                                                 out_max, out_bytes, completion);
  });
}

SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* made) {
  return allocate(type, parent, made);
}

// The driver manager prefers it where there are both.
SQLRETURN SQL_API SQLAllocStmt(SQLHDBC link, SQLHSTMT* made) {
  return allocate(SQL_HANDLE_STMT, link, made);
}

SQLRETURN SQL_API SQLPrepare(SQLHSTMT statement, SQLCHAR* text, SQLINTEGER length) {
  prepared(statement, statement_kind(text, length));
  return real<decltype(&SQLPrepare)>("SQLPrepare")(statement, text, length);
}

SQLRETURN SQL_API SQLExecDirect(SQLHSTMT statement, SQLCHAR* text, SQLINTEGER length) {
  return direct<SQLCHAR, decltype(&SQLExecDirect)>("SQLExecDirect", statement, text, length);
}

SQLRETURN SQL_API SQLExecute(SQLHSTMT statement) {
  const std::string kind = prepared_kind(statement);
  note(statement, kind);
  return between_points(kind, [&] { return real<decltype(&SQLExecute)>("SQLExecute")(statement); });
}

SQLRETURN SQL_API SQLEndTran(SQLSMALLINT type, SQLHANDLE which, SQLSMALLINT how) {
  const std::string verb = how == SQL_COMMIT ? "commit of " : "rollback of ";
  return between_points(verb + taken(which), [&] {
    return real<decltype(&SQLEndTran)>("SQLEndTran")(type, which, how);
  });
}

#ifdef MILLRACE_WIDE_DRIVER
// A driver that has these is asked by them, whatever the program calls.
SQLRETURN SQL_API SQLDriverConnectW(SQLHDBC link, SQLHWND window, SQLWCHAR* in, SQLSMALLINT in_size,
                                    SQLWCHAR* out, SQLSMALLINT out_max, SQLSMALLINT* out_size,
                                    SQLUSMALLINT completion) {
  using function = SQLRETURN (*)(SQLHDBC, SQLHWND, SQLWCHAR*, SQLSMALLINT, SQLWCHAR*, SQLSMALLINT,
                                 SQLSMALLINT*, SQLUSMALLINT);
  return between_points("connect", [&] {
    return real<function>("SQLDriverConnectW")(link, window, in, in_size, out, out_max, out_size,
                                               completion);
  });
}

SQLRETURN SQL_API SQLPrepareW(SQLHSTMT statement, SQLWCHAR* text, SQLINTEGER length) {
  using function = SQLRETURN (*)(SQLHSTMT, SQLWCHAR*, SQLINTEGER);
  prepared(statement, statement_kind(text, length));
  return real<function>("SQLPrepareW")(statement, text, length);
}

SQLRETURN SQL_API SQLExecDirectW(SQLHSTMT statement, SQLWCHAR* text, SQLINTEGER length) {
  using function = SQLRETURN (*)(SQLHSTMT, SQLWCHAR*, SQLINTEGER);
  return direct<SQLWCHAR, function>("SQLExecDirectW", statement, text, length);
}
#endif
}
