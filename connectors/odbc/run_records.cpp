// Without transactions each step stands when the next one fails: notices come before the run that
// names them, and the note that keeps the next run from writing them again comes last.
#include "connectors/odbc/run_records.hpp"

#include "connectors/odbc/checkpoints.hpp"
#include "connectors/odbc/row_removal.hpp"
#include "connectors/odbc/tables.hpp"
#include "engine/lower_case.hpp"
#include "engine/sql/history_tables.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

namespace millrace::odbc {
namespace {

using run_column = sql::run_column;
using notice_column = sql::notice_column;

/// Old rows of a table that one run removes.
constexpr std::size_t removed_max = 20'000;

/// The rows of one of the tables on their way to the warehouse.
template <class Column>
class row_writer {
 public:
  explicit row_writer(const table_schema& table, time_point now)
      : rows_(std::make_shared<const table_schema>(table),
              {std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max()}) {
    rows_.set_received_at(now);
  }
  void put(Column column, const std::string& text) {
    if (!text.empty()) rows_.at(static_cast<std::size_t>(column)).append(text);
  }
  void put(Column column, std::uint64_t value) { put(column, std::to_string(value)); }
  void put(Column column, time_point value) { put(column, to_canonical(value)); }
  void end_row() { rows_.end_row(); }
  batch_ptr take() { return rows_.take_rest(); }

