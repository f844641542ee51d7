// Planning a collection, and concluding it.
#include "actors/collection_task.hpp"

#include "engine/naming/table_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace millrace {

collection_counts collection_task::counts() const {
  collection_counts all = spent;
  all += latest;
  return all;
}

void add_notice(std::vector<notice>& to, notice n) {
  const bool told = std::any_of(to.begin(), to.end(), [&](const notice& other) {
    return other.collection == n.collection && other.code == n.code && other.text == n.text;
  });
  if (!told) to.push_back(std::move(n));
}

selection catalog_order(const run_request& request, const std::vector<checkpoint>& checkpoints,
                        time_point now) {
  selection what = request.what;
  what.want_counts = request.purpose != run_purpose::check;
  for (const checkpoint& c : checkpoints)
    if (collection_of(c.collection) == c.collection) what.loaded.emplace(c.collection, c.object);
  if (!request.full)
    for (const checkpoint& c : checkpoints)
      if (c.complete && collection_of(c.collection) == c.collection &&
          !may_read_everything(c.collection, request.upkeep, checkpoints, now))
        what.known.push_back(c.collection);
  if (request.only_due && request.usual) {
    reading_times& times =
        what.times.emplace(reading_times{request.pipeline, *request.usual, now, {}});
    for (const checkpoint& c : checkpoints)
      if (c.complete && collection_of(c.collection) == c.collection)
        times.read_at.emplace(c.collection, c.committed_at);
  }
  return what;
}

void describe(collection_task& task, collection what, const table_rules& rules,
              std::vector<notice>& notices) {
  task.what = std::move(what);
  task.seen.collection = task.what.name;
  task.seen.object = task.what.object;
  named_table named = make_table_schema(task.what, rules.identifier_bytes_max, rules.marks_deleted);
  named.table.on_type_change = task.what.on_type_change.value_or(rules.on_type_change);
  task.table = std::make_shared<const table_schema>(std::move(named.table));
  for (notice& n : named.notices)
    add_notice(notices, std::move(n));
}

std::vector<collection_task> tasks_of(const catalog_conversation& read, const table_rules& rules,
                                      std::vector<notice>& notices) {
  std::vector<collection_task> tasks;
  for (const collection& c : read.result_catalog().collections) {
    collection_task& task = tasks.emplace_back();
    task.records = read.record_count(c.object);
    if (c.where.empty()) task.seen.expected = task.records;
    describe(task, c, rules, notices);
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) {
    return a.records.value_or(0) > b.records.value_or(0);
  });
  return tasks;
}

std::vector<collection_outcome> undescribed_outcomes(const catalog& read) {
  std::vector<collection_outcome> outcomes;
  for (const undescribed& u : read.failed) {
    collection_outcome& outcome = outcomes.emplace_back();
    outcome.collection = u.name;
    outcome.object = u.object;
    outcome.why = u.why;
  }
  return outcomes;
}

result<collection> find_described(const catalog& read, const std::string& object) {
  for (const collection& c : read.collections)
    if (c.object == object) return c;
  for (const undescribed& u : read.failed)
    if (u.object == object) return failure(u.why);
  return failure(errc::object_missing,
                 object + " vanished, or was hidden from this user, while it was being read",
                 "Run again: the next run goes on without it, if it stays away");
}

error nothing_selected() {
  return {errc::object_missing,
          "no collection that the configuration names is in this org",
          "Look at the notices, and at `millrace discover`",
          retry::never,
          {},
          {}};
}

notice field_vanished(const collection_task& task) {
  return {task.what.name, "field_vanished",
          fmt::format("a field of {} was removed or hidden while it was being read; it was "
                      "described again and read without that field, the column is kept",
                      task.what.object)};
}

void forget_cursors_ahead(std::vector<checkpoint>& checkpoints, time_point source_time,
                          time_point now, milliseconds overlap, std::vector<notice>& notices) {
  for (checkpoint& c : checkpoints) {
    if (!c.complete || !c.cursor || !c.source_time || c.committed_at == time_point{}) continue;
    if (collection_of(c.collection) != c.collection) continue;
    // What the source's clock shows now would have been this then.
    const time_point then = source_time - (now - c.committed_at);
    if (*c.source_time <= then + overlap) continue;
    c.cursor.reset();
    c.source_time.reset();
    add_notice(notices, {{},
                         "clock_changed",
                         "the source's clock, or this host's, was set back or forth since the last "
                         "run: collections are read in full again"});
  }
}

