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
/// "0.4s", "12s", "3m 05s", "2h 10m".
std::string spoken(milliseconds duration);
/// "12.3 MB".
std::string spoken_bytes(std::uint64_t bytes);
/// Cells a text takes on a terminal: code points, which is right for the names that occur here.
std::size_t width_of(std::string_view text);
/// Cut with "…" or filled with blanks to `width`; numbers go to the right.
std::string fitted(std::string_view text, std::size_t width, bool right = false);

enum class tone { plain, good, bad, dim, strong };
/// With colour off the text as it is.
std::string toned(std::string_view text, tone how, bool color);

/// Rows of cells, aligned; the first row is the header. `right[i]`: column i holds numbers.
std::string table_of(const std::vector<std::vector<std::string>>& rows,
                     const std::vector<bool>& right, bool color);

}  // namespace millrace
