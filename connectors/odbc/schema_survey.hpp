// What a schema's tables look like, asked for all of them at once: where nothing has changed since
// the last run, that is all there is to ask.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "engine/sql/dialect.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::odbc {

/// A table as the warehouse's catalog has it.
struct seen_table {
  std::map<std::string, std::string> columns;  ///< name in lower case, and type
  std::vector<std::string> key;                ///< columns of the primary key
};

/// Each answer is given once: whoever asks for the second time wants to know what it is now. Used
/// from one thread at a time.
class schema_survey {
 public:
  schema_survey(std::shared_ptr<const sql::dialect> d, std::string schema)
      : dialect_(std::move(d)), schema_(std::move(schema)) {}

  /// Within the open transaction, which is rolled back when a question fails: a courtesy that is
  /// not to be had leaves everything to the questions about each table. `loaded`: tables of which
  /// it is asked as well whether they hold a row.
  void look(connection& link, const std::string& own, const std::vector<std::string>& loaded);
  /// Whether the table was there; false: nobody knows.
  [[nodiscard]] bool saw(const std::string& table) const;
  /// None: it has to be asked for.
  std::optional<seen_table> take(const std::string& table);
  std::optional<bool> take_empty(const std::string& table);
  /// It was just made.
  void note_created(const std::string& table) { empty_[table] = true; }
  void forget();

 private:
  result<void> look_at_columns(connection& link, const std::vector<std::string>& tables);
  result<void> look_for_rows(connection& link, const std::vector<std::string>& tables);

  std::shared_ptr<const sql::dialect> dialect_;
  std::string schema_;
  std::map<std::string, seen_table> seen_;  ///< by the catalog's name
  std::map<std::string, bool> empty_;       ///< by the collection's
};

}  // namespace millrace::odbc
