// One step after the other; each begins where the one before has been answered.
#include "actors/upkeep_course.hpp"

#include "actors/support.hpp"
#include "engine/naming/table_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

/// Keys that one message removes; the warehouse side cuts them into statements.
constexpr std::size_t removed_at_once = 10'000;

/// Records that are not the collection's own news count as calls only.
collection_counts cost_of(const collection_counts& all) {
  collection_counts out;
  out.requests = all.requests;
  out.retries = all.retries;
  out.bytes = all.bytes;
  return out;
}

}  // namespace

upkeep_course::upkeep_course(const course_surroundings& around, collection_task& task,
                             const upkeep_plan& plan)
    : around_(around),
      task_(task),
      plan_(plan),
      reading_(reading_of(task)),
      keys_(std::make_shared<const table_schema>(
          keys_of(*task.table, around_.tables.identifier_bytes_max))),
      source_time_(around.source_time) {}

void upkeep_course::prepare(const done_handler& then) {
  if (!plan_.keys_with_pages) return then({});
  around_.self->request(around_.writer, caf::infinite, atom::gather_v, keys_)
      .then(
          [me = shared_from_this(), then](const shared<table_done>& made) {
            then(made->rows ? std::nullopt : std::optional{made->rows.error()});
          },
          [then](caf::error& why) { then(error_of(why)); });
}

void upkeep_course::run(done_handler then) {
  then_ = std::move(then);
  if (plan_.keys_with_pages) {
    keys_there_ = task_.counts().records;
    return compare();
  }
  if (plan_.census) return read_keys();
  if (plan_.deletions) return read_deletions();
  save(passes_done_by(around_.request->upkeep, reading_, task_.what), [this] { fill_history(); });
}

// -- which records are there
// -----------------------------------------------------------------------------------------------

void upkeep_course::read_keys() {
  if (around_.draining()) return end(interrupted());
  census_made_ = true;
  around_.self->request(around_.writer, caf::infinite, atom::gather_v, keys_)
      .then(
          [this, me = shared_from_this()](const shared<table_done>& made) {
            if (!good(made->rows)) return;
            const collection shown = shown_by_a_census(task_.what);
            const read_method method =
                around_.request->source->choose_method(shown, {}, task_.records);
            const bool only_keys = shown.fields.size() == 1;
            const auto table = only_keys ? keys_ : columns_of(shown);
            transformer_config how{table, merge_mode::first_load, around_.limits};
            if (!only_keys) {
              // Into the bin or out of it, without a stamp that tells: seen here at the latest.
              how.mode = merge_mode::existing;
              how.keys = keys_;
            }
            read({shown, table, {}, method}, how, work_without_position(),
                 [this, me, only_keys](const conversation_end& done) {
                   // Rows of the table of keys are nobody's news.
                   count(task_, cost_of(done.counts));
                   if (!only_keys) count_written(done.counts.rows_written);
                   keys_there_ = done.counts.records;
                   if (done.why) return end(done.why);
                   compare();
                 });
          },
          writer_died());
}

void upkeep_course::compare() {
  if (around_.draining()) return end(interrupted());
  around_.self->request(around_.writer, caf::infinite, atom::compare_v, task_.table, keys_)
      .then(
          [this, me = shared_from_this()](const shared<keys_compared>& compared) {
            if (!good(compared->difference)) return;
            if (!plan_.conceal) return follow(compared);
            std::vector<std::string> keys = compared->difference->vanished;
            keys.insert(keys.end(), compared->difference->marked.begin(),
                        compared->difference->marked.end());
            conceal(share(std::move(keys)), 0, [this, me, compared] { follow(compared); });
          },
          writer_died());
}

