// Rows of the first answer: table, columns, types, and for each 1 if it is one of the key. Of the
// second: the names of tables that hold a row.
#include "connectors/odbc/schema_survey.hpp"

#include "engine/lower_case.hpp"
#include "engine/sql/names.hpp"
#include "engine/sql/statements.hpp"

#include <algorithm>
#include <set>

namespace millrace::odbc {
namespace {

/// Of one statement: servers bound what a statement may be made of.
constexpr std::size_t tables_at_once = 100;

std::vector<std::string> some_of(const std::vector<std::string>& all, std::size_t at) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t count = std::min(tables_at_once, all.size() - at);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::vector<std::string_view> list_in(const std::optional<std::string>& cell) {
  std::vector<std::string_view> out;
  std::string_view rest = cell ? *cell : std::string_view();
  for (;;) {
    const std::size_t end = rest.find(sql::list_divider);
    out.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) return out;
    rest.remove_prefix(end + 1);
  }
}

/// False: the lists do not fit together, as where a name has what divides them.
bool add_columns(const row& r, seen_table& to) {
  const auto names = list_in(r[1]);
  const auto types = list_in(r[2]);
  const auto in_key = list_in(r[3]);
  if (names.size() != types.size() || names.size() != in_key.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string column = lowered(names[i]);
    if (in_key[i] == "1") to.key.push_back(column);
    to.columns.emplace(std::move(column), types[i]);
  }
  return true;
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
  std::set<std::string> unclear;  // they are asked about alone
  for (std::size_t at = 0; at < tables.size(); at += tables_at_once) {
    const std::string question = sql::survey(*dialect_, schema_, some_of(tables, at));
    if (question.empty()) return {};
    MILLRACE_CHECK(link.each(question, "looking at the tables", {}, [&](row& r) {
      if (r.size() < cells) return true;
      const std::string table = r[0].value_or("");
      if (!add_columns(r, seen_[table])) unclear.insert(table);
      return true;
    }));
  }
  for (const std::string& table : unclear)
    seen_.erase(table);
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
