// Speeds of a small batch are rough: only a large difference counts.
#include "connectors/odbc/loader_choice.hpp"

#include <fmt/format.h>

namespace millrace::odbc {
namespace {

/// Row by row, one message each, is about as fast in a local network.
constexpr double slow_rows_per_second = 1000;
constexpr double much_faster = 2;

}  // namespace

void loader_choice::offer(std::size_t index, const probe_outcome& outcome) {
  tried_.push_back({index, outcome});
  if (outcome.why_not) return;
  if (!best_ || outcome.rows_per_second > much_faster * tried_[*best_].outcome.rows_per_second)
    best_ = tried_.size() - 1;
}

bool loader_choice::settled() const {
  return best_ && tried_[*best_].outcome.rows_per_second >= slow_rows_per_second;
}

std::optional<std::size_t> loader_choice::best() const {
  if (!best_) return {};
  return tried_[*best_].index;
}

std::vector<notice> loader_choice::notices(const sql::dialect& d) const {
  std::vector<notice> out;
  for (std::size_t i = 0; i < tried_.size() && (!best_ || i < *best_); ++i) {
    const tried& t = tried_[i];
    const std::string why =
        t.outcome.why_not
            ? t.outcome.why_not->message
            : fmt::format("it took {:.0f} rows a second, and {} takes {:.0f}",
                          t.outcome.rows_per_second, name_of(d.loaders[tried_[*best_].index].kind),
                          tried_[*best_].outcome.rows_per_second);
    out.push_back({"", "loader_not_used",
                   fmt::format("the loader {} of {} is not used: {}",
                               name_of(d.loaders[t.index].kind), d.title, why)});
  }
  return out;
}

}  // namespace millrace::odbc