 private:
  batch_builder rows_;
};

batch_ptr batch_of(const std::vector<kept_run>& runs, time_point now) {
  row_writer<run_column> out(sql::run_table(), now);
  for (const kept_run& r : runs) {
    const bool is_whole = r.collection.empty();
    out.put(run_column::id, is_whole ? r.run : r.run + '/' + r.collection);
    out.put(run_column::run, r.run);
    out.put(run_column::pipeline, r.pipeline);
    out.put(run_column::collection, r.collection);
    out.put(run_column::object, r.object);
    out.put(run_column::started_at, r.started);
    out.put(run_column::ended_at, r.ended);
    out.put(run_column::outcome, r.outcome);
    out.put(run_column::records, r.records);
    out.put(run_column::rows_written, r.rows_written);
    out.put(run_column::deleted, r.deleted);
    out.put(run_column::requests, r.requests);
    out.put(run_column::refused, r.refused);
    out.put(run_column::quarantined, r.quarantined);
    out.put(run_column::error_code, r.error_code);
    out.put(run_column::error, r.error);
    out.put(run_column::notices_of, r.notices_of);
    if (is_whole) {
      out.put(run_column::exit_code, static_cast<std::uint64_t>(r.exit_code));
      out.put(run_column::calls, r.calls);
      out.put(run_column::collections, r.collections);
      out.put(run_column::skipped_ticks, r.skipped_ticks);
    }
    out.end_row();
  }
  return out.take();
}

batch_ptr batch_of(const std::vector<kept_notice>& notices, time_point now) {
  row_writer<notice_column> out(sql::notice_table(), now);
  std::size_t number = 0;
  for (const kept_notice& n : notices) {
    out.put(notice_column::id, fmt::format("{}/{:04}", n.run, ++number));
    out.put(notice_column::run, n.run);
    out.put(notice_column::pipeline, n.pipeline);
    out.put(notice_column::collection, n.collection);
    out.put(notice_column::told_at, n.told);
    out.put(notice_column::code, n.code);
    out.put(notice_column::text, n.text);
    out.put(notice_column::record, n.record);
    out.put(notice_column::field, n.field);
    out.end_row();
  }
  return out.take();
}

result<void> merge_own(connection& link, merger& by, const batch& rows, time_point now) {
  if (rows.rows == 0) return {};
  MILLRACE_TRY(const merge_order order, by.prepare_own(rows, to_canonical(now)));
  MILLRACE_CHECK(by.merge(link, order));
  return {};
}

/// What one run does not get to, another day's does.
result<void> remove_outdated(connection& link, const sql::dialect& d, const std::string& schema,
                             const table_schema& table, const std::string& pipeline,
                             time_point before) {
  const std::string doing = "removing old rows from " + table.collection;
  std::vector<parameter> keys;
  MILLRACE_CHECK(link.each(sql::outdated_rows(d, schema, table), doing,
                           {pipeline, to_canonical(before)}, [&](const row& cells) {
                             keys.push_back(cells.front());
                             return keys.size() < removed_max;
                           }));
  MILLRACE_CHECK(remove_rows(link, d, schema, table, keys, doing));
  return {};
}

// -- reading back
// ----------------------------------------------------------------------------------------

template <class Column>
std::string text_at(const row& r, Column column) {
  return r[static_cast<std::size_t>(column)].value_or("");
}
template <class Column>
std::uint64_t number_at(const row& r, Column column) {
  const std::string text = text_at(r, column);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}
template <class Column>
time_point time_at(const row& r, Column column) {
  return parse_timestamp(text_at(r, column)).value_or(time_point{});
}

kept_run run_in(const row& r) {
  kept_run out;
  out.run = text_at(r, run_column::run);
  out.pipeline = text_at(r, run_column::pipeline);
  out.collection = text_at(r, run_column::collection);
  out.object = text_at(r, run_column::object);
  out.started = time_at(r, run_column::started_at);
  out.ended = time_at(r, run_column::ended_at);
  out.outcome = text_at(r, run_column::outcome);
  out.exit_code = static_cast<int>(number_at(r, run_column::exit_code));
  out.records = number_at(r, run_column::records);
  out.rows_written = number_at(r, run_column::rows_written);
  out.deleted = number_at(r, run_column::deleted);
  out.requests = number_at(r, run_column::requests);
  out.calls = number_at(r, run_column::calls);
  out.error_code = text_at(r, run_column::error_code);
  out.error = text_at(r, run_column::error);
  out.collections = number_at(r, run_column::collections);
  out.skipped_ticks = number_at(r, run_column::skipped_ticks);
  out.notices_of = text_at(r, run_column::notices_of);
  out.refused = number_at(r, run_column::refused);
  out.quarantined = number_at(r, run_column::quarantined);
  return out;
}

kept_notice notice_in(const row& r) {
  kept_notice out;
  out.run = text_at(r, notice_column::run);
  out.pipeline = text_at(r, notice_column::pipeline);
  out.collection = text_at(r, notice_column::collection);
  out.told = time_at(r, notice_column::told_at);
  out.code = text_at(r, notice_column::code);
  out.text = text_at(r, notice_column::text);
  out.record = text_at(r, notice_column::record);
  out.field = text_at(r, notice_column::field);
  return out;
}

bool is_wanted(const kept_run& r, const std::string& word) {
  return word.empty() || lowered(r.collection) == word || lowered(r.object) == word;
}

result<std::vector<kept_run>> load_runs(connection& link, const sql::dialect& d,
                                        const std::string& schema, const history_order& wanted) {
  std::vector<kept_run> out;
  MILLRACE_TRY(const auto present, columns_of(link, d, schema, sql::run_table().collection));
  if (present.empty() || wanted.runs == 0) return out;
  const std::string word = lowered(wanted.collection);
  std::size_t runs = 0;
  MILLRACE_CHECK(link.each(sql::read_runs(d, schema, present), "reading the last runs",
                           {wanted.pipeline}, [&](const row& cells) {
                             kept_run one = run_in(cells);
                             if (!is_wanted(one, word)) return true;
                             if (out.empty() || out.back().run != one.run) ++runs;
                             if (runs > wanted.runs) return false;
                             out.push_back(std::move(one));
                             return true;
                           }));
  // Rows of a run are together, for they have one time; the whole one has no collection.
  std::sort(out.begin(), out.end(), [](const kept_run& a, const kept_run& b) {
    return std::tie(b.started, b.run, a.collection) < std::tie(a.started, a.run, b.collection);
  });
  return out;
}

result<std::vector<kept_notice>> load_notices(connection& link, const sql::dialect& d,
                                              const std::string& schema,
                                              const std::vector<kept_run>& runs) {
  std::vector<kept_notice> out;
  std::vector<parameter> under;
  for (const kept_run& r : runs)
    if (!r.notices_of.empty() && std::find(under.begin(), under.end(), r.notices_of) == under.end())
      under.emplace_back(r.notices_of);
  if (under.empty()) return out;
  MILLRACE_TRY(const auto present, columns_of(link, d, schema, sql::notice_table().collection));
  if (present.empty()) return out;
  MILLRACE_TRY(const auto rows, link.query(sql::read_notices(d, schema, present, under.size()),
                                           "reading the notices", under));
  out.reserve(rows.size());
  for (const row& r : rows)
    out.push_back(notice_in(r));
  return out;
}

}  // namespace

result<void> save_history(connection& link, merger& by, const sql::dialect& d,
                          const run_history& what, time_point now) {
  MILLRACE_CHECK(merge_own(link, by, *batch_of(what.notices, now), now));
  MILLRACE_CHECK(merge_own(link, by, *batch_of(what.runs, now), now));
  if (what.note) MILLRACE_CHECK(save_checkpoint(link, by, *what.note, now));
  if (!what.remove_before || what.runs.empty()) return {};
  const std::string& pipeline = what.runs.front().pipeline;
  MILLRACE_CHECK(
      remove_outdated(link, d, by.schema(), sql::run_table(), pipeline, *what.remove_before));
  return remove_outdated(link, d, by.schema(), sql::notice_table(), pipeline,
                         *what.remove_before - notices_renewed);
}

result<run_history> load_history(connection& link, const sql::dialect& d, const std::string& schema,
                                 const history_order& wanted) {
  run_history out;
  MILLRACE_TRY(out.runs, load_runs(link, d, schema, wanted));
  MILLRACE_TRY(out.notices, load_notices(link, d, schema, out.runs));
  if (!wanted.collection.empty())
    std::erase_if(out.notices, [&](const kept_notice& n) {
      return out.runs.empty() || n.collection != out.runs.front().collection;
    });
  return out;
}

}  // namespace millrace::odbc
