// Tables, merges and checkpoints in transactions. Each public call leaves the connection without an
// open transaction, whatever happened; a connection that broke is made anew by the next call.
#include "connectors/odbc/odbc_warehouse.hpp"

#include "connectors/odbc/checkpoints.hpp"
#include "connectors/odbc/comparison.hpp"
#include "connectors/odbc/examination.hpp"
#include "connectors/odbc/loader_trials.hpp"
#include "connectors/odbc/merger.hpp"
#include "connectors/odbc/open_warehouse.hpp"
#include "connectors/odbc/refused_values.hpp"
#include "connectors/odbc/rounding.hpp"
#include "connectors/odbc/row_removal.hpp"
#include "connectors/odbc/run_records.hpp"
#include "connectors/odbc/schema_survey.hpp"
#include "connectors/odbc/table_changer.hpp"
#include "connectors/odbc/tables.hpp"
#include "connectors/odbc/transaction.hpp"
#include "connectors/odbc/value_limits.hpp"
#include "engine/model/deduplicate.hpp"
#include "engine/schedule/upkeep.hpp"
#include "engine/sql/history_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <numeric>
#include <set>

namespace millrace::odbc {
namespace {

std::vector<std::uint32_t> all_rows(const batch& rows) {
  std::vector<std::uint32_t> all(rows.rows);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

class odbc_warehouse final : public warehouse {
 public:
  explicit odbc_warehouse(recognised found)
      : how_(std::move(found.how)),
        facts_(std::move(found.facts)),
        link_(std::move(found.link)),
        merger_(how_.dialect, how_.schema, how_.lane),
        survey_(how_.dialect, how_.schema),
        changer_(how_.dialect, how_.schema, merger_, survey_),
        trials_(how_.dialect, how_.schema, how_.lane, how_.memory,
                facts_.driver_name + "/" + how_.dialect->name + "/" + how_.warehouse),
        refused_(how_.dialect, how_.schema, how_.refused_values) {}

  const driver_facts& facts() const override { return facts_; }
  void distrust() override { how_.idle.reset(); }

  result<void> open_schema() override {
    how_.file_absent = false;  // connecting makes the file
    MILLRACE_CHECK(ready());
    transaction tx(*link_);
    const std::string& own = sql::checkpoint_table().collection;
    survey_.look(*link_, own, changer_.noted());
    bool present = survey_.saw(own);
    if (!present) {
      MILLRACE_TRY(const auto columns, columns_of(*link_, dialect(), how_.schema, own));
      present = !columns.empty();
    }
    std::optional<error> refused;
    if (!present && !dialect().create_schema.empty()) {
      const auto made =
          link_->execute(sql::create_schema(dialect(), how_.schema), "creating the schema");
      if (!made && made.error().code != errc::warehouse_rights) return failure(made.error());
      // One that somebody has made for millrace serves a user who may make none.
      if (!made) {
        refused = made.error();
        link_->roll_back();
      }
    }
    const auto done = make_own_table(sql::checkpoint_table());
    if (!done) return failure(refused ? *refused : done.error());
    MILLRACE_CHECK(tx.commit());
    schema_was_new_ = !present;
    return {};
  }

  result<table_change> plan_table(const table_schema& table) override {
    if (how_.file_absent) return plan_creation(dialect(), how_.schema, table).change;
    MILLRACE_CHECK(ready());
    MILLRACE_TRY(table_plan planned, changer_.plan(*link_, table));
    for (const widening& w : planned.widenings) {
      planned.change.notices.push_back(w.told);
      if (w.owed) planned.change.owed.push_back(w.column);
    }
    return std::move(planned.change);
  }

  result<table_change> ensure_table(const table_schema& table, time_point now) override {
    MILLRACE_CHECK(ready());
    MILLRACE_TRY(table_plan done, changer_.ensure(*link_, table, now));
    how_.rounded->learn(dialect(), done.table, done.other_types);
    return std::move(done.change);
  }

  result<bool> table_is_empty(const table_schema& table) override {
    if (const auto seen = survey_.take_empty(table.collection)) return *seen;
    MILLRACE_CHECK(ready());
    auto rows = link_->query(sql::is_empty(dialect(), how_.schema, table),
                             "looking at " + table.collection);
    link_->roll_back();
    if (!rows) return failure(std::move(rows.error()));
    return rows->empty();
  }

  result<std::vector<checkpoint>> read_checkpoints() override {
    if (how_.file_absent) return std::vector<checkpoint>{};
    MILLRACE_CHECK(ready());
    auto out = load_checkpoints(*link_, dialect(), how_.schema);
    link_->roll_back();
    if (out) changer_.note(*out);
    return out;
  }

  result<receipt> write(const batch_write& one, time_point now) override {
    receipt done;
    MILLRACE_CHECK(ready_to_load(*one.rows, one.mode));
    const std::vector<std::uint32_t> which = rows_to_merge(*one.rows);
    const merge_mode first_try = cheapest(one.mode, *one.rows);
    auto written = write_once({*one.rows, which, first_try}, one.position, now);
    if (!written && first_try != one.mode && !link_->broken() &&
        written.error().code == errc::warehouse_value) {
      // A key is there after all: pages were read twice, or a commit's fate was unknown.
      met_again_.insert(one.rows->table->collection);
      written = write_once({*one.rows, which, one.mode}, one.position, now);
    }
    if (!written && written.error().code == errc::warehouse_value && !link_->broken())
      return write_what_fits(one, which, written.error(), now);
    if (!written) return failure(std::move(written.error()));
    done.rows = which.size();
    done.rows_written = *written;
    done.rounded = how_.rounded->count(*one.rows, which);
    done.notices = take_notices();
    return done;
  }

  result<std::vector<receipt>> write_together(const std::vector<batch_write>& batches,
                                              time_point now) override {
    const std::string written_at = to_canonical(now);
    std::vector<receipt> out(batches.size());
    if (batches.empty()) return out;
    for (const batch_write& one : batches)
      MILLRACE_CHECK(ready_to_load(*one.rows, one.mode));
    const auto prepare_one = [&](std::size_t i) { return prepare(batches[i], written_at); };
    const auto ahead = [&](std::size_t i) {
      return std::async(std::launch::async, prepare_one, i);
    };
    transaction tx(*link_);
    std::map<std::string, const checkpoint*> reached;  // the last one of each collection
    std::future<result<prepared_write>> upcoming = ahead(0);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      MILLRACE_TRY(const prepared_write one, upcoming.get());
      // While the server works on these rows.
      if (i + 1 < batches.size()) upcoming = ahead(i + 1);
      out[i].rows = one.order.set.which.size();
      out[i].rounded = one.rounded;
      MILLRACE_TRY(out[i].rows_written, merge(one.order));
      if (batches[i].position != nullptr)
        reached[batches[i].position->collection] = batches[i].position;
    }
    // Without transactions the rows are there now, and the checkpoints come after them (I1).
    std::vector<const checkpoint*> positions;
    positions.reserve(reached.size());
    for (const auto& [collection, position] : reached)
      positions.push_back(position);
    MILLRACE_CHECK(save_checkpoints(*link_, merger_, positions, now));
    MILLRACE_CHECK(commit_merges(tx));
    out.front().notices = take_notices();
    return out;
  }

  result<std::uint64_t> remove(const table_schema& table,
                               const std::vector<std::string>& keys) override {
    MILLRACE_CHECK(ready());
    transaction tx(*link_);
    const std::vector<parameter> of(keys.begin(), keys.end());
    MILLRACE_TRY(const std::uint64_t count, remove_rows(*link_, dialect(), how_.schema, table, of,
                                                        "removing rows from " + table.collection));
    MILLRACE_CHECK(refused_.remove(*link_, of));
    MILLRACE_CHECK(tx.commit());
    return count;
  }

  result<void> begin_keys(const table_schema& keys) override {
    MILLRACE_CHECK(ready());
    transaction tx(*link_);
    MILLRACE_TRY(const auto present, columns_of(*link_, dialect(), how_.schema, keys.collection));
    const std::string doing = "making the table " + keys.collection;
    if (!present.empty())
      MILLRACE_CHECK(link_->execute(sql::drop_table(dialect(), how_.schema, keys), doing));
    for (const std::string& statement : sql::create_table(dialect(), how_.schema, keys))
      MILLRACE_CHECK(link_->execute(statement, doing));
    return tx.commit();
  }

  result<key_difference> compare_keys(const table_schema& table,
                                      const table_schema& keys) override {
    MILLRACE_CHECK(ready());
    transaction tx(*link_);
    key_difference out;
    MILLRACE_TRY(out.vanished, keys_lacking(table, keys));
    MILLRACE_TRY(out.missing, keys_lacking(keys, table));
    if (!out.missing.empty()) {
      // Reading them again would not bring them in.
      MILLRACE_TRY(const auto kept, refused_.quarantined(*link_, table.collection));
      const std::set<std::string> known(kept.begin(), kept.end());
      std::erase_if(out.missing, [&](const std::string& key) { return known.contains(key); });
    }
    if (table.deleted_at && std::any_of(table.columns.begin(), table.columns.end(),
                                        [](const table_column& c) { return c.hashed; })) {
      table_schema marks_and_all = table;
      marks_and_all.deleted_at.reset();
      MILLRACE_TRY(out.marked, keys_lacking(marks_and_all, keys));
      const std::set<std::string> unmarked(out.vanished.begin(), out.vanished.end());
      std::erase_if(out.marked, [&](const std::string& key) { return unmarked.contains(key); });
    }
    MILLRACE_CHECK(link_->execute(sql::drop_table(dialect(), how_.schema, keys),
                                  "dropping the table " + keys.collection));
    MILLRACE_CHECK(tx.commit());
    return out;
  }

  result<std::uint64_t> count_rows(const table_schema& table, const live_rows& which) override {
    MILLRACE_CHECK(ready());
    auto count = odbc::count_rows(*link_, {dialect(), how_.schema, table}, which);
    link_->roll_back();
    return count;
  }

  result<std::vector<row_finding>> look_up(const batch& rows) override {
    MILLRACE_CHECK(ready());
    auto found = odbc::look_up(*link_, {dialect(), how_.schema, *rows.table}, rows);
    link_->roll_back();
    return found;
  }

  result<std::vector<std::string>> keys_beyond(const table_schema& table, const live_rows& which,
                                               const key_filter& known,
                                               std::size_t at_most) override {
    MILLRACE_CHECK(ready());
    auto keys = odbc::keys_beyond(*link_, {dialect(), how_.schema, table}, which, known, at_most);
    link_->roll_back();
    return keys;
  }

  result<std::vector<warehouse_finding>> examine(time_point now) override {
    return examine_warehouse(how_, facts_, now);
  }

  result<std::uint64_t> forget(const std::vector<std::string>& collections) override {
    if (how_.file_absent) return std::uint64_t{0};
    MILLRACE_CHECK(ready());
    transaction tx(*link_);
    MILLRACE_TRY(const auto known, load_checkpoints(*link_, dialect(), how_.schema));
    std::uint64_t count = 0;
    for (const checkpoint& c : known) {
      const std::string owner(collection_of(c.collection));
      if (!collections.empty() &&
          std::find(collections.begin(), collections.end(), owner) == collections.end())
        continue;
      // What the columns were made for stays true, whatever is read anew.
      if (c.collection == pass_name(owner, columns_note)) continue;
      MILLRACE_CHECK(forget_checkpoint(*link_, dialect(), how_.schema, c.collection));
      if (owner == c.collection) ++count;
    }
    MILLRACE_CHECK(tx.commit());
    changer_.forget();
    return count;
  }

  result<std::uint64_t> remove_concealed(const table_schema& table) override {
    if (how_.file_absent) return std::uint64_t{0};
    MILLRACE_CHECK(ready());
    return refused_.conceal(*link_, table);
  }

  /// The tables are looked at where rows cannot be written, so that they cost nothing as a rule.
  result<void> record(const run_history& what, time_point now) override {
    MILLRACE_CHECK(ready());
    if (schema_was_new_) {
      MILLRACE_CHECK(make_history_tables());
      schema_was_new_ = false;
    }
    auto done = record_once(what, now);
    if (done || link_->broken() || done.error().again == retry::later) return done;
    MILLRACE_TRY(const bool mended, make_history_tables());
    return mended ? record_once(what, now) : done;
  }

  result<run_history> read_history(const history_order& wanted) override {
    if (how_.file_absent) return run_history{};
    MILLRACE_CHECK(ready());
    auto out = load_history(*link_, dialect(), how_.schema, wanted);
    link_->roll_back();
    return out;
  }

 private:
  [[nodiscard]] const sql::dialect& dialect() const { return *how_.dialect; }

  /// Within the open transaction. Whether there was something to do.
  result<bool> make_own_table(const table_schema& table) {
    MILLRACE_TRY(const table_plan plan, compare_table(*link_, dialect(), how_.schema, table, {},
                                                      survey_.take(table.collection)));
    for (const std::string& statement : plan.create_or_add)
      MILLRACE_CHECK(link_->execute(statement, "creating millrace's own tables"));
    return !plan.create_or_add.empty();
  }

  /// Whether they were not as they should be: absent, or of an older version.
  result<bool> make_history_tables() {
    transaction tx(*link_);
    MILLRACE_TRY(const bool runs, make_own_table(sql::run_table()));
    MILLRACE_TRY(const bool notices, make_own_table(sql::notice_table()));
    MILLRACE_CHECK(tx.commit());
    return runs || notices;
  }

  result<void> record_once(const run_history& what, time_point now) {
    transaction tx(*link_);
    if (auto saved = save_history(*link_, merger_, dialect(), what, now); !saved) {
      merger_.rolled_back();
      return saved;
    }
    return commit_merges(tx);
  }

  void give_back() noexcept {
    try {
      if (how_.idle && link_ && link_->leave())
        how_.idle->put(how_.warehouse, how_.text.text(), std::move(link_));
    } catch (...) {
      link_.reset();  // there is no memory, or no thread, to keep it by
    }
  }

  /// A connection that works, as far as anybody has noticed.
  result<void> ready() {
    if (link_ && !link_->broken()) return {};
    merger_.forget();
    survey_.forget();
    link_.reset();
    MILLRACE_TRY(link_, connect(how_));
    return {};
  }

  /// Keys of `table` that `other` lacks.
  result<std::vector<std::string>> keys_lacking(const table_schema& table,
                                                const table_schema& other) {
    MILLRACE_TRY(const auto rows, link_->query(sql::vanished(dialect(), how_.schema, table, other),
                                               "comparing the keys of " + table.collection));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const row& r : rows)
      out.push_back(r[0].value_or(""));
    return out;
  }

