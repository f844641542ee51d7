// A difference need not be a fault: the source goes on while a copy stands still.
#include "engine/model/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace {
namespace {

void add_odd(std::string& text, const odd_ones& odd, std::string_view what) {
  if (odd.count == 0) return;
  if (!text.empty()) text += "; ";
  text += fmt::format("{} {}: {}{}", odd.count, what, fmt::join(odd.keys, ", "),
                      odd.count > odd.keys.size() ? " .." : "");
}

/// More rows than records that nothing explains.
bool counts_differ(const copy_comparison& found) {
  return found.rows < found.records || (found.rows > found.records && !found.keeps_gone);
}

}  // namespace

bool differs(const copy_comparison& found) {
  if (counts_differ(found)) return true;
  if (!found.cells) return false;
  return found.cells->missing.count > 0 || found.cells->differing.count > 0 ||
         (found.cells->surplus.count > 0 && !found.keeps_gone);
}

error difference_of(const copy_comparison& found, const std::string& target) {
  std::string text;
  if (counts_differ(found))
    text = fmt::format("the source has {} records and the table {} rows of records that are there",
                       found.records, found.rows);
  if (found.cells) {
    add_odd(text, found.cells->missing, "without a row");
    add_odd(text, found.cells->differing, "whose row has another value");
    if (!found.keeps_gone) add_odd(text, found.cells->surplus, "rows without a record");
  }
  std::string meaning = "it may be what changed in the source since the last run";
  if (found.rows > found.records && found.deletions_asked)
    meaning += fmt::format(", or was deleted for good after {}, when the source was last asked",
                           to_canonical(*found.deletions_asked));
  error out{errc::copy_differs,
            text,
            fmt::format("{0}: run `millrace sync {1}` and check again; what stays is read anew, "
                        "and missed deletions are found, by `millrace sync --full {1}`",
                        meaning, target),
            retry::never,
            {},
            {}};
  return out;
}

}  // namespace millrace
