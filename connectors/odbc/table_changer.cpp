// Whatever a statement brings, the checkpoint that says what rows lack goes first: without
// transactional DDL a crash in between means reading too much, never too little (I11, I18).
#include "connectors/odbc/table_changer.hpp"

#include "connectors/odbc/checkpoints.hpp"
#include "connectors/odbc/transaction.hpp"
#include "connectors/odbc/type_changes.hpp"
#include "engine/schedule/upkeep.hpp"

#include <algorithm>

namespace millrace::odbc {

result<table_plan> table_changer::plan(connection& link, const table_schema& table) {
  const transaction tx(link);  // reading opens one too
  if (!filled_) {
    MILLRACE_TRY(const auto known, load_checkpoints(link, *dialect_, schema_));
    note(known);
  }
  const auto noted = filled_->find(table.collection);
  const std::vector<std::string> before =
      noted == filled_->end() ? std::vector<std::string>{} : noted->second;
  MILLRACE_TRY(table_plan plan, compare_table(link, *dialect_, schema_, table, before,
                                              survey_.take(table.collection)));
  plan.filled = filled_columns(plan.table);
  // Of columns that are there: what they lack by the last run's own account.
  if (!plan.change.create && !before.empty() && before != plan.filled)
    owe_unfilled(plan.filled, before, plan.change);
  plan.change.columns = plan.table.columns;
  return plan;
}

result<table_plan> table_changer::ensure(connection& link, const table_schema& table,
                                         time_point now) {
  MILLRACE_TRY(table_plan planned, plan(link, table));
  if (auto done = create_or_add(link, planned, now); !done) {
    merger_.rolled_back();
    return failure(std::move(done.error()));
  }
  std::vector<std::string> untold;
  for (const widening& w : planned.widenings) {
    MILLRACE_TRY(const bool done, widen(link, w, planned, now));
    if (!done && w.retyped) {
      // It is as it was, and the next run tries again.
      untold.push_back(w.column);
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (planned.table.columns[i].name == w.column) planned.table.columns[i] = table.columns[i];
    }
  }
  if (!untold.empty()) {
    planned.filled = filled_columns(planned.table);
    planned.change.columns = planned.table.columns;
  }
  MILLRACE_CHECK(note_filled(link, planned, untold, now));
  return planned;
}

void table_changer::note(const std::vector<checkpoint>& known) {
  filled_.emplace();
  for (const checkpoint& c : known)
    if (const std::string owner(collection_of(c.collection));
        c.collection == pass_name(owner, columns_note))
      (*filled_)[owner] = c.columns;
}

std::vector<std::string> table_changer::noted() const {
  std::vector<std::string> out;
  if (filled_)
    for (const auto& [collection, columns] : *filled_)
      out.push_back(collection);
  return out;
}

/// Nothing is written for a table that is as it was.
result<void> table_changer::create_or_add(connection& link, const table_plan& plan,
                                          time_point now) {
  if (plan.create_or_add.empty() && plan.change.owed.empty()) return {};
  const std::string& collection = plan.table.collection;
  transaction tx(link);
  if (plan.change.create) MILLRACE_CHECK(forget_checkpoint(link, *dialect_, schema_, collection));
  MILLRACE_CHECK(owe(link, plan.table, plan.change.owed, now));
  for (const std::string& statement : plan.create_or_add)
    MILLRACE_CHECK(link.execute(statement, "preparing the table " + collection));
  MILLRACE_CHECK(tx.commit());
  if (plan.change.create) survey_.note_created(collection);
  return {};
}

/// At the end: a run that breaks off before finds the same changes once more. `untold`: columns
/// that could not be made what their fields are now.
result<void> table_changer::note_filled(connection& link, const table_plan& plan,
                                        const std::vector<std::string>& untold, time_point now) {
  std::vector<std::string>& before = (*filled_)[plan.table.collection];
  if (untold.empty() && before == plan.filled) return {};
  checkpoint note;
  note.collection = pass_name(plan.table.collection, columns_note);
  note.complete = true;
  note.committed_at = now;
  const auto column_of = [](const std::string& entry) { return entry.substr(0, entry.find(':')); };
  const auto is_untold = [&](const std::string& entry) {
    return std::find(untold.begin(), untold.end(), column_of(entry)) != untold.end();
  };
  for (const std::string& entry : plan.filled)
    if (!is_untold(entry)) note.columns.push_back(entry);
  for (const std::string& entry : before)
    if (is_untold(entry)) note.columns.push_back(entry);
  if (note.columns == before) return {};
  transaction tx(link);
  if (auto saved = save_checkpoint(link, merger_, note, now); !saved) {
    merger_.rolled_back();
    return failure(std::move(saved.error()));
  }
  MILLRACE_CHECK(tx.commit());
  before = note.columns;
  return {};
}

/// A column that cannot be widened stays as it is: the least surprising thing when a view or an
/// index of somebody's stands on it. Whether it was widened.
result<bool> table_changer::widen(connection& link, const widening& w, table_plan& plan,
                                  time_point now) {
  const table_schema& table = plan.table;
  transaction tx(link);
  checkpoint before;
  if (w.owed) {
    MILLRACE_TRY(before, owed_of(link, table));
    MILLRACE_CHECK(owe(link, table, {w.column}, now));
  }
  result<void> done;
  for (std::size_t i = 0; done && i < w.statements.size(); ++i)
    done = link.execute(w.statements[i], "widening " + table.collection + "." + w.column);
  if (done) done = tx.commit();
  if (done) {
    plan.change.notices.push_back(w.told);
    if (w.owed) plan.change.owed.push_back(w.column);
    return true;
  }
  tx.roll_back();
  merger_.rolled_back();
  // What was owed for it is not for ever, where the statement took the checkpoint along.
  if (w.owed && !dialect_->transactional_ddl) MILLRACE_CHECK(owe_again(link, before, now));
  std::erase(plan.change.widen_columns, w.column);
  plan.other_types.emplace(w.column, w.present);
  plan.change.notices.push_back(
      {table.collection, "column_not_widened",
       done.error().message +
           "; values that do not fit fail the collection, or are rounded and counted"});
  return false;
}

/// The checkpoint that says which columns are to be filled; a new one where there is none.
result<checkpoint> table_changer::owed_of(connection& link, const table_schema& table) {
  checkpoint mark;
  mark.collection = pass_name(table.collection, history_pass);
  mark.complete = true;
  MILLRACE_TRY(const auto known, load_checkpoints(link, *dialect_, schema_));
  for (const checkpoint& c : known)
    if (c.collection == mark.collection) mark = c;
  return mark;
}

/// Says, within the open transaction, that rows lack the values of these columns, too.
result<void> table_changer::owe(connection& link, const table_schema& table,
                                const std::vector<std::string>& columns, time_point now) {
  if (columns.empty()) return {};
  MILLRACE_TRY(checkpoint mark, owed_of(link, table));
  mark.complete = false;
  mark.cursor.reset();  // for what is new nothing has been read yet
  mark.committed_at = now;
  for (const std::string& column : columns)
    if (std::find(mark.columns.begin(), mark.columns.end(), column) == mark.columns.end())
      mark.columns.push_back(column);
  return save_checkpoint(link, merger_, mark, now);
}

/// Only this, as it was.
result<void> table_changer::owe_again(connection& link, const checkpoint& before, time_point now) {
  transaction tx(link);
  MILLRACE_CHECK(save_checkpoint(link, merger_, before, now));
  return tx.commit();
}

}  // namespace millrace::odbc
