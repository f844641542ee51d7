// Each loader is tried on a scratch table with hostile values; the first that brings all back is
// the one that a sync will use.
#include "connectors/odbc/examination.hpp"

#include "connectors/odbc/loader_choice.hpp"
#include "connectors/odbc/loader_probe.hpp"
#include "connectors/odbc/tables.hpp"
#include "connectors/odbc/transaction.hpp"
#include "engine/sql/probe_rows.hpp"
#include "engine/sql/statements.hpp"
#include "engine/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ratio>

namespace millrace::odbc {
namespace {

std::string words_of(const error& e) {
  return e.advice.empty() ? e.message : e.message + ". " + e.advice;
}

/// Whether the schema is there, or could be made. Where that cannot be taken back it is made and
/// stays: without it no right could be tried. What is not good may be so all the same: one that is
/// there serves a user who may make none.
warehouse_finding look_at_schema(connection& link, const sql::dialect& d,
                                 const std::string& schema) {
  if (d.create_schema.empty()) return {"schema", true, "needs no preparation"};
  const auto present = columns_of(link, d, schema, sql::checkpoint_table().collection);
  link.roll_back();
  if (present && !present->empty())
    return {"schema", true, fmt::format("{} is there, and millrace has been here", schema)};
  auto made = link.execute(sql::create_schema(d, schema), "creating the schema");
  if (made && !d.transactional_ddl) made = link.commit();
  if (made)
    return {"schema", true,
            d.transactional_ddl ? schema + " can be created and used"
                                : schema + " is there now, if it was not before"};
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
warehouse_finding look_at_time(connection& link, const sql::dialect& d, time_point now) {
  if (d.session_time.empty())
    return {"time zone", true, "not looked at: the dialect has no question for it"};
  const auto answer = link.query(d.session_time, "asking for the session's time");
  link.roll_back();
  if (!answer) return {"time zone", false, words_of(answer.error())};
  const std::string text =
      answer->empty() || answer->front().empty() ? "" : answer->front().front().value_or("");
  const auto there = parse_timestamp(text);
  if (!there)
    return {"time zone", false, fmt::format("'{}' is not a time that millrace understands", text)};
  const seconds ahead = std::chrono::floor<seconds>(*there) - std::chrono::floor<seconds>(now);
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

/// What the longest text of the probe was.
std::string longest_text(const sql::dialect& d) {
  const std::size_t bytes = d.types.text.bytes_max;
  return bytes > 0 && bytes < sql::long_text_characters
             ? fmt::format("{} bytes", bytes)
             : fmt::format("{} characters", sql::long_text_characters);
}

void look_at_loaders(connection& link, const std::shared_ptr<const sql::dialect>& d,
                     const std::string& schema, std::vector<warehouse_finding>& out) {
  loader_choice choice;
  std::vector<std::pair<std::size_t, probe_outcome>> tried;
  for (std::size_t i = 0; i < d->loaders.size(); ++i) {
    // The probe of a loader ends the transaction that made the schema: it is made again. A refusal
    // spoils the transaction, and the schema may be there all the same.
    if (!d->create_schema.empty() && d->transactional_ddl &&
        !link.execute(sql::create_schema(*d, schema), "creating the schema"))
      link.roll_back();
    tried.emplace_back(i, probe_loader(link, d, schema, 0, i));
    if (!d->loaders[i].for_updates && !choice.settled()) choice.offer(i, tried.back().second);
  }
  for (const auto& [i, outcome] : tried) {
    const bool updates = d->loaders[i].for_updates;
    const std::string name =
        std::string(name_of(d->loaders[i].kind)) + (updates ? " (updates)" : "");
    if (outcome.why_not) {
      out.push_back({"loader", false, fmt::format("{}: {}", name, words_of(*outcome.why_not))});
      continue;
    }
    out.push_back(
        {"loader", true,
         fmt::format("{}{}: every type comes back as it was sent, texts of {} too; {:.0f} "
                     "small rows/s",
                     name, choice.best() == i ? " (used)" : "", longest_text(*d),
                     outcome.rows_per_second)});
  }
  if (!choice.best()) return;
  out.push_back({"texts", true,
                 "a NUL is removed and what is not UTF-8 becomes U+FFFD before anything is sent; "
                 "the summary of a run counts both"});
  const auto kept = std::find_if(tried.begin(), tried.end(),
                                 [](const auto& t) { return t.second.not_dropped.has_value(); });
  if (kept == tried.end()) {
    out.push_back({"rights", true, "tables can be created, written, read and dropped"});
  } else {
    out.push_back(
        {"rights", false,
         "tables can be created, written and read, but not dropped, which a census needs: " +
             words_of(*kept->second.not_dropped)});
  }
}

}  // namespace

result<std::vector<warehouse_finding>> examine_warehouse(const connecting& how,
                                                         const driver_facts& facts,
                                                         time_point now) {
  connecting there = how;
  // A database file that is not there yet is not made by looking: the engine is tried in memory.
  if (how.file_absent) there.text.set("Database", ":memory:");
  MILLRACE_TRY(const auto link, connect(there));
  const sql::dialect& d = *how.dialect;
  std::vector<warehouse_finding> out;
  out.push_back({"driver", true,
                 fmt::format("{} {}, {} {}, dialect {}", facts.driver_name, facts.driver_version,
                             facts.dbms_name, facts.dbms_version, d.name)});
  out.push_back(look_at_time(*link, d, now));
  const std::size_t of_schema = out.size();
  out.push_back(look_at_schema(*link, d, how.schema));
  look_at_loaders(*link, how.dialect, how.schema, out);
  const bool any_loader = std::any_of(out.begin(), out.end(), [](const warehouse_finding& f) {
    return f.what == "loader" && f.good;
  });
  if (!out[of_schema].good && any_loader)
    out[of_schema] = {"schema", true, how.schema + " is there; this user may make no other one"};
  if (how.file_absent)
    out.push_back({"database", true, "the file is made by the first sync; its folder is writable"});
  return out;
}

}  // namespace millrace::odbc
