// What must hold for any bytes: shared by the fuzz entries. A breach prints a word and aborts.
#pragma once

#include "engine/model/utf8.hpp"
#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline bool is_canonical_number(std::string_view t) {
  if (t == "0") return true;
  if (t.starts_with('-')) t.remove_prefix(1);
  const auto digits = [&t] {
    std::size_t n = 0;
    while (n < t.size() && t[n] >= '0' && t[n] <= '9')
      ++n;
    return n;
  };
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && t[0] == '0')) return false;
  if (whole == t.size()) return t != "0";
  if (t[whole] != '.') return false;
  t.remove_prefix(whole + 1);
  return !t.empty() && digits() == t.size() && t.back() != '0';
}

/// "2024-01-02 03:04:05.678" against a pattern where 0 stands for any digit.
inline bool is_like(std::string_view t, std::string_view pattern) {
  return std::equal(t.begin(), t.end(), pattern.begin(), pattern.end(),
                    [](char c, char p) { return p == '0' ? c >= '0' && c <= '9' : c == p; });
}

/// The canonical form of each type (types.hpp), told by other means than the code under test.
inline bool is_canonical(value_type type, std::string_view t) {
  switch (type) {
    case value_type::text:
      return !t.empty() && is_clean_text(t) && mended_text(t) == t;
    case value_type::boolean:
      return t == "0" || t == "1";
    case value_type::integer:
      return is_canonical_number(t) && t.find('.') == std::string_view::npos && t.size() <= 20;
    case value_type::decimal:
    case value_type::floating:
      return is_canonical_number(t);
    case value_type::date:
      return is_like(t, "0000-00-00") && parse_timestamp(std::string(t) + " 00:00:00");
    case value_type::timestamp:
      return is_like(t, "0000-00-00 00:00:00.000") && parse_timestamp(t);
    case value_type::time:
      return is_like(t, "00:00:00.000") && parse_timestamp("2000-01-01 " + std::string(t));
  }
  return false;
}

inline collection every_type() {
  return decoding::collection_of({{"Id", value_type::text},
                                  {"Name", value_type::text},
                                  {"Flag", value_type::boolean},
                                  {"Count", value_type::integer},
                                  {"Amount", value_type::decimal},
                                  {"Ratio", value_type::floating},
                                  {"Day", value_type::date},
                                  {"SystemModstamp", value_type::timestamp},
                                  {"Hour", value_type::time}});
}

inline void check_rows(const collection& what, const decoding::decoded& made) {
  require(made.even, "columns of equal size");
  if (made.facts) require(made.facts->records == made.whole->rows, "every record a row");
  for (std::size_t c = 0; c < what.fields.size(); ++c) {
    const column& cells = made.whole->columns[c];
    for (std::size_t r = 0; r < made.whole->rows; ++r)
      require(cells.is_null(r) ? cells.value(r).empty()
                               : is_canonical(what.fields[c].type, cells.value(r)),
              "every cell canonical");
  }
}

/// A page decoded whole, in pieces, and byte by byte gives the same. Where it is cut follows from
/// its bytes, so that corpus files are plain pages.
template <class Decoder>
void check_page(std::string_view body) {
  static const collection what = every_type();
  // A short selection lets mutations of a page stay complete more often.
  static const std::vector<std::vector<std::uint32_t>> selections{
      decoding::all_of(what), {0, 7}, {1}};
  for (const auto& selected : selections) {
    const auto whole = decoding::decode<Decoder>(what, selected, body);
    check_rows(what, whole);
    std::uint32_t mix = static_cast<std::uint32_t>(body.size());
    for (const char c : body)
      mix = mix * 31 + static_cast<unsigned char>(c);
    std::minstd_rand random(mix | 1U);
    std::vector<std::size_t> cuts(1 + random() % 8);
    for (std::size_t& cut : cuts)
      cut = random() % (body.size() + 1);
    std::sort(cuts.begin(), cuts.end());
    require(decoding::agree(whole, decoding::decode<Decoder>(what, selected, body, cuts)),
            "pieces give the same");
    if (body.size() <= 1024)
      require(decoding::agree(whole, decoding::decode<Decoder>(what, selected, body,
                                                               decoding::byte_cuts(body))),
              "single bytes give the same");
  }
}

}  // namespace millrace::fuzz
