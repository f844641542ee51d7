// Straight: the merge reads the loader's source. Staged: the rows go to a table of the connection's
// own first, and the merge reads that.
#include "connectors/odbc/merger.hpp"

#include "connectors/odbc/prepared.hpp"
#include "connectors/odbc/value_limits.hpp"

#include <fmt/format.h>

#include <numeric>

namespace millrace::odbc {

merger::merger(std::shared_ptr<const sql::dialect> d, std::string schema, std::size_t lane)
    : dialect_(std::move(d)), schema_(std::move(schema)), lane_(lane) {
  for (const sql::loader_rule& rule : dialect_->loaders)
    loaders_.push_back(make_loader(*dialect_, rule));
  excluded_.assign(loaders_.size(), false);
  while (preferred_ + 1 < loaders_.size() && dialect_->loaders[preferred_].for_updates)
    ++preferred_;
}

void merger::forget() {
  for (const auto& l : loaders_)
    l->forget();
  staged_.clear();
}

void merger::rolled_back() {
  // A staging table that was made in the transaction went with it.
  if (dialect_->transactional_ddl) staged_.clear();
}

std::size_t merger::choose(const batch& rows, merge_mode mode) const {
  const auto fits = [&](std::size_t i, bool for_updates) {
    return dialect_->loaders[i].for_updates == for_updates && !excluded_[i] &&
           loaders_[i]->can_take(rows);
  };
  if (mode == merge_mode::existing)
    for (std::size_t i = 0; i < loaders_.size(); ++i)
      if (fits(i, true)) return i;
  // One row, such as a checkpoint, is not worth a staging table; making one would end the
  // transaction in some warehouses.
  if (rows.rows == 1)
    for (std::size_t i = preferred_; i < loaders_.size(); ++i)
      if (fits(i, false) && dialect_->loaders[i].direct) return i;
  for (std::size_t i = preferred_; i < loaders_.size(); ++i)
    if (fits(i, false)) return i;
  return preferred_;
}

result<merge_order> merger::prepare(const batch& rows, std::vector<std::uint32_t> which,
                                    merge_mode mode, const std::string& written_at) const {
  return prepare_for(choose(rows, mode), rows, std::move(which), mode, written_at);
}

/// Dialects name what every driver can do last.
std::size_t merger::plainest(const batch& rows) const {
  for (std::size_t i = loaders_.size(); i-- > 0;)
    if (!dialect_->loaders[i].for_updates && dialect_->loaders[i].direct && !excluded_[i] &&
        loaders_[i]->can_take(rows))
      return i;
  return choose(rows, merge_mode::first_load);
}

result<merge_order> merger::prepare_own(const batch& rows, const std::string& written_at) const {
  std::vector<std::uint32_t> which(rows.rows);
  std::iota(which.begin(), which.end(), 0U);
  return prepare_for(plainest(rows), rows, std::move(which), merge_mode::first_load, written_at);
}

row_set merger::set_of(const batch& rows, std::vector<std::uint32_t> which, merge_mode mode,
                       const std::string& written_at) const {
  row_set out;
  out.rows = &rows;
  out.which = std::move(which);
  out.columns = sql::loaded_columns(*dialect_, *rows.table, mode);
  if (mode != merge_mode::existing) out.constants.push_back(to_canonical(rows.received_at));
  out.constants.push_back(written_at);
  return out;
}

result<merge_order> merger::prepare_for(std::size_t loader, const batch& rows,
                                        std::vector<std::uint32_t> which, merge_mode mode,
                                        const std::string& written_at) const {
  merge_order out;
  out.set = set_of(rows, std::move(which), mode, written_at);
  out.mode = mode;
  out.loader = loader;
  MILLRACE_CHECK(check_limits(out.set));
  if (!out.set.which.empty()) out.set.packed = loaders_[out.loader]->pack(out.set);
  return out;
}

result<std::uint64_t> merger::merge(connection& link, const merge_order& order) {
  auto done = attempt(link, order);
  if (done) return done;
  rolled_back();
  // What a driver keeps in a statement that failed is not relied on.
  for (const auto& l : loaders_)
    l->forget();
  // What the failed statement has counted until then would be taken off the next one's count.
  if (!link.broken() && !dialect_->rows_corrected.empty())
    static_cast<void>(link.query(dialect_->rows_corrected, "forgetting the count of a failure"));
  return done;
}

result<std::uint64_t> merger::attempt(connection& link, const merge_order& order) {
  const row_set& set = order.set;
  const table_schema& table = *set.rows->table;
  const std::string doing = fmt::format("loading rows into {}", table.collection);
  const sql::loader_rule& rule = dialect_->loaders[order.loader];
  if (!rule.direct) return staged(link, order, doing);

  const auto statements = [&](const sql::source_shape& shape) {
    return sql::merge_statements(
        *dialect_, schema_, table, order.mode,
        sql::source_of(*dialect_, rule, set.columns, set.constants.size(), shape));
  };
  std::uint64_t written = 0;
  const std::size_t count = statements({}).size();
  for (std::size_t i = 0; i < count; ++i) {
    MILLRACE_TRY(const std::uint64_t some,
                 loaders_[order.loader]->send(
                     link, set,
                     [&](const sql::source_shape& shape) { return statements(shape)[i]; }, doing));
    if (i + 1 == count || !dialect_->merge.count_last) written += some;
  }
  return written;
}

result<void> merger::ready_staging(connection& link, const table_schema& table,
                                   const std::string& doing) {
  const sql::staging_rule& rule = *dialect_->staging;
  // The text that makes it says what it looks like: a table that changed gets another one.
  const std::string create = sql::create_staging(*dialect_, schema_, table, lane_);
  std::string& made = staged_[sql::staging_name(*dialect_, schema_, table, lane_)];
  if (made == create)
    return link.execute(sql::staging_statement(*dialect_, schema_, table, lane_, rule.clear),
                        doing);
  if (!rule.drop.empty())
    MILLRACE_CHECK(
        link.execute(sql::staging_statement(*dialect_, schema_, table, lane_, rule.drop), doing));
  made.clear();
  MILLRACE_CHECK(link.execute(create, doing));
  made = create;
  return {};
}

result<std::uint64_t> merger::staged(connection& link, const merge_order& order,
                                     const std::string& doing) {
  const row_set& set = order.set;
  const table_schema& table = *set.rows->table;
  const sql::loader_rule& rule = dialect_->loaders[order.loader];
  MILLRACE_CHECK(ready_staging(link, table, doing));
  const auto fill = [&](const sql::source_shape& shape) {
    if (!rule.into_staging.empty())
      return sql::fill_staging(*dialect_, schema_, table, lane_, order.mode, rule, shape);
    return sql::insert_staging(
        *dialect_, schema_, table, lane_, order.mode,
        sql::source_of(*dialect_, rule, set.columns, set.constants.size(), shape));
  };
  MILLRACE_CHECK(loaders_[order.loader]->send(link, set, fill, doing));
  if (!dialect_->staging->analyze.empty())
    MILLRACE_CHECK(link.execute(
        sql::staging_statement(*dialect_, schema_, table, lane_, dialect_->staging->analyze),
        doing));
  std::uint64_t written = 0;
  const std::vector<std::string> statements =
      sql::merge_statements(*dialect_, schema_, table, order.mode,
                            sql::staged_source(*dialect_, schema_, table, lane_, order.mode));
  for (const std::string& statement : statements) {
    MILLRACE_TRY(const handle merged, link.run_text(statement, doing));
    MILLRACE_TRY(const std::uint64_t some, rows_written(link, *dialect_, merged, doing));
    if (&statement == &statements.back() || !dialect_->merge.count_last) written += some;
  }
  return written;
}

}  // namespace millrace::odbc
