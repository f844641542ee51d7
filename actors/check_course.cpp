// One collection after the other: a check is in no hurry, and holds the keys of one collection.
#include "actors/check_course.hpp"

#include "actors/support.hpp"
#include "engine/lower_case.hpp"
#include "engine/naming/table_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

const checkpoint* found_of(const std::vector<checkpoint>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checkpoint& c) { return c.collection == name; });
  return found == all.end() ? nullptr : &*found;
}

/// The field of a word of the command: a column's or a field's name.
std::optional<std::size_t> field_of(const collection_task& task, const std::string& word) {
  for (std::size_t i = 0; i < task.what.fields.size(); ++i)
    if (task.table->columns[i].name == word || lowered(task.what.fields[i].name) == word) return i;
  return {};
}

/// Columns that the table lacks, and those whose type is another one by now, cannot be compared
/// before a sync has followed.
bool is_in_the_table(const collection_task& task, std::size_t field) {
  const std::string& name = task.table->columns[field].name;
  const auto names_it = [&](const std::vector<std::string>& columns) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  return !names_it(task.change.add_columns) && !names_it(task.change.widen_columns);
}

error not_loaded(const collection_task& task) {
  return {errc::copy_differs,
          fmt::format("{} was not loaded to its end yet", task.what.name),
          "Run `millrace sync`, then check again",
          retry::never,
          {},
          {}};
}

std::string calls_text(const call_estimate& calls) {
  const std::string number = calls.least == calls.most
                                 ? std::to_string(calls.least)
                                 : fmt::format("{} to {}", calls.least, calls.most);
  return fmt::format("{}{} API {}", calls.open ? "at least " : "", number,
                     number == "1" ? "call" : "calls");
}

}  // namespace

void check_course::run(done_handler then) {
  then_ = std::move(then);
  for (collection_task& task : tasks_) {
    if (task.outcome) continue;
    const checkpoint* reached = found_of(*around_.checkpoints, task.what.name);
    if (task.change.create || reached == nullptr || !reached->complete) {
      conclude(task, not_loaded(task));
      continue;
    }
    note_moment(task);
  }
  if (auto why = resolve_columns()) return end(std::move(why));
  count_records();
}

void check_course::note_moment(collection_task& task) {
  copy_comparison& found = task.compared.emplace();
  found.keeps_gone = around_.request->upkeep.deletes == deletes_policy::ignore;
  if (task.what.created && is_in_the_table(task, *task.what.created))
    found.moment = found_of(*around_.checkpoints, task.what.name)->cursor;
  if (const checkpoint* asked =
          found_of(*around_.checkpoints, pass_name(task.what.name, deletions_pass)))
    found.deletions_asked = asked->cursor;
}

std::optional<error> check_course::resolve_columns() {
  chosen_.assign(tasks_.size(), {});
  for (const std::string& asked : around_.request->check_columns) {
    const std::string word = lowered(asked);
    bool any = false;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const auto field = field_of(tasks_[i], word);
      any = any || field;
      if (field && *field != tasks_[i].what.key && is_in_the_table(tasks_[i], *field))
        chosen_[i].push_back(*field);
    }
    if (!any)
      return error{errc::usage,
                   fmt::format("none of the tables has a column '{}'", asked),
                   "`millrace discover PIPELINE COLLECTION` shows the columns",
                   retry::never,
                   {},
                   {}};
  }
  return {};
}

// -- counting
// ----------------------------------------------------------------------------------------

void check_course::count_records() {
  std::vector<count_order> questions;
  auto asked = std::make_shared<std::vector<std::size_t>>();
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].outcome) continue;
    questions.push_back({tasks_[i].what, {}, false, tasks_[i].compared->moment});
    asked->push_back(i);
  }
  if (questions.empty()) return end({});
  around_.stage("counting records: " + calls_text(exactly(questions.size())));
  std::shared_ptr<count_conversation> talk =
      around_.request->source->count(around_.session(), questions);
  around_.converse(talk,
                   [this, me = shared_from_this(), talk, asked](const conversation_end& done) {
                     if (done.why) return end(done.why);
                     for (std::size_t i = 0; i < asked->size(); ++i) {
                       collection_task& task = tasks_[(*asked)[i]];
                       const auto& counted = talk->results()[i];
                       if (counted) {
                         task.compared->records = *counted;
                       } else {
                         conclude(task, counted.error());
                       }
                     }
                     count_rows(0);
                   });
}

live_rows check_course::rows_of(const collection_task& task) const {
  live_rows which;
  if (!task.compared->moment) return which;
  which.made = task.what.created;
  which.before = *task.compared->moment;
  return which;
}

