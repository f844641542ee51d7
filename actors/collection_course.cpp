// One step after the other; each begins where the one before has been answered.
#include "actors/collection_course.hpp"

#include "actors/support.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace {

// -- the table
// -------------------------------------------------------------------------------------

void collection_course::prepare(const std::function<void()>& then) {
  if (task_.outcome) return then();
  if (around_.only_looks) return prepare_table(then);
  // In the warehouse, before the first row: a run that breaks off must not leave a checkpoint of
  // other options behind, nor values that nobody looks for any more.
  const step make_table = [this, me = shared_from_this(), then] { prepare_table(then); };
  const step hide = [this, me = shared_from_this(), make_table, then] {
    conceal(make_table, then);
  };
  forget_other_choice(hide, then);
}

void collection_course::forget_other_choice(const step& good, const step& bad) {
  if (!task_.other_choice) return good();
  around_.self->request(around_.writer, caf::infinite, atom::forget_v, task_.what.name)
      .then(done_or([good](std::uint64_t) { good(); }, bad), gives_up());
}

void collection_course::conceal(const step& good, const step& bad) {
  if (!task_.hashes_anew) return good();
  const auto tell = [this, me = shared_from_this(), good](std::uint64_t entries) {
    if (entries > 0)
      around_.tell({task_.what.name, "kept_aside_removed",
                    fmt::format("{} entries of _millrace_refused held what fields were before they "
                                "are hashed: they are removed",
                                entries)});
    good();
  };
  around_.self->request(around_.writer, caf::infinite, atom::conceal_v, task_.table)
      .then(done_or(tell, bad), gives_up());
}

std::function<void(const shared<table_done>&)> collection_course::done_or(
    std::function<void(std::uint64_t)> good, step bad) {
  return [this, me = shared_from_this(), good = std::move(good),
          bad = std::move(bad)](const shared<table_done>& done) {
    if (done->rows) return good(*done->rows);
    conclude(task_, done->rows.error());
    bad();
  };
}

/// The writer has died, and with it the run.
std::function<void(caf::error&)> collection_course::gives_up() {
  return [me = shared_from_this()](caf::error& why) { me->around_.give_up(error_of(why)); };
}

void collection_course::prepare_table(const std::function<void()>& then) {
  around_.self
      ->request(around_.writer, caf::infinite, atom::prepare_v, task_.table, around_.only_looks)
      .then(
          [this, me = shared_from_this(), then](const shared<table_ready>& ready) {
            if (ready->report) {
              for (const notice& n : ready->report->change.notices)
                around_.tell(n);
              plan(task_, ready->report->change, ready->report->empty, *around_.request,
                   *around_.checkpoints);
              if (!task_.owed.empty() && !task_.records) return count_rows(*ready->report, then);
            } else {
              conclude(task_, ready->report.error());
            }
            then();
          },
          gives_up());
}

void collection_course::count_rows(const table_report& report, const std::function<void()>& then) {
  // Columns that tell which rows are gone may not be there yet.
  auto bare = std::make_shared<table_schema>();
  bare->collection = task_.table->collection;
  bare->columns = {task_.table->columns[task_.table->key]};
  around_.self
      ->request(around_.writer, caf::infinite, atom::count_v, table_ptr{std::move(bare)},
                share(live_rows{}))
      .then(
          [this, me = shared_from_this(), report, then](const shared<table_done>& counted) {
            if (counted->rows) {
              task_.records = *counted->rows;
              plan(task_, report.change, report.empty, *around_.request, *around_.checkpoints);
            } else {
              conclude(task_, counted->rows.error());
            }
            then();
          },
          gives_up());
}

// -- its changes
// -----------------------------------------------------------------------------------

void collection_course::run(std::optional<known_answer> first_page, std::function<void()> then) {
  first_page_ = std::move(first_page);
  then_ = std::move(then);
  begin();
}