/// What the comparison of keys tells is done to the rows, and the records that lack one are read.
void upkeep_course::follow(const shared<keys_compared>& compared) {
  if (around_.request->upkeep.deletes == deletes_policy::ignore) return census_done();
  std::vector<gone_record> gone;
  for (const std::string& key : compared->difference->vanished)
    gone.push_back({key, source_time_});
  apply(gone, [this, me = shared_from_this(), compared] {
    const auto& missing = compared->difference->missing;
    if (missing.empty()) return census_done();
    if (missing.size() > missing_read_max) return read_all_next_time(missing.size());
    read_missing(missing);
  });
}

void upkeep_course::census_done() {
  std::vector<std::string_view> passes{census_pass};
  if (task_.what.has_deletion_log) passes.push_back(deletions_pass);
  if (around_.request->upkeep.deletes == deletes_policy::ignore) passes = {census_pass};
  if (plan_.keys_with_pages) passes = passes_done_by(around_.request->upkeep, reading_, task_.what);
  if (!census_believed_) std::erase(passes, deletions_pass);
  if (!all_concealed_) std::erase(passes, census_pass);
  save(std::move(passes), [this] { fill_history(); });
}

void upkeep_course::read_deletions() {
  if (around_.draining()) return end(interrupted());
  around_.read_deletions(
      task_.what, *plan_.deletions, [this, me = shared_from_this()](const conversation_end& done) {
        count(task_, cost_of(done.counts));
        if (done.why) return end(done.why);
        const auto& found = static_cast<const deletions_conversation&>(*done.what);
        const std::optional<time_point> covered = found.covered_until();
        const auto in_bin = share(found.in_bin());
        apply(found.gone(), [this, me, covered, in_bin] {
          put_in_bin(in_bin, 0, [this, me, covered] {
            if (!covered) return read_keys();
            source_time_ = std::min(source_time_, *covered);
            save({deletions_pass}, [this] { fill_history(); });
          });
        });
      });
}

// -- rows whose record is gone
// -----------------------------------------------------------------------------------------------

void upkeep_course::apply(const std::vector<gone_record>& gone, const std::function<void()>& then) {
  if (gone.empty()) return then();
  if (!plan_.first_of_choice && (census_made_ || plan_.keys_with_pages) &&
      is_too_many_to_believe(gone.size(), keys_there_)) {
    around_.tell(
        {task_.what.name, "deletions_not_believed",
         fmt::format("the census of {} shows {} records and lacks {} that were there: that "
                     "looks as if the user had lost the right to see them; nothing is "
                     "marked or removed, and the next run looks again. If they are gone indeed, "
                     "reset the state of the collection and empty its table",
                     task_.what.object, keys_there_, gone.size())});
    census_believed_ = false;
    return then();
  }
  if (around_.request->upkeep.deletes == deletes_policy::remove)
    return remove(share(gone), 0, then);
  mark(share(gone), 0, then);
}

void upkeep_course::remove(const shared<std::vector<gone_record>>& gone, std::size_t at,
                           const std::function<void()>& then) {
  if (at == gone->size()) return then();
  const std::size_t end_at = std::min(gone->size(), at + removed_at_once);
  std::vector<std::string> some;
  for (; at < end_at; ++at)
    some.push_back((*gone)[at].key);
  around_.self
      ->request(around_.writer, caf::infinite, atom::remove_v, task_.table, share(std::move(some)))
      .then(
          [this, me = shared_from_this(), gone, end_at, then](const shared<table_done>& done) {
            if (!good(done->rows)) return;
            count_deleted(*done->rows);
            remove(gone, end_at, then);
          },
          writer_died());
}

void upkeep_course::mark(const shared<std::vector<gone_record>>& gone, std::size_t at,
                         const std::function<void()>& then) {
  if (at == gone->size()) return then();
  const auto marks = std::make_shared<const table_schema>(marks_of(*task_.table));
  batch_builder rows(marks, {around_.limits.rows + 1, std::size_t{1} << 30U});
  const std::size_t end_at = std::min(gone->size(), at + around_.limits.rows);
  for (; at < end_at; ++at) {
    rows.at(0).append((*gone)[at].key);
    rows.at(1).append("1");
    rows.at(2).append(to_canonical((*gone)[at].deleted_at));
    rows.end_row();
  }
  rewrite(rows.take_rest(), [this, gone, end_at, then](const receipt& done) {
    count_deleted(done.rows_written);
    mark(gone, end_at, then);
  });
}

