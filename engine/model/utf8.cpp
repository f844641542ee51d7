// Well-formed sequences by table 3-7 of the Unicode standard.
#include "engine/model/utf8.hpp"

#include <algorithm>
#include <simdjson.h>

namespace millrace {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// What stands at the front of some bytes.
struct sequence {
  std::size_t length = 1;
  bool valid = false;
};

bool is_between(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

/// `text` is not empty and begins with neither ASCII nor NUL.
sequence first_sequence(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::size_t wanted = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // A surrogate is one fault, as it is when JSON spells it `\ud800`.
  if (lead == 0xED && text.size() >= 3 && is_between(text[1], 0xA0, 0xBF) &&
      is_between(text[2], 0x80, 0xBF))
    return {3, false};
  // The second byte's range keeps overlong forms, surrogates and what is past U+10FFFF out.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text.size() < 2 || !is_between(text[1], low, high)) return {};
  std::size_t length = 2;
  while (length < wanted && length < text.size() && is_between(text[length], 0x80, 0xBF))
    ++length;
  return {length, length == wanted};
}

}  // namespace

bool is_clean_piece(std::string_view piece) {
  constexpr std::size_t cut_bytes_max = 3;
  const auto is_inner = [](char c) { return is_between(c, 0x80, 0xBF); };
  for (std::size_t i = 0; i < cut_bytes_max && !piece.empty() && is_inner(piece.front()); ++i)
    piece.remove_prefix(1);
  // Back to the lead byte of the last sequence, when that one is cut.
  for (std::size_t i = 1; i <= std::min(cut_bytes_max, piece.size()); ++i) {
    const char c = piece[piece.size() - i];
    if (is_inner(c)) continue;
    const std::size_t wanted = is_between(c, 0xF0, 0xFF)   ? 4
                               : is_between(c, 0xE0, 0xEF) ? 3
                               : is_between(c, 0xC0, 0xDF) ? 2
                                                           : 1;
    if (wanted > i) piece.remove_suffix(i);
    break;
  }
  return piece.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(piece.data(), piece.size());
}

bool is_clean_text(std::string_view text) {
  while (true) {
    text.remove_prefix(plain_run(text.data(), text.size()));
    if (text.empty()) return true;
    if (text[0] == '\0') return false;
    // Other alphabets come in runs: stay with them as long as they last.
    while (!text.empty() && static_cast<signed char>(text[0]) < 0) {
      const sequence found = first_sequence(text);
      if (!found.valid) return false;
      text.remove_prefix(found.length);
    }
  }
}

std::string mended_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = plain_run(text.data(), text.size());
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text[0] == '\0') {
      text.remove_prefix(1);
      continue;
    }
    const sequence found = first_sequence(text);
    if (found.valid) {
      out.append(text, 0, found.length);
    } else {
      out += replacement;
    }
    text.remove_prefix(found.length);
  }
  return out;
}

std::string shortened_text(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  std::string out = mended_text(text);
  if (out.size() <= bytes_max) return out;
  std::size_t end = bytes_max - ellipsis.size();
  while (end > 0 && is_between(out[end], 0x80, 0xBF))
    --end;
  out.resize(end);
  out += ellipsis;
  return out;
}

}  // namespace millrace