void collection_course::begin() {
  task_.seen.state = collection_snapshot::state_kind::reading;
  upkeep_ = std::make_shared<upkeep_course>(
      around_, task_,
      upkeep_of(task_, *around_.request, *around_.checkpoints, around_.source_time));
  upkeep_->prepare([this, me = shared_from_this()](std::optional<error> why) {
    if (!why && around_.draining()) why = interrupted();
    if (why) return finish(std::move(why));
    if (const auto left = around_.jobs->to_take_over(task_)) return take_over(*left);
    read_changes();
  });
}

void collection_course::read_changes() {
  read(order_of(task_), around_.source_time,
       [me = shared_from_this()](const conversation_end& done) { me->changes_read(done); });
}

void collection_course::take_over(const remembered_job& left) {
  upkeep_->not_later_than(left.source_time);
  read_order order = order_of(task_);
  order.method = read_method::bulk;
  order.taken_over = left.job;
  read(order, left.source_time,
       [this, me = shared_from_this(), left](const conversation_end& done) {
         const bool gone = done.why && done.why->code == errc::job_gone;
         if (done.why && !gone) return changes_read(done);
         count(task_, done.counts);
         if (around_.draining()) return finish(interrupted());
         if (gone) {
           around_.tell(not_taken_over(task_, *done.why));
         } else {
           take_position(task_, left, around_.request->overlap);
           task_.method = around_.request->source->choose_method(task_.what, task_.range, {});
         }
         read_changes();
       });
}

void collection_course::read(const read_order& order, time_point as_of,
                             course_surroundings::end_handler then) {
  collection_work work;
  work.was_complete = task_.was_complete;
  work.final_position = final_position(task_, *around_.session(), as_of, around_.request->overlap);
  task_.reaches = work.final_position.cursor;
  work.read_since = task_.read_since;
  work.first_page = std::exchange(first_page_, {});
  work.jobs = around_.jobs->keeping(task_.what, job_pass, as_of);
  const transformer_config transform{task_.table, task_.mode, around_.limits,
                                     versions_proven_before(task_), upkeep_->keys_with_pages()};
  around_.read(order, transform, std::move(work), std::move(then));
}

void collection_course::changes_read(const conversation_end& done) {
  task_.method = static_cast<const reader&>(*done.what).method();
  // A fetcher that died gave no account: what it told before stands. One whose page was there has
  // asked for nothing.
  const bool is_account = done.counts.requests > 0 || done.counts.bytes > 0;
  count(task_, is_account ? done.counts : task_.latest);
  if (done.why && done.why->code == errc::field_missing && !task_.described_again &&
      !around_.draining())
    return describe_again();
  if (done.why) return finish(done.why);
  task_.changes_read = true;
  upkeep_->run([me = shared_from_this()](std::optional<error> why) { me->finish(std::move(why)); });
}

/// A field vanished between describe and query: describe this object anew and read it without.
/// Meanwhile it keeps its place among the collections that run.
void collection_course::describe_again() {
  task_.described_again = true;
  selection what = around_.request->what;  // its options hold for whatever is described
  what.include = {task_.what.object};
  what.exclude.clear();
  what.only.clear();
  around_.converse(around_.request->source->read_catalog(around_.session(), what),
                   [me = shared_from_this()](const conversation_end& done) {
                     if (done.why) return me->finish(done.why);
                     const auto& read = static_cast<const catalog_conversation&>(*done.what);
                     auto found = find_described(read.result_catalog(), me->task_.what.object);
                     if (!found) return me->finish(std::move(found.error()));
                     me->read_described(std::move(*found));
                   });
}

void collection_course::read_described(collection found) {
  std::vector<notice> notices;
  describe(task_, std::move(found), around_.tables, notices);
  notices.push_back(field_vanished(task_));
  for (notice& n : notices)
    around_.tell(std::move(n));
  prepare_table([this, me = shared_from_this()] {
    if (task_.outcome) return finish(task_.outcome->why);
    if (around_.draining()) return finish(interrupted());
    begin();
  });
}

void collection_course::finish(std::optional<error> why) {
  conclude(task_, std::move(why));
  if (const auto then = std::exchange(then_, {})) then();
}

}  // namespace millrace
