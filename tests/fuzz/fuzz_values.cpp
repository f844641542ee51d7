// Any bytes as a value of any type: canonical or refused, and never another number or instant.
#include "connectors/salesforce/values.hpp"
#include "tests/fuzz/checks.hpp"

#include <cmath>

namespace {

using namespace millrace;
using fuzz::require;

void check_text(std::string_view text) {
  std::size_t plain = 0;
  while (plain < text.size() && text[plain] > 0)
    ++plain;
  require(plain_run(text.data(), text.size()) <= plain, "a plain run is plain");
  const std::string mended = mended_text(text);
  require(is_clean_text(mended), "mended text is clean");
  require(is_clean_text(text) == (mended == text), "clean text stays, other text changes");
}

void check_meaning(value_type type, const std::string& text, const std::string& cell) {
  const bool number =
      type == value_type::integer || type == value_type::decimal || type == value_type::floating;
  if (number) {
    // Both round the same exact number, so they round to the same one.
    const double before = std::strtod(text.c_str(), nullptr);
    const double after = std::strtod(cell.c_str(), nullptr);
    require(before == after, "the number is the same");
  }
  if (type == value_type::timestamp)
    require(parse_timestamp(text) == parse_timestamp(cell), "the instant is the same");
}

void check_value(value_type type, const std::string& text) {
  const collection what = decoding::collection_of({{"F", type}});
  batch_builder rows(decoding::table_of(what), {});
  column& cell = rows.at(0);
  if (!salesforce::append_value(cell, type, text, rows)) {
    require(cell.size() == 0 && cell.open_cell().empty(), "a misfit leaves nothing behind");
    require(is_clean_text(salesforce::misfit("O", "F", type, text).message), "a clean message");
    return;
  }
  require(cell.size() == 1, "one cell");
  const std::string value{cell.value(0)};
  if (cell.is_null(0)) {
    require(text.find_first_not_of('\0') == std::string::npos, "only nothing is NULL");
    return;
  }
  require(fuzz::is_canonical(type, value), "a canonical cell");
  check_meaning(type, text, value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_text(text);
  for (int i = 0; i <= static_cast<int>(value_type::time); ++i)
    check_value(static_cast<value_type>(i), text);
  return 0;
}
