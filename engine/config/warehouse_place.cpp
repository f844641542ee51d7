// Parts of a connection string that say where the database is. What the warehouse itself would tell
// - links, aliases, what a DSN stands for - is not known before it is asked.
#include "engine/config/warehouse_place.hpp"

#include "engine/lower_case.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

namespace millrace {
namespace {

constexpr std::string_view schema_mark = "{schema}";

using part = std::pair<std::string, std::string>;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// Takes one value from the front: up to ';', or in braces, where a closing brace is doubled.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('{')) {
    const std::size_t end = std::min(text.find(';'), text.size());
    value = trimmed(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  std::size_t i = 1;
  for (; i < text.size(); ++i) {
    if (text[i] == '}' && !text.substr(i + 1).starts_with('}')) break;
    value += text[i];
    if (text[i] == '}') ++i;
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

/// Keys in lower case; of a key that is there twice the first counts, as for drivers.
std::vector<part> parts_of(std::string_view text) {
  std::vector<part> out;
  while (!text.empty()) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    std::string_view key = text.substr(0, equals);
    key.remove_prefix(std::min(key.find_first_not_of("; "), key.size()));
    text.remove_prefix(equals + 1);
    out.emplace_back(lowered(trimmed(key)), take_value(text));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const part& a, const part& b) { return a.first < b.first; });
  out.erase(std::unique(out.begin(), out.end(),
                        [](const part& a, const part& b) { return a.first == b.first; }),
            out.end());
  return out;
}

/// How one gets in, not where one is then.
bool says_nothing_of_the_place(std::string_view key) {
  constexpr std::array words{"driver", "uid", "user", "pwd", "pass", "token", "secret", "key"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return key.find(w) != std::string_view::npos; });
}

/// No server has a database of such a name.
bool is_path(std::string_view database) {
  constexpr std::array ends{".db", ".db3", ".sqlite", ".sqlite3", ".duckdb"};
  return database.find_first_of("/\\") != std::string_view::npos ||
         std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view e) { return database.ends_with(e); });
}

}  // namespace

warehouse_place place_of(std::string_view odbc, std::string_view schema) {
  warehouse_place out;
  std::string text(odbc);
  for (std::size_t at = 0; (at = text.find(schema_mark, at)) != std::string::npos;
       at += schema.size()) {
    text.replace(at, schema_mark.size(), schema);
    out.named_by_schema = true;
  }
  const std::vector<part> parts = parts_of(text);
  for (const auto& [key, value] : parts) {
    if ((key != "database" && key != "dbname" && key != "dbq") || !is_path(value)) continue;
    out.is_file = true;
    out.database = std::filesystem::path(value).lexically_normal().string();
    return out;
  }
  for (const auto& [key, value] : parts)
    if (!says_nothing_of_the_place(key))
      out.database.append(key).append("=").append(value).append("\n");
  return out;
}

}  // namespace millrace
