// Small pieces of text for people: numbers, durations, columns, colours.
#pragma once

#include "engine/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// "1,234,567".
std::string grouped(std::uint64_t number);
/// "1 row", "1,234 rows".
std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);
/// "0.4s", "12s", "3m 05s", "2h 10m".
std::string spoken(milliseconds duration);
/// "12.3 MB".
std::string spoken_bytes(std::uint64_t bytes);

/// Text of a foreign hand as a terminal may be given it: valid UTF-8 on one line, without control
/// characters, so that a label or a driver's message cannot move the cursor or forge a line.
std::string printable(std::string_view text);
/// The same between double quotes, with `"` and `\\` behind backslashes: a text of TOML, and one of
/// Graphviz.
std::string quoted_line(std::string_view text);
/// Cells that a text takes on a terminal: two for the wide letters of East Asia and emoji, none for
/// marks that combine with the letter before.
std::size_t width_of(std::string_view text);
/// Cut with "…" or filled with blanks to `width` cells; numbers go to the right.
std::string fitted(std::string_view text, std::size_t width, bool right = false);

enum class tone { plain, good, bad, dim, strong };
/// With colour off the text as it is.
std::string toned(std::string_view text, tone how, bool color);

/// Rows of cells, aligned; the first row is the header. `right[i]`: column i holds numbers. Rows
/// that begin with the word of an outcome that is no success stand out.
std::string table_of(const std::vector<std::vector<std::string>>& rows,
                     const std::vector<bool>& right, bool color);

}  // namespace millrace