void forget_other_choices(std::vector<collection_task>& tasks, std::vector<checkpoint>& checkpoints,
                          std::vector<notice>& notices) {
  for (collection_task& task : tasks) {
    const auto found =
        std::find_if(checkpoints.begin(), checkpoints.end(),
                     [&](const checkpoint& c) { return c.collection == task.what.name; });
    task.hashes_anew =
        has_hashed_fields(task.what) &&
        (found == checkpoints.end() || hashing_of(found->chosen) != hashing_of(task.what.chosen));
    if (found == checkpoints.end()) continue;
    if (!found->object.empty() && found->object != task.what.object) {
      conclude(task, error{errc::table_conflict,
                           fmt::format("the table {} holds the rows of {}, and is to be that of {}",
                                       task.what.name, found->object, task.what.object),
                           "Give the collection another `table`, or drop the table and run "
                           "`millrace state reset` for it",
                           retry::never,
                           {},
                           {}});
      continue;
    }
    if (found->chosen == task.what.chosen) continue;
    task.other_choice = true;
    // Rows whose record is gone were looked at when the keys were compared, not before.
    const std::string compared = pass_name(task.what.name, census_pass);
    task.hashed_before =
        !task.hashes_anew &&
        std::any_of(checkpoints.begin(), checkpoints.end(),
                    [&](const checkpoint& c) { return c.collection == compared && c.complete; });
    std::string told =
        "its options are other ones than those it was read by: it is read in full again";
    if (has_hashed_fields(task.what) && !task.hashed_before)
      told += ". Of rows whose record is gone no value of a hashed field is kept";
    add_notice(notices, {task.what.name, "options_changed", std::move(told)});
    std::erase_if(checkpoints, [&](const checkpoint& c) {
      return collection_of(c.collection) == task.what.name;
    });
  }
}

namespace {

/// What an earlier run owes still, and what this one's change of the table brings.
void note_owed(collection_task& task, const std::vector<checkpoint>& checkpoints) {
  std::vector<std::string> names = std::exchange(task.owed, {});
  names.insert(names.end(), task.change.owed.begin(), task.change.owed.end());
  if (!task.change.owed.empty()) task.owes_more = true;
  task.filled_to.reset();
  const std::string pass = pass_name(task.what.name, history_pass);
  for (const checkpoint& c : checkpoints) {
    if (c.collection != pass || c.complete) continue;
    if (!task.owes_more) task.filled_to = c.cursor;
    names.insert(names.end(), c.columns.begin(), c.columns.end());
  }
  // A field may be gone again by now.
  for (const table_column& c : task.table->columns)
    if (std::find(names.begin(), names.end(), c.name) != names.end()) task.owed.push_back(c.name);
}

/// Whether columns are best filled with their history by reading everything: where one call does
/// it, and where the column that orders versions is among them, by which the rest would be merged.
bool fills_by_reading_all(const collection_task& task, bool table_is_empty,
                          const connector& source) {
  if (task.owed.empty()) return false;
  if (table_is_empty) return true;
  if (task.table->version) {
    const std::string& version = task.table->columns[*task.table->version].name;
    if (std::find(task.owed.begin(), task.owed.end(), version) != task.owed.end()) return true;
  }
  if (!task.records) return false;
  const read_method method = source.choose_method(task.what, {}, task.records);
  return source.cost_of({task.what, task.table, {}, method}, task.records) == exactly(1);
}

}  // namespace

void plan(collection_task& task, const table_change& change, bool table_is_empty,
          const run_request& request, const std::vector<checkpoint>& checkpoints) {
  task.change = change;
  if (!change.columns.empty()) {
    auto table = std::make_shared<table_schema>(*task.table);
    table->columns = change.columns;
    task.table = std::move(table);
  }
  note_owed(task, checkpoints);
  const auto found = std::find_if(checkpoints.begin(), checkpoints.end(), [&](const checkpoint& c) {
    return c.collection == task.what.name;
  });
  const bool known = found != checkpoints.end() && !change.create && !request.full &&
                     !fills_by_reading_all(task, table_is_empty, *request.source);
  task.was_complete = known && found->complete;
  task.read_since.reset();
  task.records_before.reset();
  if (known) {
    task.read_since = found->source_time;
    task.records_before = found->rows;
  }
  task.range = {};
  if (known && task.what.version) task.range.from = found->cursor;
  // What is read in full each time was counted by the run before.
  if (!task.records && task.was_complete && !found->cursor) task.records = found->rows;
  task.to_read.reset();
  // A count of all records says little of those that a condition leaves.
  if (task.range.everything() && task.what.where.empty()) task.to_read = task.records;
  task.mode = table_is_empty ? merge_mode::first_load : merge_mode::changed;
  task.method = request.source->choose_method(task.what, task.range, task.records);
  task.seen.method = task.method;
  task.seen.expected = task.to_read;
}

read_order order_of(const collection_task& task) {
  return {task.what, task.table, task.range, task.method};
}

