// Only backslashes are looked at, so a page without them costs one memchr.
#include "connectors/salesforce/surrogate_mender.hpp"

#include <algorithm>

namespace millrace::salesforce {
namespace {

bool is_any(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

constexpr std::string_view hex = "0123456789abcdefABCDEF";
/// What each character of an escape may be; the high half and then the low half of a pair.
constexpr std::string_view pair[] = {"\\", "u", "dD", "89abAB",   hex, hex,
                                     "\\", "u", "dD", "cdefCDEF", hex, hex};
constexpr std::size_t half = 6;

/// How many characters at the front are as `pair` from `from` on.
std::size_t matching(std::string_view text, std::size_t from, std::size_t to) {
  std::size_t n = 0;
  while (from + n < to && n < text.size() && is_any(text[n], pair[from + n]))
    ++n;
  return n;
}

enum class escape : std::uint8_t { other, whole_pair, lone, cut };

/// `text` begins with a backslash.
escape look_at(std::string_view text) {
  if (text.size() == 1) return escape::cut;
  const std::size_t high = matching(text, 0, 2 * half);
  if (high == 2 * half) return escape::whole_pair;
  if (high == text.size()) return escape::cut;
  if (high >= half) return escape::lone;
  const std::size_t low = matching(text, half, 2 * half);
  if (low == half) return escape::lone;
  return low == text.size() ? escape::cut : escape::other;
}

}  // namespace

std::string_view surrogate_mender::mend(std::string_view bytes) {
  mended_ = 0;
  if (!held_.empty()) {
    joined_.assign(held_).append(bytes);
    held_.clear();
    bytes = joined_;
  }
  out_.clear();
  std::size_t copied = 0;
  std::size_t at = bytes.find('\\');
  while (at != std::string_view::npos) {
    const escape found = look_at(bytes.substr(at));
    if (found == escape::cut) {
      held_ = bytes.substr(at);
      bytes = bytes.substr(0, at);
      break;
    }
    if (found == escape::lone) {
      out_.append(bytes, copied, at - copied).append("\\ufffd");
      copied = at + half;
      ++mended_;
    }
    at += found == escape::whole_pair ? 2 * half : found == escape::lone ? half : 2;
    at = bytes.find('\\', at);
  }
  if (mended_ == 0) return bytes;
  out_.append(bytes, copied);
  return out_;
}

}  // namespace millrace::salesforce