  /// They wait for a receipt that takes them along.
  std::vector<notice> take_notices() {
    std::vector<notice> out = trials_.take_notices();
    for (notice& n : how_.rounded->take_notices())
      out.push_back(std::move(n));
    return out;
  }

  /// Rows of a batch, and how they are merged.
  struct chosen_rows {
    const batch& rows;
    const std::vector<std::uint32_t>& which;
    merge_mode mode;
  };

  /// A batch that is ready for its statement.
  struct prepared_write {
    merge_order order;
    std::uint64_t rounded = 0;
  };

  /// Needs no connection: on any thread, while another batch is merged.
  result<prepared_write> prepare(const batch_write& one, const std::string& written_at) const {
    const batch& rows = *one.rows;
    std::vector<std::uint32_t> which = rows_to_merge(rows);
    prepared_write out;
    out.rounded = how_.rounded->count(rows, which);
    MILLRACE_TRY(out.order,
                 merger_.prepare(rows, std::move(which), cheapest(one.mode, rows), written_at));
    return out;
  }

  /// A checkpoint alone goes by any loader: its texts are harmless.
  result<void> ready_to_load(const batch& rows, merge_mode mode) {
    MILLRACE_CHECK(ready());
    return rows.rows == 0 ? result<void>() : trials_.ready(*link_, merger_, rows, mode);
  }