main_reading reading_of(const collection_task& task) {
  return {task.range.everything(), task.mode == merge_mode::first_load, !task.owed.empty(),
          task.hashed_before};
}

upkeep_plan upkeep_of(const collection_task& task, const run_request& request,
                      const std::vector<checkpoint>& checkpoints, time_point source_time) {
  const main_reading reading = reading_of(task);
  upkeep_plan due =
      plan_upkeep(task.what, reading, request.upkeep, checkpoints, source_time, request.overlap);
  // All records come otherwise, and the columns with them.
  if (!reading.everything) {
    due.history = task.owed;
    due.history_range.from = task.filled_to;
  }
  return due;
}

namespace {

/// Between a version's stamp and the reading that is trusted to have met its last state.
constexpr milliseconds stamp_doubt{60'000};

}  // namespace

std::optional<std::string> other_account(const std::vector<checkpoint>& checkpoints,
                                         const session& who) {
  const std::string mine = who.identity();
  if (mine.empty()) return {};
  for (const checkpoint& c : checkpoints)
    if (!c.source_id.empty() && c.source_id != mine) return c.source_id;
  return {};
}

std::optional<time_point> versions_proven_before(const collection_task& task) {
  if (!task.was_complete || !task.read_since) return {};
  return *task.read_since - stamp_doubt;
}

checkpoint final_position(const collection_task& task, const session& who, time_point source_time,
                          milliseconds overlap) {
  checkpoint last;
  last.collection = task.what.name;
  last.object = task.what.object;
  last.complete = true;
  last.source_time = source_time;
  last.source_id = who.identity();
  last.chosen = task.what.chosen;
  if (task.what.version) last.cursor = source_time - overlap;
  return last;
}

void count(collection_task& task, const collection_counts& counts) {
  task.spent += counts;
  task.latest = {};
  task.seen.counts = task.counts();
}

namespace {

/// Not all that was read is in the table.
std::optional<error> quarantined(std::uint64_t rows) {
  if (rows == 0) return {};
  return error{errc::rows_quarantined,
               fmt::format("{} of the rows that were read {} refused by the warehouse", rows,
                           rows == 1 ? "was" : "were"),
               "Look at the notices and at the table _millrace_refused; correct the record in "
               "Salesforce or the table in the warehouse, then run with --full for this collection",
               retry::never,
               {},
               {}};
}

}  // namespace

void conclude(collection_task& task, std::optional<error> why) {
  collection_outcome outcome;
  if (!why) why = quarantined(task.counts().quarantined);
  outcome.collection = task.what.name;
  outcome.object = task.what.object;
  outcome.counts = task.counts();
  outcome.method = task.method;
  outcome.kind = !why                                  ? outcome_kind::success
                 : why->code == errc::request_limit    ? outcome_kind::throttled
                 : why->code == errc::rows_quarantined ? outcome_kind::partial
                 : task.changes_read                   ? outcome_kind::partial
                                                       : outcome_kind::failure;
  if (!why || task.changes_read) outcome.cursor = task.reaches;
  outcome.why = std::move(why);
  task.seen.state = collection_snapshot::state_kind::done;
  task.seen.outcome = outcome.kind;
  task.seen.counts = outcome.counts;
  task.outcome = std::move(outcome);
}

void conclude_all(std::vector<collection_task>& tasks, const std::optional<error>& why,
                  std::vector<collection_outcome>& to) {
  for (collection_task& t : tasks) {
    if (!t.outcome && why) conclude(t, why);
    if (t.outcome) to.push_back(std::move(*t.outcome));
  }
  std::sort(to.begin(), to.end(),
            [](const auto& a, const auto& b) { return a.collection < b.collection; });
}

std::optional<error> unusable(const std::vector<warehouse_finding>& findings) {
  bool any_loader = false;
  std::optional<error> why;
  for (const warehouse_finding& f : findings) {
    if (f.what == "loader" && f.good) any_loader = true;
    if (f.good || why) continue;
    why = error{f.what == "loader" ? errc::warehouse_value : errc::warehouse_rights,
                f.text,
                "Correct this, then run `millrace validate` again",
                retry::never,
                {},
                {}};
  }
  return any_loader ? std::nullopt : why;
}

error interrupted() {
  return {errc::interrupted,
          "the run was ended by a signal",
          "Run again: it goes on from what is committed",
          retry::later,
          {},
          {}};
}

planned_collection planned(const collection_task& task) {
  planned_collection out{task.what,   task.table,   {},           task.change, task.range,
                         task.method, task.records, task.to_read, {},          task.compared};
  if (task.outcome) out.why_not = task.outcome->why;
  return out;
}

}  // namespace millrace
