// Which dialect, which defaults, and faults that can be told before a driver is asked.
#include "connectors/odbc/open_warehouse.hpp"

#include "connectors/odbc/batch_function/embedded.hpp"
#include "connectors/odbc/odbc_warehouse.hpp"
#include "engine/lower_case.hpp"
#include "engine/sql/dialect_file.hpp"
#include "engine/sql/template_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace millrace::odbc {
namespace {

/// Of a connection that was left, to the first that it is asked.
constexpr milliseconds answer_longest{15'000};

bool holds_any(const std::string& text, const std::vector<std::string>& patterns) {
  const std::string low = lowered(text);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
    return low.find(lowered(p)) != std::string::npos;
  });
}

/// The dialect by its configured name, or by what the driver says.
result<std::shared_ptr<const sql::dialect>> choose_dialect(const std::vector<sql::dialect>& known,
                                                           const std::string& wanted,
                                                           const driver_facts& facts) {
  std::string names;
  for (const sql::dialect& d : known) {
    if (!wanted.empty() && d.name == wanted) return std::make_shared<const sql::dialect>(d);
    names += (names.empty() ? "" : ", ") + d.name;
  }
  // What answers says more than through what: one driver speaks to several kinds of servers.
  if (wanted.empty()) {
    for (const sql::dialect& d : known)
      if (holds_any(facts.dbms_name, d.dbms_patterns))
        return std::make_shared<const sql::dialect>(d);
    for (const sql::dialect& d : known)
      if (holds_any(facts.driver_name, d.driver_patterns))
        return std::make_shared<const sql::dialect>(d);
  }
  if (!wanted.empty())
    return failure(errc::dialect_invalid, fmt::format("there is no dialect '{}'", wanted),
                   fmt::format("Known dialects: {}", names));
  return failure(
      errc::dialect_invalid,
      fmt::format("no dialect fits the driver {} of {}", facts.driver_name, facts.dbms_name),
      fmt::format("Name one in the warehouse's `dialect`; known: {}", names));
}

/// A guess from the connection string alone, before a driver is asked: is this a database in a
/// file?
const sql::dialect* file_dialect_of(const std::vector<sql::dialect>& known,
                                    const std::string& wanted, const connection_string& text) {
  const std::string driver = text.find("Driver").value_or("");
  for (const sql::dialect& d : known) {
    if (d.style != sql::schema_style::file) continue;
    if (wanted.empty() ? holds_any(driver, d.dbms_patterns) || holds_any(driver, d.driver_patterns)
                       : d.name == wanted)
      return &d;
  }
  return nullptr;
}

/// The folder must be there and writable; the driver's own words for that are "unable to open".
result<bool> file_is_absent(const std::string& path, const std::string& warehouse) {
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path file = path;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto refuse = [&](std::string message, std::string advice) {
    error e{
        errc::warehouse_unreachable, std::move(message), std::move(advice), retry::never, {}, {}};
    return failure(std::move(e.with("warehouse", warehouse)));
  };
  if (!fs::is_directory(folder, ec))
    return refuse(
        fmt::format("the folder {} for the database file does not exist", folder.string()),
        "Create it, or correct Database= in the connection string");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return refuse(
        fmt::format("the folder {} for the database file is not writable", folder.string()),
        "Give this user the right to write there: the database keeps its journal beside it");
  if (!fs::exists(file, ec)) return true;
  if (fs::is_directory(file, ec))
    return refuse(fmt::format("{} is a folder, not a database file", path),
                  "Correct Database= in the connection string");
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return refuse(fmt::format("the database file {} is not writable", path),
                  "Give this user the right to read and write it");
  return false;
}

void add_defaults(connection_string& text, const sql::dialect& d) {
  const std::string& function = batch_function_path();
  for (const auto& [key, value] : d.connection_defaults) {
    // Without a file to load, the driver is not told of one: another loader serves.
    if (function.empty() && value.find("{batch_function}") != std::string::npos) continue;
    text.set_default(key, sql::filled(value, {{"batch_function", function}}));
  }
}

result<std::unique_ptr<connection>> opened(const connecting& how, const connection_string& text) {
  MILLRACE_TRY(auto link, connection::open(how.warehouse, text.text(), how.dialect));
  link->watch_statements(how.watch, how.statement_timeout);
  link->show_life(how.thread);
  return link;
}

/// One that somebody has left, if it still answers: what sets up a session says so, and does no
/// harm to one that is set up. Not for longer than a login may take.
std::unique_ptr<connection> reused(const connecting& how) {
  auto link = how.idle->take(how.warehouse, how.text.text());
  if (!link) return nullptr;
  link->watch_statements(how.watch, how.statement_timeout > milliseconds{0}
                                        ? std::min(answer_longest, how.statement_timeout)
                                        : answer_longest);
  link->show_life(how.thread);
  for (const std::string& statement : how.dialect->session_statements)
    if (!link->execute(statement, "taking up a session")) return nullptr;
  if (how.dialect->transactions && !link->set_autocommit(false)) return nullptr;
  link->roll_back();
  link->watch_statements(how.watch, how.statement_timeout);
  return link;
}

