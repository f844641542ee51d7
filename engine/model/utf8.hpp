// Text that a warehouse can take: valid UTF-8 without NUL, and what becomes of other bytes (I9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace {

/// How many bytes at the front are certainly ASCII without NUL. May stop early, never late: it is
/// the quick way past what most cells are.
inline std::size_t plain_run(const char* bytes, std::size_t size) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  for (; i + 16 <= size; i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
    // The top bit says "not ASCII", and a NUL's comparison sets it too.
    if (_mm_movemask_epi8(_mm_or_si128(block, _mm_cmpeq_epi8(block, zero))) != 0) break;
  }
#endif
  constexpr std::uint64_t high = 0x8080808080808080U;
  constexpr std::uint64_t ones = 0x0101010101010101U;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, 8);
    if (((word | ((word - ones) & ~word)) & high) != 0) break;
  }
  while (i<size&& static_cast<signed char>(bytes[i])> 0)
    ++i;
  return i;
}

/// Valid UTF-8 without NUL.
bool is_clean_text(std::string_view text);

/// The same for many kilobytes at once, which is many times faster: a piece cut from a longer text,
/// so that sequences at both ends may lack bytes. Texts between two ASCII bytes of a clean piece
/// are clean.
bool is_clean_piece(std::string_view piece);

/// What is left of a text by the stated policy: NUL bytes go, and each sequence that is not UTF-8
/// becomes one U+FFFD: the longest beginning of a valid sequence, or a surrogate in three bytes, or
/// a single byte.
std::string mended_text(std::string_view text);

/// The same, cut between two letters to so many bytes at most, with "…" where something is missing.
/// `bytes_max` is at least that of the "…", three.
std::string shortened_text(std::string_view text, std::size_t bytes_max);

}  // namespace millrace
