// Brackets are counted outside of texts; nothing is copied and nothing recurses.
#include "connectors/salesforce/json_slices.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace::salesforce {
namespace {

/// Bytes that are looked at together.
constexpr std::size_t mark_block = 16;

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }
  bool take(char wanted) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  /// A text with its quotes.
  std::optional<std::string_view> text() {
    skip_blanks();
    const std::size_t begin = at_;
    if (!skip_text()) return {};
    return text_.substr(begin, at_ - begin);
  }
  std::optional<std::string_view> value() {
    skip_blanks();
    const std::size_t begin = at_;
    const char first = at_ < text_.size() ? text_[at_] : ',';
    if (first == '"') {
      if (!skip_text()) return {};
    } else if (first == '{' || first == '[') {
      if (!skip_structure()) return {};
    } else {
      while (at_ < text_.size() && !ends_word(text_[at_]))
        ++at_;
      if (at_ == begin) return {};
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  static bool ends_word(char c) {
    return c == ',' || c == '}' || c == ']' || c == ':' || c == '"' || c == '{' || c == '[' ||
           is_blank(c);
  }

  /// To behind the bracket that closes the one here: from mark to mark, for most bytes are none.
  bool skip_structure() {
    std::size_t depth = 0;
    for (std::size_t block = at_; block < text_.size(); block += mark_block) {
      std::uint32_t marks = marks_in(block);
      while (marks != 0) {
        const std::size_t mark = block + static_cast<std::size_t>(std::countr_zero(marks));
        marks &= marks - 1;
        if (mark < at_) continue;  // within a text that was skipped
        at_ = mark;
        if (text_[mark] == '"') {
          if (!skip_text()) return false;
          continue;
        }
        at_ = mark + 1;
        if (text_[mark] == '{' || text_[mark] == '[') {
          ++depth;
        } else if (--depth == 0) {
          return true;
        }
      }
    }
    return false;
  }

  /// Which of the bytes from `at` on are quotes and brackets.
  [[nodiscard]] std::uint32_t marks_in(std::size_t at) const {
#if defined(__SSE2__)
    if (at + mark_block <= text_.size()) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + at));
      // `{` and `[`, and likewise `}` and `]`, differ by this bit; no other pair of theirs does.
      const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
      const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                         _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')),
                                                      _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))));
      return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
    }
#endif
    std::uint32_t marks = 0;
    for (std::size_t i = at; i < std::min(at + mark_block, text_.size()); ++i)
      if (const char c = text_[i]; c == '"' || c == '{' || c == '[' || c == '}' || c == ']')
        marks |= std::uint32_t{1} << (i - at);
    return marks;
  }

  bool skip_text() {
    if (at_ == text_.size() || text_[at_] != '"') return false;
    const std::size_t begin = at_ + 1;
    for (std::size_t end = text_.find('"', begin); end != std::string_view::npos;
         end = text_.find('"', end + 1)) {
      std::size_t slashes = 0;
      while (end - slashes > begin && text_[end - slashes - 1] == '\\')
        ++slashes;
      if (slashes % 2 == 1) continue;  // the last one is before the quote
      at_ = end + 1;
      return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<std::pair<std::string_view, std::string_view>>> members_of(
    std::string_view text) {
  scanner s(text);
  std::vector<std::pair<std::string_view, std::string_view>> out;
  if (!s.take('{')) return {};
  if (!s.take('}')) {
    do {
      const auto name = s.text();
      if (!name || !s.take(':')) return {};
      const auto value = s.value();
      if (!value) return {};
      out.emplace_back(name->substr(1, name->size() - 2), *value);
    } while (s.take(','));
    if (!s.take('}')) return {};
  }
  if (!s.at_end()) return {};
  return out;
}

std::optional<std::vector<std::string_view>> elements_of(std::string_view text) {
  scanner s(text);
  std::vector<std::string_view> out;
  if (!s.take('[')) return {};
  if (!s.take(']')) {
    do {
      const auto value = s.value();
      if (!value) return {};
      out.push_back(*value);
    } while (s.take(','));
    if (!s.take(']')) return {};
  }
  if (!s.at_end()) return {};
  return out;
}

}  // namespace millrace::salesforce
