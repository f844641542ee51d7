// Makes a table what it should be before it is loaded, and keeps account of what its rows lack.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/merger.hpp"
#include "connectors/odbc/tables.hpp"
#include "engine/model/window.hpp"
#include "engine/sql/dialect.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::odbc {

/// Used from one thread at a time. Each public call leaves the connection without an open
/// transaction.
class table_changer {
 public:
  /// `checkpoints` are written by the merger.
  table_changer(std::shared_ptr<const sql::dialect> d, std::string schema, merger& checkpoints,
                schema_survey& survey)
      : dialect_(std::move(d)), schema_(std::move(schema)), merger_(checkpoints), survey_(survey) {}

  /// What `ensure` would do.
  result<table_plan> plan(connection& link, const table_schema& table);
  result<table_plan> ensure(connection& link, const table_schema& table, time_point now);
  /// What checkpoints say of columns, so that they need not be read once more.
  void note(const std::vector<checkpoint>& known);
  /// Collections of which that was noted: their tables are there, as far as anybody knows.
  [[nodiscard]] std::vector<std::string> noted() const;
  /// Checkpoints were dropped.
  void forget() { filled_.reset(); }

 private:
  result<void> create_or_add(connection& link, const table_plan& plan, time_point now);
  result<void> note_filled(connection& link, const table_plan& plan,
                           const std::vector<std::string>& untold, time_point now);
  result<bool> widen(connection& link, const widening& w, table_plan& plan, time_point now);
  result<checkpoint> owed_of(connection& link, const table_schema& table);
  result<void> owe(connection& link, const table_schema& table,
                   const std::vector<std::string>& columns, time_point now);
  result<void> owe_again(connection& link, const checkpoint& before, time_point now);

  std::shared_ptr<const sql::dialect> dialect_;
  std::string schema_;
  merger& merger_;
  schema_survey& survey_;
  /// Columns that the last run filled, by collection; none: not read yet.
  std::optional<std::map<std::string, std::vector<std::string>>> filled_;
};

}  // namespace millrace::odbc
