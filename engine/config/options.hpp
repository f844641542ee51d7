// The one table of configuration options: parsing, the detection of unknown keys and the reference
// page docs/configuration.md are made from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

enum class option_kind : std::uint8_t { text, secret, number, size, duration, url, texts, choice };

struct option {
  std::string_view section;  ///< "host", "warehouse.NAME", "source.NAME", "source.NAME.auth", ...
  std::string_view key;
  option_kind kind = option_kind::text;
  bool needed = false;
  std::string_view fallback;  ///< as it would be written; empty: none
  std::string_view choices;   ///< for choice: "auto|rest|bulk"
  std::string_view text;      ///< for people
  std::string_view example;
  bool planned = false;  ///< designed, and not there in this version
};

std::span<const option> option_table();
/// The option of a section; null: unknown.
const option* find_option(std::string_view section, std::string_view key);
/// "a text", "a duration such as \"3h\"": what a message says was expected.
std::string expectation_of(const option& o);
/// The reference page.
std::string options_page();

}  // namespace millrace