void check_course::count_rows(std::size_t at) {
  while (at < tasks_.size() && tasks_[at].outcome)
    ++at;
  if (around_.draining()) return end(interrupted());
  if (at == tasks_.size()) return around_.request->deep ? compare_cells() : judge();
  collection_task& task = tasks_[at];
  around_.self
      ->request(around_.writer, caf::infinite, atom::count_v, task.table, share(rows_of(task)))
      .then(
          [this, me = shared_from_this(), at, &task](const shared<table_done>& counted) {
            if (counted->rows) {
              task.compared->rows = *counted->rows;
            } else {
              conclude(task, counted->rows.error());
            }
            count_rows(at + 1);
          },
          [this, me = shared_from_this()](caf::error& why) { end(error_of(why)); });
}

// -- record by record
// ----------------------------------------------------------------------------------------

read_order check_course::reading_of(const collection_task& task) const {
  const auto index = static_cast<std::size_t>(&task - tasks_.data());
  std::vector<std::size_t> fields{task.what.key};
  const auto add = [&](std::size_t field) {
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
  };
  if (task.what.version) add(*task.what.version);
  for (const std::size_t field : chosen_[index])
    add(field);
  // Whether a row counts, and whether it should be there, is judged by these.
  if (task.what.created && task.compared->moment) add(*task.what.created);
  for (std::size_t i = 0; i < task.what.fields.size(); ++i)
    if (task.what.fields[i].name == soft_delete_field) add(i);

  collection part = task.what;
  part.fields.clear();
  part.key = 0;
  part.version.reset();
  part.created.reset();
  for (const std::size_t field : fields)
    part.fields.push_back(task.what.fields[field]);
  table_schema table = part_of(*task.table, part);
  if (task.table->deleted_at) {
    // No record brings it: a row that has it is marked as gone though its record came.
    table.deleted_at = table.columns.size();
    table.columns.push_back(task.table->columns[*task.table->deleted_at]);
  }
  const read_method method =
      around_.request->source->choose_method(part, {}, task.compared->records);
  return {std::move(part), std::make_shared<const table_schema>(std::move(table)), {}, method};
}

void check_course::compare_cells() {
  call_estimate cost;
  std::uint64_t records = 0;
  for (const collection_task& task : tasks_) {
    if (task.outcome) continue;
    cost += around_.request->source->cost_of(reading_of(task), task.compared->records);
    records += task.compared->records;
  }
  cost.open = true;  // what is in the recycle bin is read as well, and was not counted
  around_.stage(fmt::format("comparing {} records: {}", records, calls_text(cost)));
  compare_cells(0);
}

void check_course::compare_cells(std::size_t at) {
  while (at < tasks_.size() && tasks_[at].outcome)
    ++at;
  if (around_.draining()) return end(interrupted());
  if (at == tasks_.size()) return judge();
  collection_task& task = tasks_[at];
  const read_order order = reading_of(task);
  comparison_rules rules;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < order.what.fields.size(); ++i) {
    const std::string& name = order.what.fields[i].name;
    columns.push_back(order.table->columns[i].name);
    if (task.what.version && name == task.what.fields[*task.what.version].name) rules.version = i;
    if (task.what.created && name == task.what.fields[*task.what.created].name) rules.created = i;
  }
  rules.moment = found_of(*around_.checkpoints, task.what.name)->cursor;
  log_->begin(rules, std::move(columns));
  around_.read(order, {order.table, merge_mode::changed, around_.limits}, work_without_position(),
               [this, me = shared_from_this(), at, &task](const conversation_end& done) {
                 if (done.why) {
                   conclude(task, done.why);
                   return compare_cells(at + 1);
                 }
                 task.compared->cells = log_->cells();
                 const std::uint64_t explained = log_->explained_rows();
                 task.compared->cells->surplus.count =
                     task.compared->rows - std::min(task.compared->rows, explained);
                 if (task.compared->cells->surplus.count > 0) return name_surplus(at);
                 compare_cells(at + 1);
               });
}

/// How many there are is known by now; the warehouse is searched for which.
void check_course::name_surplus(std::size_t at) {
  collection_task& task = tasks_[at];
  around_.self
      ->request(around_.writer, caf::infinite, atom::search_v, task.table, share(rows_of(task)),
                log_->keys())
      .then(
          [this, me = shared_from_this(), at, &task](const shared<keys_found>& found) {
            if (found->keys) {
              task.compared->cells->surplus.keys = *found->keys;
            } else {
              conclude(task, found->keys.error());
            }
            compare_cells(at + 1);
          },
          [this, me = shared_from_this()](caf::error& why) { end(error_of(why)); });
}

// -- the end
// ----------------------------------------------------------------------------------------

void check_course::judge() {
  for (collection_task& task : tasks_)
    if (!task.outcome && differs(*task.compared))
      conclude(task,
               difference_of(*task.compared, around_.request->pipeline + "/" + task.what.name));
  end({});
}

void check_course::end(std::optional<error> why) {
  if (const auto then = std::exchange(then_, {})) then(std::move(why));
}

}  // namespace millrace