result<void> set_up(connection& link, const sql::dialect& d) {
  for (const std::string& statement : d.session_statements)
    MILLRACE_CHECK(link.execute(statement, "setting up the session"));
  if (d.transactions) MILLRACE_CHECK(link.set_autocommit(false));
  return {};
}

warehouse_limits limits_of(const sql::dialect& d) {
  return {d.identifier_bytes_max, d.columns_max, d.connections_max, d.batch_rows, d.batch_bytes};
}

driver_facts facts_with(const sql::dialect& d, driver_facts facts) {
  facts.dialect = d.name;
  facts.limits = limits_of(d);
  return facts;
}

/// The dialect that the configuration names or the driver's name gives away; none: only the driver
/// can tell.
const sql::dialect* guessed_dialect(const std::vector<sql::dialect>& known,
                                    const std::string& wanted, const connection_string& text) {
  const std::string driver = text.find("Driver").value_or("");
  const auto found = std::find_if(known.begin(), known.end(), [&](const sql::dialect& d) {
    return wanted.empty() ? holds_any(driver, d.dbms_patterns) : d.name == wanted;
  });
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

result<std::unique_ptr<connection>> connect(const connecting& how) {
  MILLRACE_TRY(auto link, opened(how, how.text));
  MILLRACE_CHECK(set_up(*link, *how.dialect));
  return link;
}

result<recognised> recognise(const warehouse_target& target) {
  MILLRACE_TRY(const auto known, sql::load_dialects(target.dialect_folders));
  MILLRACE_TRY(const std::string text, with_schema(target.connection_string, target.schema));
  recognised out;
  connecting& how = out.how;
  how.warehouse = target.name;
  how.watch = target.watch;
  how.statement_timeout = target.statement_timeout;
  how.schema = target.schema;
  how.lane = target.lane;
  how.memory = target.memory;
  how.thread = target.thread;
  how.refused_values = target.refused_values;
  how.rounded = target.rounded ? target.rounded : make_rounding_log();
  MILLRACE_TRY(how.text, connection_string::parse(text));

  if (const sql::dialect* file_style = file_dialect_of(known, target.dialect, how.text)) {
    how.dialect = std::make_shared<const sql::dialect>(*file_style);
    add_defaults(how.text, *how.dialect);
    const auto path = how.text.find("Database");
    if (path && !path->empty()) {
      MILLRACE_TRY(how.file_absent, file_is_absent(*path, target.name));
    }
    if (how.file_absent) {
      // Asks the driver for its facts on a database in memory: nothing is created by looking.
      connection_string probe = how.text;
      probe.set("Database", ":memory:");
      MILLRACE_TRY(const auto link, opened(how, probe));
      out.facts = facts_with(*how.dialect, link->facts());
      return out;
    }
    MILLRACE_TRY(out.link, connect(how));
    out.facts = facts_with(*how.dialect, out.link->facts());
    return out;
  }

  // A dialect that the configuration names or the driver's name gives away knows the complaints
  // about the very first connection, and nearly always that connection is the one to work with.
  const sql::dialect* guessed = guessed_dialect(known, target.dialect, how.text);
  connection_string first_text = how.text;
  if (guessed != nullptr) {
    how.dialect = std::make_shared<const sql::dialect>(*guessed);
    add_defaults(first_text, *how.dialect);
    // Nothing is known of one whose dialect sets up nothing, and one that is the only one that may
    // be keeps others out: they are closed.
    if (!guessed->session_statements.empty() && guessed->connections_max != 1)
      how.idle = target.idle;
  }
  if (how.idle) {
    connecting again = how;
    again.text = first_text;
    if (auto link = reused(again)) {
      out.facts = facts_with(*how.dialect, link->facts());
      out.link = std::move(link);
      how = std::move(again);
      return out;
    }
  }
  MILLRACE_TRY(out.link, opened(how, first_text));
  MILLRACE_TRY(auto chosen, choose_dialect(known, target.dialect, out.link->facts()));
  const bool as_guessed = how.dialect && how.dialect->name == chosen->name;
  if (!as_guessed) {
    how.dialect = std::move(chosen);
    how.idle.reset();
  }
  add_defaults(how.text, *how.dialect);
  if (as_guessed) {
    MILLRACE_CHECK(set_up(*out.link, *how.dialect));
  } else {
    out.link.reset();
    MILLRACE_TRY(out.link, connect(how));
  }
  out.facts = facts_with(*how.dialect, out.link->facts());
  return out;
}

warehouse_limits expected_limits(const warehouse_target& target) {
  const auto known = sql::load_dialects(target.dialect_folders);
  const auto text = connection_string::parse(target.connection_string);
  if (!known || !text) return {};
  const sql::dialect* found = file_dialect_of(*known, target.dialect, *text);
  if (found == nullptr) found = guessed_dialect(*known, target.dialect, *text);
  return found == nullptr ? warehouse_limits{} : limits_of(*found);
}

}  // namespace millrace::odbc
