// Each loader is tried on a scratch table with hostile values; the first that brings all back is
// the one that a sync will use.
#include "connectors/odbc/examination.hpp"

#include "connectors/odbc/loader_probe.hpp"
#include "connectors/odbc/tables.hpp"
#include "connectors/odbc/transaction.hpp"
#include "engine/sql/statements.hpp"
#include "engine/time.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <ratio>

namespace millrace::odbc {
namespace {

std::string words_of(const error& e) {
  return e.advice.empty() ? e.message : e.message + ". " + e.advice;
}

/// Whether the schema is there, or could be made.
warehouse_finding look_at_schema(connection& link, const sql::dialect& d, const std::string& schema,
                                 bool& usable) {
  usable = true;
  if (d.create_schema.empty()) return {"schema", true, "needs no preparation"};
  const auto present = columns_of(link, d, schema, sql::checkpoint_table().collection);
  link.roll_back();
  if (present && !present->empty())
    return {"schema", true, fmt::format("{} is there, and millrace has been here", schema)};
  if (!d.transactional_ddl) {
    usable = false;
    return {"schema", true,
            fmt::format("{} is made by the first sync; the right to do so cannot be tried without "
                        "doing it",
                        schema)};
  }
  const auto made = link.execute(sql::create_schema(d, schema), "creating the schema");
  if (made) return {"schema", true, fmt::format("{} can be created and used", schema)};
  usable = false;
  link.roll_back();
  return {"schema", false, words_of(made.error())};
}

using seconds = std::chrono::seconds;
/// Of 900 seconds. Time zones are whole ones apart.
using quarter_hours = std::chrono::duration<std::int64_t, std::ratio<900>>;
constexpr seconds clock_tolerance{60};

std::string said(seconds difference) {
  const auto minutes = std::chrono::abs(difference).count() / 60;
  return fmt::format("{}{:02}:{:02}", difference.count() < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
}

/// What the session takes for UTC is told by its clock.
warehouse_finding look_at_time(connection& link, const sql::dialect& d) {
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  const auto answer = link.query(d.session_time, "asking for the session's time");
  link.roll_back();
  if (!answer) return {"time zone", false, words_of(answer.error())};
  const std::string text =
      answer->empty() || answer->front().empty() ? "" : answer->front().front().value_or("");
  const auto there = parse_timestamp(text);
  if (!there)
    return {"time zone", false, fmt::format("'{}' is not a time that millrace understands", text)};
  const seconds ahead = std::chrono::floor<seconds>(*there) - now;
  const seconds offset = std::chrono::round<quarter_hours>(ahead);
  if (offset != seconds{0})
    return {"time zone", false,
            fmt::format("the session is at {} from UTC: timestamps would be taken for local ones. "
                        "Set UTC in `statements` of the dialect's [connection]",
                        said(offset))};
  std::string out = "the session is in UTC, and so are timestamps that go and come back";
  if (std::chrono::abs(ahead) > clock_tolerance)
    out += fmt::format("; the warehouse's clock is {} s {} this machine's",
                       std::chrono::abs(ahead).count(), ahead.count() < 0 ? "behind" : "ahead of");
  return {"time zone", true, out};
}

void look_at_loaders(connection& link, const std::shared_ptr<const sql::dialect>& d,
                     const std::string& schema, std::vector<warehouse_finding>& out) {
  bool any = false;
  for (std::size_t i = 0; i < d->loaders.size(); ++i) {
    const sql::loader_rule& rule = d->loaders[i];
    if (rule.for_updates) continue;
    // The probe of a loader ends the transaction that made the schema: it is made again.
    if (!d->create_schema.empty() && d->transactional_ddl)
      static_cast<void>(link.execute(sql::create_schema(*d, schema), "creating the schema"));
    const probe_outcome outcome = probe_loader(link, d, schema, 0, i);
    const std::string name(name_of(rule.kind));
    if (outcome.why_not) {
      out.push_back({"loader", false, fmt::format("{}: {}", name, words_of(*outcome.why_not))});
      continue;
    }
    out.push_back({"loader", true,
                   fmt::format("{}{}: every type comes back as it was sent, {:.0f} small rows/s",
                               name, any ? "" : " (used)", outcome.rows_per_second)});
    any = true;
  }
  if (any) out.push_back({"rights", true, "tables can be created, written, read and dropped"});
}

}  // namespace

result<std::vector<warehouse_finding>> examine_warehouse(const connecting& how,
                                                         const driver_facts& facts) {
  connecting there = how;
  // A database file that is not there yet is not made by looking: the engine is tried in memory.
  if (how.file_absent) there.text.set("Database", ":memory:");
  MILLRACE_TRY(const auto link, connect(there));
  const sql::dialect& d = *how.dialect;
  std::vector<warehouse_finding> out;
  out.push_back({"driver", true,
                 fmt::format("{} {}, {} {}, dialect {}", facts.driver_name, facts.driver_version,
                             facts.dbms_name, facts.dbms_version, d.name)});
  if (!d.session_time.empty()) out.push_back(look_at_time(*link, d));
  bool usable = true;
  out.push_back(look_at_schema(*link, d, how.schema, usable));
  if (usable) look_at_loaders(*link, how.dialect, how.schema, out);
  if (how.file_absent)
    out.push_back({"database", true, "the file is made by the first sync; its folder is writable"});
  return out;
}

}  // namespace millrace::odbc