  /// Within the open transaction. Returns how many rows were written.
  result<std::uint64_t> merge(const merge_order& order) {
    return order.set.which.empty() ? std::uint64_t{0} : merger_.merge(*link_, order);
  }

  /// The same for rows that were not prepared.
  result<std::uint64_t> merge(const chosen_rows& chosen, const std::string& written_at) {
    MILLRACE_TRY(const merge_order order,
                 merger_.prepare(chosen.rows, chosen.which, chosen.mode, written_at));
    return merge(order);
  }

  /// Rows and checkpoint in a transaction of their own. Returns how many rows were written.
  result<std::uint64_t> write_once(const chosen_rows& chosen, const checkpoint* position,
                                   time_point now) {
    transaction tx(*link_);
    MILLRACE_TRY(const std::uint64_t written, merge(chosen, to_canonical(now)));
    if (position != nullptr) MILLRACE_CHECK(save_checkpoint(*link_, merger_, *position, now));
    MILLRACE_CHECK(commit_merges(tx));
    return written;
  }

  /// What a merge made in a transaction is gone when its end fails.
  result<void> commit_merges(transaction& tx) {
    auto committed = tx.commit();
    if (!committed) merger_.rolled_back();
    return committed;
  }

  /// The first load of a table goes by plain inserts until a key is met again.
  [[nodiscard]] merge_mode cheapest(merge_mode mode, const batch& rows) const {
    const bool may_insert = mode == merge_mode::first_load && !dialect().merge.insert.empty() &&
                            !met_again_.contains(rows.table->collection);
    return may_insert ? merge_mode::insert : mode;
  }

