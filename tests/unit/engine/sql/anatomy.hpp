// Statements taken apart by rules of the warehouses' own, not by those that wrote them.
#pragma once

#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

/// A statement taken apart: names and texts by themselves, the rest with a mark for each of them.
struct anatomy {
  std::string bones;  ///< "CREATE TABLE ¤.¤ (¤ text)"
  std::vector<std::string> names;
  std::vector<std::string> texts;
  bool open = false;  ///< a quote has no end
};

/// What stands between quotes that begin at `at`; moves it behind them.
inline std::optional<std::string> taken(std::string_view all, std::size_t& at,
                                        std::string_view close, bool backslash_escapes,
                                        bool doubling) {
  std::string out;
  while (at < all.size()) {
    if (backslash_escapes && all[at] == '\\' && at + 1 < all.size()) {
      out += all[at + 1];
      at += 2;
    } else if (all.substr(at).starts_with(close)) {
      at += close.size();
      if (!doubling || !all.substr(at).starts_with(close)) return out;
      out += close;
      at += close.size();
    } else {
      out += all[at++];
    }
  }
  return {};
}

inline anatomy dissect(const dialect& d, std::string_view statement) {
  anatomy out;
  for (std::size_t at = 0; at < statement.size();) {
    std::optional<std::string> part;
    if (statement.substr(at).starts_with(d.quote_open)) {
      const bool backslash = d.in_names == quote_escape::backslash;
      part = taken(statement, at += d.quote_open.size(), d.quote_close, backslash, !backslash);
      out.names.push_back(part.value_or(""));
    } else if (statement[at] == '\'') {
      part = taken(statement, ++at, "'", d.backslash_escapes, d.in_texts == quote_escape::doubled);
      out.texts.push_back(part.value_or(""));
    } else {
      out.bones += statement[at++];
      continue;
    }
    out.open = out.open || !part;
    out.bones += "¤";
  }
  return out;
}

}  // namespace millrace::sql
