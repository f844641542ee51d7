// Statements that stay prepared: those of the tables that are being loaded at this time.
#pragma once

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/loader.hpp"

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::odbc {

/// Keeps `T`, which has a member `handle statement`, by the statement's text: a table that changed
/// has another text, so that nothing is ever bound to a statement of other columns.
template <class T>
class prepared_statements {
 public:
  /// The one that is there, or a fresh one that is prepared. Valid until the next call.
  result<T*> find(connection& link, const std::string& text, std::string_view doing) {
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->text != text) continue;
      entries_.splice(entries_.begin(), entries_, at);
      return &entries_.front().value;
    }
    entry fresh;
    fresh.text = text;
    MILLRACE_TRY(fresh.value.statement, link.prepare(text, doing));
    entries_.push_front(std::move(fresh));
    if (entries_.size() > entries_max) entries_.pop_back();
    return &entries_.front().value;
  }
  void forget() { entries_.clear(); }

 private:
  static constexpr std::size_t entries_max = 8;
  struct entry {
    std::string text;
    T value;
  };
  std::list<entry> entries_;  ///< most recently used first
};

/// How many rows the last run of a statement inserted or changed, by the dialect's query or the
/// driver's word. Fails when a later answer of it tells of a failure.
result<std::uint64_t> rows_written(connection& link, const sql::dialect& d, const handle& statement,
                                   std::string_view doing);

/// Binds bytes as text for one parameter. `length` and `bytes` must live until the statement ran.
result<void> bind_text(connection& link, const handle& statement, std::size_t number,
                       const char* bytes, std::size_t size, SQLLEN* length, std::string_view doing);

/// Binds the constants of a batch as the first parameters; `lengths` has room for theirs.
result<void> bind_constants(connection& link, const handle& statement, const row_set& rows,
                            std::vector<SQLLEN>& lengths, std::string_view doing);

}  // namespace millrace::odbc