  /// After the warehouse refused a value of the batch: what it takes is written, and what it does
  /// not goes the way of the policy (I9). `why`: its word.
  result<receipt> write_what_fits(const batch_write& one, const std::vector<std::uint32_t>& which,
                                  const error& why, time_point now) {
    const batch& rows = *one.rows;
    const std::string written_at = to_canonical(now);
    std::vector<refusal> refused = beyond_limits(merger_.set_of(rows, which, one.mode, written_at));
    const auto trial = [&](const batch& some) -> result<void> {
      const transaction tx(*link_);
      const std::vector<std::uint32_t> all = all_rows(some);
      const auto tried = merge({some, all, one.mode}, written_at);
      merger_.rolled_back();
      return tried ? result<void>() : failure(tried.error());
    };
    // What a trial wrote would stay, with cells left out.
    const refusal_depth depth = dialect().transactions ? refusal_depth::cells : refusal_depth::rows;
    MILLRACE_CHECK(find_refusals(rows, which, trial, depth, refused));
    // Together they failed, alone they do not: nothing of theirs is at fault.
    if (refused.empty()) return failure(why);
    MILLRACE_CHECK(refused_.make_table(*link_));
    const refused_of_batch what{rows, refused};
    const batch fitting = without(rows, which, refused, refused_.policy());
    auto written = write_with_refused(fitting, one, what, false, now);
    if (!written && written.error().code == errc::warehouse_value && !link_->broken())
      written = write_with_refused(fitting, one, what, true, now);
    if (!written) return failure(std::move(written.error()));
    receipt done;
    done.rows = which.size();
    done.rows_written = *written;
    done.rounded = how_.rounded->count(fitting, all_rows(fitting));
    const refused_values::count count = refused_.count_of(what);
    done.refused = count.cells;
    done.quarantined = count.rows;
    done.notices = take_notices();
    for (notice& n : refused_.tell(what))
      done.notices.push_back(std::move(n));
    return done;
  }

