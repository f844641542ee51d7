// Rows of the first answer: table, column, type, and 1 for a column of the key. Of the second: the
// names of tables that hold a row.
#include "connectors/odbc/schema_survey.hpp"

#include "engine/lower_case.hpp"
#include "engine/sql/names.hpp"
#include "engine/sql/statements.hpp"

#include <algorithm>

namespace millrace::odbc {
namespace {

/// Of one statement: servers bound what a statement may be made of.
constexpr std::size_t tables_at_once = 100;

std::vector<std::string> some_of(const std::vector<std::string>& all, std::size_t at) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t count = std::min(tables_at_once, all.size() - at);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

void schema_survey::look(connection& link, const std::string& own,
                         const std::vector<std::string>& loaded) {
  forget();
  std::vector<std::string> all{own};
  all.insert(all.end(), loaded.begin(), loaded.end());
  if (!look_at_columns(link, all)) {
    seen_.clear();
    return link.roll_back();
  }
  std::vector<std::string> there;
  for (const std::string& table : loaded)
    if (saw(table)) there.push_back(table);
  if (!look_for_rows(link, there)) {
    empty_.clear();
    link.roll_back();
  }
}

bool schema_survey::saw(const std::string& table) const {
  return seen_.contains(sql::catalog_name(*dialect_, schema_, table));
}

std::optional<seen_table> schema_survey::take(const std::string& table) {
  const auto found = seen_.find(sql::catalog_name(*dialect_, schema_, table));
  if (found == seen_.end()) return {};
  seen_table out = std::move(found->second);
  seen_.erase(found);
  return out;
}

std::optional<bool> schema_survey::take_empty(const std::string& table) {
  const auto found = empty_.find(table);
  if (found == empty_.end()) return {};
  const bool out = found->second;
  empty_.erase(found);
  return out;
}

void schema_survey::forget() {
  seen_.clear();
  empty_.clear();
}

result<void> schema_survey::look_at_columns(connection& link,
                                            const std::vector<std::string>& tables) {
  constexpr std::size_t cells = 4;
  for (std::size_t at = 0; at < tables.size(); at += tables_at_once) {
    const std::string question = sql::survey(*dialect_, schema_, some_of(tables, at));
    if (question.empty()) return {};
    MILLRACE_CHECK(link.each(question, "looking at the tables", {}, [&](row& r) {
      if (r.size() < cells) return true;
      seen_table& table = seen_[r[0].value_or("")];
      std::string column = lowered(r[1].value_or(""));
      if (r[3] == "1") table.key.push_back(column);
      table.columns.emplace(std::move(column), std::move(r[2]).value_or(""));
      return true;
    }));
  }
  return {};
}

result<void> schema_survey::look_for_rows(connection& link,
                                          const std::vector<std::string>& tables) {
  for (std::size_t at = 0; at < tables.size(); at += tables_at_once) {
    const std::vector<std::string> some = some_of(tables, at);
    const std::string question = sql::survey_rows(*dialect_, schema_, some);
    if (question.empty()) return {};
    MILLRACE_TRY(const auto rows, link.query(question, "looking for rows"));
    for (const std::string& table : some)
      empty_[table] = true;
    for (const row& r : rows)
      if (!r.empty()) empty_[r[0].value_or("")] = false;
  }
  return {};
}

}  // namespace millrace::odbc
