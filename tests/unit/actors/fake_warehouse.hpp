// A warehouse in memory: what it was given, what it commits together, and what it refuses.
#pragma once

#include "connectors/warehouse.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct warehouse_log {
  struct commit {
    std::string collection;
    std::uint64_t rows = 0;
    std::optional<checkpoint> position;
  };
  std::vector<commit> commits;
  std::vector<std::size_t> transactions;    ///< how many batches each held
  std::map<std::string, unsigned> refuses;  ///< the n-th batch of a collection
  std::map<std::string, unsigned> throws;   ///< likewise: a fault of ours, or of a driver
  std::map<std::string, unsigned> offered;  ///< the highest number of a collection's batches
  std::map<std::string, std::uint64_t> quarantines;  ///< rows of each batch of a collection
  std::optional<error> closed;
  bool tables_empty = true;
  std::vector<checkpoint> checkpoints;  ///< that are there at the beginning
  std::vector<std::string> compared;    ///< tables whose keys were compared
  std::vector<std::string> gone;        ///< what a comparison finds
  std::optional<error> cannot_compare;
  std::vector<std::string> forgotten;  ///< collections whose checkpoints were dropped
  struct concealment {
    std::string collection;
    std::size_t commits = 0;  ///< before it
  };
  std::vector<concealment> concealed;  ///< tables of whose hashed fields nothing is kept aside
  std::optional<error> cannot_conceal;
  std::uint64_t entries_aside = 0;        ///< that go with it
  unsigned schemas_opened = 0;            ///< how often
  unsigned distrusted = 0;                ///< likewise
  std::vector<run_history> records;       ///< what runs left
  unsigned refused_records = 0;           ///< how many of the next ones are refused ..
  std::function<void()> while_recording;  ///< of one that is refused
  error cannot_record{errc::warehouse_rights, "no", {}, retry::never, {}, {}};  ///< .. by this

  [[nodiscard]] std::uint64_t rows_of(const std::string& collection) const {
    std::uint64_t sum = 0;
    for (const commit& c : commits)
      if (c.collection == collection) sum += c.rows;
    return sum;
  }
  [[nodiscard]] std::optional<checkpoint> position_of(const std::string& collection) const {
    std::optional<checkpoint> last;
    for (const commit& c : commits)
      if (c.position && c.position->collection == collection) last = c.position;
    return last;
  }
  /// `before`: batches of the collection in the same transaction. Batches are told apart by how
  /// many were committed before: a repeat has the same number.
  [[nodiscard]] bool would_refuse(const std::string& collection, unsigned before) {
    return is_next(refuses, collection, before);
  }
  [[nodiscard]] bool would_throw(const std::string& collection, unsigned before) {
    return is_next(throws, collection, before);
  }

 private:
  [[nodiscard]] bool is_next(const std::map<std::string, unsigned>& bad_ones,
                             const std::string& collection, unsigned before) {
    const auto committed = std::count_if(commits.begin(), commits.end(), [&](const commit& c) {
      return c.collection == collection;
    });
    const unsigned number = static_cast<unsigned>(committed) + before + 1;
    unsigned& most = offered[collection];
    most = std::max(most, number);
    const auto bad = bad_ones.find(collection);
    return bad != bad_ones.end() && bad->second == number;
  }
};

class fake_warehouse final : public warehouse {
 public:
  fake_warehouse(warehouse_log& log, std::size_t rows_of_batch) : log_(log) {
    facts_.limits.batch_rows = rows_of_batch;
  }
  const driver_facts& facts() const override { return facts_; }
  void distrust() override { ++log_.distrusted; }
  result<void> open_schema() override {
    ++log_.schemas_opened;
    return {};
  }
  result<table_change> plan_table(const table_schema&) override { return table_change{}; }
  result<table_change> ensure_table(const table_schema&, time_point) override {
    return table_change{};
  }
  result<bool> table_is_empty(const table_schema&) override { return log_.tables_empty; }
  result<std::vector<checkpoint>> read_checkpoints() override { return log_.checkpoints; }
  result<receipt> write(const batch_write& one, time_point now) override {
    MILLRACE_TRY(std::vector<receipt> done, write_together({one}, now));
    return done.front();
  }
  result<std::vector<receipt>> write_together(const std::vector<batch_write>& batches,
                                              time_point) override {
    std::map<std::string, unsigned> before;
    for (const batch_write& b : batches) {
      const std::string& collection = b.rows->table->collection;
      if (log_.would_throw(collection, before[collection])) throw std::bad_alloc();
      if (log_.would_refuse(collection, before[collection]++))
        return failure(errc::warehouse_statement, "a value that does not fit");
    }
    std::vector<receipt> out;
    for (const batch_write& b : batches) {
      const std::uint64_t rows = b.rows->rows;
      log_.commits.push_back({b.rows->table->collection, rows,
                              b.position == nullptr ? std::nullopt : std::optional{*b.position}});
      receipt& done = out.emplace_back(receipt{rows, rows});
      if (const auto aside = log_.quarantines.find(b.rows->table->collection);
          aside != log_.quarantines.end() && rows > 0)
        done.quarantined = done.refused = aside->second;
    }
    log_.transactions.push_back(batches.size());
    return out;
  }
  result<std::uint64_t> forget(const std::vector<std::string>& collections) override {
    log_.forgotten.insert(log_.forgotten.end(), collections.begin(), collections.end());
    return collections.size();
  }
  result<std::uint64_t> remove(const table_schema&, const std::vector<std::string>&) override {
    return 0U;
  }
  result<std::uint64_t> remove_concealed(const table_schema& table) override {
    if (log_.cannot_conceal) return failure(*log_.cannot_conceal);
    log_.concealed.push_back({table.collection, log_.commits.size()});
    return log_.entries_aside;
  }
  result<void> begin_keys(const table_schema&) override { return {}; }
  result<key_difference> compare_keys(const table_schema& table, const table_schema&) override {
    if (log_.cannot_compare) return failure(*log_.cannot_compare);
    log_.compared.push_back(table.collection);
    return key_difference{log_.gone, {}};
  }
  result<std::uint64_t> count_rows(const table_schema&, const live_rows&) override { return 0U; }
  result<std::vector<row_finding>> look_up(const batch& rows) override {
    return std::vector<row_finding>(rows.rows);
  }
  result<std::vector<std::string>> keys_beyond(const table_schema&, const live_rows&,
                                               const key_filter&, std::size_t) override {
    return std::vector<std::string>{};
  }
  result<std::vector<warehouse_finding>> examine(time_point) override {
    return std::vector<warehouse_finding>{};
  }
  result<void> record(const run_history& what, time_point) override {
    if (log_.refused_records > 0) {
      --log_.refused_records;
      if (log_.while_recording) log_.while_recording();
      return failure(log_.cannot_record);
    }
    log_.records.push_back(what);
    return {};
  }
  result<run_history> read_history(const history_order&) override { return run_history{}; }

 private:
  warehouse_log& log_;
  driver_facts facts_;
};

}  // namespace millrace
