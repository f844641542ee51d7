// Formatting for people. Nothing here is parsed by machines: they have JSON.
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string spoken(milliseconds duration) {
  const auto ms = std::max<std::int64_t>(duration.count(), 0);
  if (ms < 10'000) return fmt::format("{}.{}s", ms / 1000, ms % 1000 / 100);
  const std::int64_t s = ms / 1000;
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
  return fmt::format("{}h {:02}m", s / 3600, s % 3600 / 60);
}

std::string spoken_bytes(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", value / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", value / 1e6);
  return fmt::format("{:.1f} GB", value / 1e9);
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string fitted(std::string_view text, std::size_t width, bool right) {
  const std::size_t have = width_of(text);
  if (have <= width) {
    const std::string blanks(width - have, ' ');
    return right ? blanks + std::string(text) : std::string(text) + blanks;
  }
  std::string out;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && ++taken >= width) break;
    out += text[i];
  }
  return out + "…";
}

std::string toned(std::string_view text, tone how, bool color) {
  if (!color || how == tone::plain) return std::string(text);
  const char* code = how == tone::good  ? "32"
                     : how == tone::bad ? "31"
                     : how == tone::dim ? "2"
                                        : "1";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string table_of(const std::vector<std::vector<std::string>>& rows,
                     const std::vector<bool>& right, bool color) {
  std::vector<std::size_t> widths(right.size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      if (i > 0) line += "  ";
      const bool last = i + 1 == rows[r].size() && !right[i];
      line += last ? rows[r][i] : fitted(rows[r][i], widths[i], right[i]);
    }
    if (r == 0) {
      line = toned(line, tone::strong, color);
    } else if (rows[r].front() == "failure" || rows[r].front() == "throttled") {
      line = toned(line, tone::bad, color);
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace millrace