void upkeep_course::conceal(const shared<std::vector<std::string>>& keys, std::size_t at,
                            const std::function<void()>& then) {
  if (at == keys->size()) return then();
  const auto table = std::make_shared<const table_schema>(hashes_of(*task_.table));
  batch_builder rows(table, {around_.limits.rows + 1, std::size_t{1} << 30U});
  const std::size_t end_at = std::min(keys->size(), at + around_.limits.rows);
  for (; at < end_at; ++at) {
    rows.at(0).append((*keys)[at]);
    rows.end_row();
  }
  rewrite(rows.take_rest(), [this, keys, end_at, then](const receipt& done) {
    count_written(done.rows_written);
    if (done.quarantined > 0) all_concealed_ = false;
    conceal(keys, end_at, then);
  });
}

void upkeep_course::put_in_bin(const shared<std::vector<std::string>>& keys, std::size_t at,
                               const std::function<void()>& then) {
  if (at == keys->size()) return then();
  const auto table = columns_of(shown_by_a_census(task_.what));
  batch_builder rows(table, {around_.limits.rows + 1, std::size_t{1} << 30U});
  const std::size_t end_at = std::min(keys->size(), at + around_.limits.rows);
  for (; at < end_at; ++at) {
    rows.at(0).append((*keys)[at]);
    rows.at(1).append("1");
    rows.end_row();
  }
  rewrite(rows.take_rest(), [this, keys, end_at, then](const receipt& done) {
    count_written(done.rows_written);
    put_in_bin(keys, end_at, then);
  });
}

void upkeep_course::rewrite(batch_ptr rows, const std::function<void(const receipt&)>& then) {
  const auto order = share(write_order{std::move(rows), merge_mode::existing, {}});
  around_.self->request(around_.writer, caf::infinite, atom::write_v, order)
      .then(
          [this, me = shared_from_this(), then](const shared<write_end>& written) {
            if (!good(written->done)) return;
            for (notice n : written->done->notices) {
              if (n.collection.empty()) n.collection = task_.what.name;
              around_.tell(std::move(n));
            }
            collection_counts more;
            more.refused = written->done->refused;
            more.quarantined = written->done->quarantined;
            count(task_, more);
            then(*written->done);
          },
          writer_died());
}

void upkeep_course::count_written(std::uint64_t rows) {
  collection_counts more;
  more.rows_written = rows;
  count(task_, more);
}

void upkeep_course::count_deleted(std::uint64_t rows) {
  collection_counts more;
  more.deleted = rows;
  count(task_, more);
}

// -- records whose row is not there
// -----------------------------------------------------------------------------------------------

void upkeep_course::read_missing(const std::vector<std::string>& missing) {
  if (around_.draining()) return end(interrupted());
  around_.tell({task_.what.name, "records_found",
                fmt::format("the census of {} found {} records that the changes had not shown "
                            "(hidden from the user until now, or committed late); they are read",
                            task_.what.object, missing.size())});
  read({task_.what, task_.table, {}, read_method::rest, missing},
       {task_.table, merge_mode::changed, around_.limits}, work_without_position(),
       [this, me = shared_from_this()](const conversation_end& done) {
         count(task_, done.counts);
         if (done.why) return end(done.why);
         census_done();
       });
}

