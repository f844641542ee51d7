// Reading goes through to the warehouse; writing becomes looking up.
#include "actors/comparing_warehouse.hpp"

#include <utility>

namespace millrace {
namespace {

tl::unexpected<error> changes_nothing() {
  return failure(errc::internal, "a check was about to change the warehouse",
                 "Please report this; nothing was changed");
}

class comparing_warehouse final : public warehouse {
 public:
  comparing_warehouse(std::unique_ptr<warehouse> inner, std::shared_ptr<comparison_log> log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  const driver_facts& facts() const override { return inner_->facts(); }
  void distrust() override { inner_->distrust(); }
  result<table_change> plan_table(const table_schema& table) override {
    return inner_->plan_table(table);
  }
  result<bool> table_is_empty(const table_schema& table) override {
    return inner_->table_is_empty(table);
  }
  result<std::vector<checkpoint>> read_checkpoints() override { return inner_->read_checkpoints(); }
  result<std::uint64_t> count_rows(const table_schema& table, const live_rows& which) override {
    return inner_->count_rows(table, which);
  }
  result<std::vector<row_finding>> look_up(const batch& rows) override {
    return inner_->look_up(rows);
  }
  result<std::vector<std::string>> keys_beyond(const table_schema& table, const live_rows& which,
                                               const key_filter& known,
                                               std::size_t at_most) override {
    return inner_->keys_beyond(table, which, known, at_most);
  }

  result<receipt> write(const batch_write& one, time_point) override {
    receipt done;
    if (one.position != nullptr) return changes_nothing();
    done.rows = one.rows->rows;
    if (done.rows == 0) return done;
    MILLRACE_TRY(const auto found, inner_->look_up(*one.rows));
    log_->take(*one.rows, found);
    return done;
  }

  result<std::vector<receipt>> write_together(const std::vector<batch_write>& batches,
                                              time_point now) override {
    // Looked up twice, a record would count twice: each batch is taken whole or not at all.
    if (batches.size() > 1) return failure(errc::internal, "batches are compared one by one");
    MILLRACE_TRY(receipt done, write(batches.front(), now));
    return std::vector<receipt>{std::move(done)};
  }

  result<void> open_schema() override { return changes_nothing(); }
  result<table_change> ensure_table(const table_schema&, time_point) override {
    return changes_nothing();
  }
  result<std::uint64_t> remove(const table_schema&, const std::vector<std::string>&) override {
    return changes_nothing();
  }
  result<void> begin_keys(const table_schema&) override { return changes_nothing(); }
  result<key_difference> compare_keys(const table_schema&, const table_schema&) override {
    return changes_nothing();
  }
  result<std::vector<warehouse_finding>> examine(time_point) override { return changes_nothing(); }
  result<std::uint64_t> forget(const std::vector<std::string>&) override {
    return changes_nothing();
  }
  result<std::uint64_t> remove_concealed(const table_schema&) override { return changes_nothing(); }
  result<void> record(const run_history&, time_point) override { return changes_nothing(); }
  result<run_history> read_history(const history_order& wanted) override {
    return inner_->read_history(wanted);
  }

 private:
  std::unique_ptr<warehouse> inner_;
  std::shared_ptr<comparison_log> log_;
};

}  // namespace

void comparison_log::begin(comparison_rules rules, std::vector<std::string> columns) {
  const std::lock_guard lock(mutex_);
  rules_ = rules;
  cells_ = {};
  cells_.columns = std::move(columns);
  explained_ = 0;
  keys_ = std::make_shared<key_filter>();
}

void comparison_log::take(const batch& rows, const std::vector<row_finding>& found) {
  const std::lock_guard lock(mutex_);
  const std::string moment = rules_.moment ? to_canonical(*rules_.moment) : std::string();
  // Times are canonical texts, which compare as times do.
  const auto is_later = [&](const std::optional<std::size_t>& column, std::size_t row) {
    if (!rules_.moment || !column || rows.columns[*column].is_null(row)) return false;
    return rows.columns[*column].value(row) >= moment;
  };
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const std::string_view key = rows.columns[rows.table->key].value(row);
    keys_->add(key);
    if (found[row].live && !is_later(rules_.created, row)) ++explained_;
    if (is_later(rules_.version, row)) {
      ++cells_.changed_since;
      continue;
    }
    ++cells_.compared;
    if (found[row].state == row_state::missing) cells_.missing.add(key);
    if (found[row].state == row_state::differs) cells_.differing.add(key);
  }
}

cell_comparison comparison_log::cells() const {
  const std::lock_guard lock(mutex_);
  return cells_;
}

std::uint64_t comparison_log::explained_rows() const {
  const std::lock_guard lock(mutex_);
  return explained_;
}

std::unique_ptr<warehouse> make_comparing_warehouse(std::unique_ptr<warehouse> inner,
                                                    std::shared_ptr<comparison_log> log) {
  return std::make_unique<comparing_warehouse>(std::move(inner), std::move(log));
}

}  // namespace millrace
