// Whatever a statement brings, the checkpoint that says what rows lack goes first: without
// transactional DDL a crash in between means reading too much, never too little (I11, I18).
#include "connectors/odbc/table_changer.hpp"

#include "connectors/odbc/checkpoints.hpp"
#include "connectors/odbc/transaction.hpp"
#include "engine/schedule/upkeep.hpp"

#include <algorithm>

namespace millrace::odbc {

result<table_plan> table_changer::plan(connection& link, const table_schema& table) {
  const transaction tx(link);  // reading opens one too
  MILLRACE_TRY(table_plan plan, compare_table(link, *dialect_, schema_, table));
  if (plan.change.create) return plan;
  if (!filled_) {
    MILLRACE_TRY(const auto known, load_checkpoints(link, *dialect_, schema_));
    note(known);
  }
  // Of columns that are there: what they lack by the last run's own account.
  const auto before = filled_->find(table.collection);
  if (before != filled_->end()) owe_unfilled(table, before->second, plan.change);
  return plan;
}

result<table_plan> table_changer::ensure(connection& link, const table_schema& table,
                                         time_point now) {
  MILLRACE_TRY(table_plan planned, plan(link, table));
  if (auto done = create_or_add(link, table, planned, now); !done) {
    merger_.rolled_back();
    return failure(std::move(done.error()));
  }
  for (const widening& w : planned.widenings)
    MILLRACE_CHECK(widen(link, table, w, planned, now));
  return planned;
}

void table_changer::note(const std::vector<checkpoint>& known) {
  filled_.emplace();
  for (const checkpoint& c : known)
    if (const std::string owner(collection_of(c.collection));
        c.collection == pass_name(owner, columns_note))
      (*filled_)[owner] = c.columns;
}

/// Nothing is written for a table that is as it was.
result<void> table_changer::create_or_add(connection& link, const table_schema& table,
                                          const table_plan& plan, time_point now) {
  const std::vector<std::string> filled = filled_columns(table);
  const bool as_it_was = filled_ && filled_->contains(table.collection) &&
                         filled_->at(table.collection) == filled && plan.change.owed.empty();
  if (plan.create_or_add.empty() && as_it_was) return {};
  MILLRACE_CHECK(create_or_add_within(link, table, plan, filled, now));
  if (filled_) (*filled_)[table.collection] = filled;
  return {};
}

result<void> table_changer::create_or_add_within(connection& link, const table_schema& table,
                                                 const table_plan& plan,
                                                 const std::vector<std::string>& filled,
                                                 time_point now) {
  transaction tx(link);
  if (plan.change.create)
    MILLRACE_CHECK(forget_checkpoint(link, *dialect_, schema_, table.collection));
  MILLRACE_CHECK(owe(link, table, plan.change.owed, now));
  checkpoint note;
  note.collection = pass_name(table.collection, columns_note);
  note.complete = true;
  note.committed_at = now;
  note.columns = filled;
  MILLRACE_CHECK(save_checkpoint(link, merger_, note, now));
  for (const std::string& statement : plan.create_or_add)
    MILLRACE_CHECK(link.execute(statement, "preparing the table " + table.collection));
  return tx.commit();
}

/// A column that cannot be widened stays as it is: the least surprising thing when a view or an
/// index of somebody's stands on it.
result<void> table_changer::widen(connection& link, const table_schema& table, const widening& w,
                                  table_plan& plan, time_point now) {
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
    return {};
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
  return {};
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
