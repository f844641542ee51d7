// For tests of decoders: a collection from a list of fields, and a page decoded in given pieces
// into rows as text.
#pragma once

#include "connectors/connector.hpp"

#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::decoding {

/// A collection of the object `Account` whose field `Id`, if any, is the key, and whose field
/// `SystemModstamp`, if any, the version.
inline collection collection_of(const std::vector<std::pair<std::string, value_type>>& fields) {
  collection what;
  what.name = "accounts";
  what.object = "Account";
  what.key = fields.size();
  for (const auto& [name, type] : fields) {
    if (name == "Id") what.key = what.fields.size();
    if (name == "SystemModstamp") what.version = what.fields.size();
    field f;
    f.name = name;
    f.type = type;
    what.fields.push_back(f);
  }
  return what;
}

inline table_ptr table_of(const collection& what) {
  auto table = std::make_shared<table_schema>();
  table->collection = what.name;
  for (const field& f : what.fields) {
    table_column c;
    c.name = c.source = f.name;
    c.type = f.type;
    table->columns.push_back(c);
  }
  table->key = what.key;
  table->version = what.version;
  return table;
}

inline std::vector<std::uint32_t> all_of(const collection& what) {
  std::vector<std::uint32_t> all(what.fields.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

/// Rows as "[a|b|~]", `~` for NULL; bytes as they are.
inline std::string text_of(const batch& rows) {
  std::string out;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    out += '[';
    for (std::size_t c = 0; c < rows.columns.size(); ++c) {
      if (c > 0) out += '|';
      out += rows.columns[c].is_null(r) ? std::string_view{"~"} : rows.columns[c].value(r);
    }
    out += "]";
  }
  return out;
}

struct decoded {
  result<page_facts> facts;
  std::string rows;
  std::uint64_t adjusted = 0;
  bool even = true;  ///< every column holds as many cells as there are rows
  batch_ptr whole{};
};

/// `cuts`: where a piece ends, ascending.
template <class Decoder>
decoded decode(const collection& what, const std::vector<std::uint32_t>& selected,
               std::string_view body, const std::vector<std::size_t>& cuts = {}) {
  batch_builder rows(table_of(what), {100'000, std::size_t{1} << 30U});
  Decoder decoder(what, selected);
  decoded out{failure(errc::internal, "not fed"), {}};
  std::size_t at = 0;
  result<void> fed;
  for (std::size_t i = 0; i <= cuts.size() && fed; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : body.size();
    // A copy of its own, so that a sanitizer sees a read beyond the piece.
    const std::string piece{body.substr(at, end - at)};
    fed = decoder.feed(piece, rows);
    at = end;
  }
  if (fed) {
    out.facts = decoder.finish(rows);
  } else {
    out.facts = failure(fed.error());
  }
  out.whole = rows.take_rest();
  for (const column& c : out.whole->columns)
    out.even = out.even && c.size() == out.whole->rows;
  out.rows = text_of(*out.whole);
  out.adjusted = out.whole->adjusted;
  return out;
}

/// One byte at a time.
inline std::vector<std::size_t> byte_cuts(std::string_view body) {
  std::vector<std::size_t> cuts(body.size());
  std::iota(cuts.begin(), cuts.end(), std::size_t{0});
  return cuts;
}

/// What two decodings of the same bytes must agree on.
inline bool agree(const decoded& a, const decoded& b) {
  if (a.rows != b.rows || a.facts.has_value() != b.facts.has_value() || !a.even || !b.even)
    return false;
  if (!a.facts) return a.facts.error().code == b.facts.error().code;
  return a.adjusted == b.adjusted && a.facts->records == b.facts->records &&
         a.facts->total == b.facts->total && a.facts->next == b.facts->next &&
         a.facts->last == b.facts->last && a.facts->version_min == b.facts->version_min;
}

}  // namespace millrace::decoding
