// The one table of configuration options: parsing, bounds, the detection of unknown keys and the
// reference page docs/configuration.md are made from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

enum class option_kind : std::uint8_t {
  text,
  secret,  ///< never shown, in no message
  number,
  size,
  duration,
  url,
  texts,
  choice,
  table,  ///< a table with options of its own
};

struct option {
  std::string_view section;  ///< "host", "warehouse.NAME", "source.NAME", "source.NAME.auth", ...
  std::string_view key;
  option_kind kind = option_kind::text;
  bool needed = false;
  std::string_view fallback = {};  ///< as it would be written; empty: none
  std::string_view unit = {};      ///< of a number
  std::string_view low = {};       ///< bounds of numbers, sizes and durations, as written
  std::string_view high = {};
  std::string_view choices = {};  ///< "auto|rest|bulk"
  std::string_view text = {};     ///< for people
  std::string_view example = {};  ///< as it would be written
};

std::span<const option> option_table();
/// The option of a section; null: unknown.
const option* find_option(std::string_view section, std::string_view key);
/// "a text", "a duration such as \"3h\", from 1m to 30d": what a message says was expected.
std::string expectation_of(const option& o);
/// "auto|rest|bulk" as a list.
std::vector<std::string> words_of(std::string_view choices);

}  // namespace millrace