  /// Rows, what was refused of their batch, and its checkpoint, in a transaction of their own.
  result<std::uint64_t> write_with_refused(const batch& fitting, const batch_write& one,
                                           const refused_of_batch& what, bool only_ascii,
                                           time_point now) {
    transaction tx(*link_);
    const std::vector<std::uint32_t> all = all_rows(fitting);
    MILLRACE_TRY(const std::uint64_t written, merge({fitting, all, one.mode}, to_canonical(now)));
    MILLRACE_CHECK(refused_.save(*link_, merger_, what, only_ascii, now));
    if (one.position != nullptr)
      MILLRACE_CHECK(save_checkpoint(*link_, merger_, *one.position, now));
    MILLRACE_CHECK(commit_merges(tx));
    return written;
  }

  connecting how_;
  driver_facts facts_;
  std::unique_ptr<connection> link_;
  /// Between the two: nothing is prepared any more, and the connection is still there.
  struct end_of_work {
    odbc_warehouse& house;
    ~end_of_work() { house.give_back(); }
  } end_of_work_{*this};
  merger merger_;  ///< after the connection: what it has prepared goes first
  schema_survey survey_;
  table_changer changer_;
  loader_trials trials_;
  refused_values refused_;
  bool schema_was_new_ = false;      ///< nothing of millrace's own was there
  std::set<std::string> met_again_;  ///< collections whose first load met a key twice
};

}  // namespace

result<std::unique_ptr<warehouse>> open_warehouse(const warehouse_target& target) {
  MILLRACE_TRY(recognised found, recognise(target));
  return std::make_unique<odbc_warehouse>(std::move(found));
}

}  // namespace millrace::odbc