void upkeep_course::read_all_next_time(std::uint64_t missing) {
  around_.tell({task_.what.name, "records_found",
                fmt::format("the census of {} found {} records that the changes had not shown; the "
                            "next run reads the collection in full",
                            task_.what.object, missing)});
  around_.self->request(around_.writer, caf::infinite, atom::forget_v, task_.what.name)
      .then(
          [this, me = shared_from_this()](const shared<table_done>& done) {
            if (good(done->rows)) end({});
          },
          writer_died());
}

// -- columns that are new
// -----------------------------------------------------------------------------------------------

/// Only the rows' new columns: whatever changed since the window was read comes with the next one.
/// A row that is newer than the record that was read keeps what it has (I5).
void upkeep_course::fill_history() {
  if (plan_.history.empty()) return refresh_or_end();
  if (around_.draining()) return end(interrupted());
  const collection part = history_part(task_.what, *task_.table, plan_.history);
  const auto table =
      std::make_shared<const table_schema>(filled_part_of(*task_.table, part, plan_.history));
  const read_method method =
      around_.request->source->choose_method(part, plan_.history_range, task_.records);
  collection_work work;
  work.final_position = position(history_pass, source_time_);
  work.owed = plan_.history;
  read({part, table, plan_.history_range, method}, {table, merge_mode::existing, around_.limits},
       std::move(work), [this, me = shared_from_this()](const conversation_end& done) {
         count(task_, cost_of(done.counts));
         count_written(done.counts.rows_written);
         if (done.why) return end(done.why);
         refresh_or_end();
       });
}

// -- fields that change silently
// -----------------------------------------------------------------------------------------------

void upkeep_course::refresh_or_end() {
  if (!plan_.refresh) return end({});
  if (around_.draining()) return end(interrupted());
  const collection silent = silent_part(task_.what);
  const auto table = columns_of(silent);
  const read_method method = around_.request->source->choose_method(silent, {}, task_.records);
  collection_work work;
  work.final_position = position(refresh_pass, source_time_);
  read({silent, table, {}, method}, {table, merge_mode::existing, around_.limits}, std::move(work),
       [this, me = shared_from_this()](const conversation_end& done) {
         count(task_, cost_of(done.counts));
         count_written(done.counts.rows_written);
         end(done.why);
       });
}

// -- the end of a pass
// -----------------------------------------------------------------------------------------------

void upkeep_course::read(const read_order& order, const transformer_config& transform,
                         collection_work work, course_surroundings::end_handler then) {
  work.jobs = around_.jobs->keeping(order.what, upkeep_job_pass, around_.source_time);
  around_.read(order, transform, std::move(work), std::move(then));
}

table_ptr upkeep_course::columns_of(const collection& part) const {
  return std::make_shared<const table_schema>(part_of(*task_.table, part));
}

checkpoint upkeep_course::position(std::string_view pass, time_point at) const {
  checkpoint c;
  c.collection = pass_name(task_.what.name, pass);
  c.object = task_.what.object;
  c.cursor = at;
  c.complete = pass != census_pass || census_believed_;
  c.committed_at = around_.now();
  c.source_time = at;
  c.source_id = around_.session()->identity();
  return c;
}

void upkeep_course::save(std::vector<std::string_view> passes, const std::function<void()>& then) {
  if (passes.empty()) return then();
  const std::string_view pass = passes.back();
  passes.pop_back();
  const auto order = share(write_order{batch_builder(task_.table, around_.limits).take_rest(),
                                       merge_mode::changed, position(pass, source_time_)});
  around_.self->request(around_.writer, caf::infinite, atom::write_v, order)
      .then(
          [this, me = shared_from_this(), passes = std::move(passes),
           then](const shared<write_end>& written) {
            if (good(written->done)) save(passes, then);
          },
          writer_died());
}

std::function<void(caf::error&)> upkeep_course::writer_died() {
  return [me = shared_from_this()](caf::error& why) { me->end(error_of(why)); };
}

void upkeep_course::end(std::optional<error> why) {
  if (const auto then = std::exchange(then_, {})) then(std::move(why));
}

}  // namespace millrace
