// Formatting for people. Nothing here is parsed by machines: they have JSON.
#include "cli/text.hpp"

#include "engine/model/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace {
namespace {

struct range {
  char32_t first;
  char32_t last;
};

/// The letters that terminals draw over two cells: East Asian Wide and Fullwidth, coarsely.
constexpr auto wide = std::to_array<range>({{0x1100, 0x115F},
                                            {0x2E80, 0x303E},
                                            {0x3041, 0xA4CF},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0xFFE0, 0xFFE6},
                                            {0x1F300, 0x1F64F},
                                            {0x1F680, 0x1F6FF},
                                            {0x1F900, 0x1F9FF},
                                            {0x20000, 0x3FFFD}});
/// Marks that combine with the letter before, joiners, and variation selectors.
constexpr auto without_width = std::to_array<range>({{0x0300, 0x036F},
                                                     {0x1AB0, 0x1AFF},
                                                     {0x200B, 0x200F},
                                                     {0x20D0, 0x20FF},
                                                     {0xFE00, 0xFE0F},
                                                     {0xFE20, 0xFE2F}});

template <std::size_t Size>
bool is_in(char32_t letter, const std::array<range, Size>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [letter](const range& r) { return letter >= r.first && letter <= r.last; });
}

struct letter {
  char32_t code = 0;
  std::size_t bytes = 1;
  [[nodiscard]] std::size_t cells() const {
    if (code < 0x300) return 1;
    if (is_in(code, without_width)) return 0;
    return is_in(code, wide) ? 2 : 1;
  }
};

/// Of a text that is not empty. What is not UTF-8 counts as one letter a byte.
letter first_letter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 1 || text.size() < bytes) return {lead, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {lead, 1};
    code = (code << 6U) | (next & 0x3FU);
  }
  return {code, bytes};
}

bool stands_out(std::string_view outcome) {
  return outcome == "failure" || outcome == "throttled" || outcome == "partial" ||
         outcome == "differs";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", grouped(number), number == 1 ? singular : plural);
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

std::string printable(std::string_view text) {
  const std::string clean = mended_text(text);
  std::string out;
  out.reserve(clean.size());
  for (std::string_view rest = clean; !rest.empty();) {
    const letter l = first_letter(rest);
    if (l.code == '\n' || l.code == '\t' || l.code == '\r') {
      out += ' ';
    } else if (l.code < 0x20 || (l.code >= 0x7F && l.code <= 0x9F)) {
      out += '?';  // escape sequences begin with these
    } else {
      out.append(rest, 0, l.bytes);
    }
    rest.remove_prefix(l.bytes);
  }
  return out;
}

std::string quoted_line(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::size_t width_of(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const letter l = first_letter(text);
    cells += l.cells();
    text.remove_prefix(l.bytes);
  }
  return cells;
}

std::string fitted(std::string_view text, std::size_t width, bool right) {
  const std::size_t have = width_of(text);
  if (have <= width) {
    const std::string blanks(width - have, ' ');
    return right ? blanks + std::string(text) : std::string(text) + blanks;
  }
  if (width == 0) return {};
  std::string out;
  std::size_t taken = 0;
  while (true) {  // ends before the text does, for all of it is wider
    const letter l = first_letter(text);
    if (taken + l.cells() > width - 1) break;
    taken += l.cells();
    out.append(text, 0, l.bytes);
    text.remove_prefix(l.bytes);
  }
  out += "…";
  return out + std::string(width - 1 - taken, ' ');
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
  std::vector<std::vector<std::string>> cells = rows;
  for (auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i]);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string out;
  for (std::size_t r = 0; r < cells.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      if (i > 0) line += "  ";
      const bool last = i + 1 == cells[r].size() && !right[i];
      line += last ? cells[r][i] : fitted(cells[r][i], widths[i], right[i]);
    }
    if (r == 0) {
      line = toned(line, tone::strong, color);
    } else if (stands_out(cells[r].front())) {
      line = toned(line, tone::bad, color);
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace millrace
