// Edit distance with neighbouring letters swapped counted as one slip.
#include "engine/config/suggest.hpp"

#include <algorithm>
#include <numeric>

namespace millrace {
namespace {

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return folded(c); });
  return out;
}

constexpr std::size_t word_bytes_max = 64;  // longer words are no typing slips, and cost squares

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t cost = a[i - 1] == b[k - 1] ? 0 : 1;
      now[k] = std::min({last[k] + 1, now[k - 1] + 1, last[k - 1] + cost});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        now[k] = std::min(now[k], before[k - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_word(std::string_view wrong, const std::vector<std::string>& words) {
  if (wrong.size() > word_bytes_max) return {};
  const std::string wanted = folded(wrong);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string& word : words) {
    if (word.size() > word_bytes_max) continue;
    const std::size_t d = distance(wanted, folded(word));
    if (d < best_distance) {
      best_distance = d;
      best = word;
    }
  }
  return best;
}

}  // namespace millrace
