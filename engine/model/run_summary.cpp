// Deriving a run's outcome.
#include "engine/model/run_summary.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr int exit_partial = 3;
constexpr int exit_failure = 4;

void conclude_by_error(run_summary& summary, const error& why) {
  summary.outcome =
      why.code == errc::request_limit ? outcome_kind::throttled : outcome_kind::failure;
  summary.exit_code = exit_code_of(why.code);
}

/// Nothing was loaded, and the run itself came to its end: the collections say why.
void conclude_by_collections(run_summary& summary) {
  bool all_throttled = true;
  std::optional<int> code;
  for (const collection_outcome& c : summary.collections) {
    if (c.kind == outcome_kind::skipped) continue;
    all_throttled = all_throttled && c.kind == outcome_kind::throttled;
    // An outcome that is no success and has no error is a fault of millrace's own.
    const int own = exit_code_of(c.why ? c.why->code : errc::internal);
    code = code && *code != own ? exit_failure : own;
  }
  summary.outcome = all_throttled ? outcome_kind::throttled : outcome_kind::failure;
  summary.exit_code = code.value_or(exit_code_of(errc::internal));
}

}  // namespace

collection_counts totals_of(const run_summary& summary) {
  collection_counts total;
  total.requests = summary.requests_other;
  for (const collection_outcome& c : summary.collections)
    total += c.counts;
  return total;
}

std::uint64_t calls_of(const run_summary& summary) {
  std::uint64_t sum = 0;
  for (const auto& [purpose, calls] : summary.calls)
    sum += calls;
  return summary.calls.empty() ? totals_of(summary).requests : sum;
}

void conclude_run(run_summary& summary) {
  const auto any = [&](auto... kinds) {
    return std::any_of(summary.collections.begin(), summary.collections.end(),
                       [&](const collection_outcome& c) { return ((c.kind == kinds) || ...); });
  };
  const bool any_bad = any(outcome_kind::partial, outcome_kind::failure, outcome_kind::throttled);
  if (!summary.why && !any_bad) {
    const bool loaded =
        summary.looked_at == 0 && (summary.collections.empty() || any(outcome_kind::success));
    summary.outcome = loaded ? outcome_kind::success : outcome_kind::skipped;
    summary.exit_code = 0;
  } else if (any(outcome_kind::success, outcome_kind::partial) ||
             (summary.looked_at > 0 && !summary.why)) {
    summary.outcome = outcome_kind::partial;
    summary.exit_code = exit_partial;
  } else if (summary.why) {
    conclude_by_error(summary, *summary.why);
  } else {
    conclude_by_collections(summary);
  }
}

int exit_code_of(const std::vector<run_summary>& summaries) {
  if (summaries.empty()) return exit_code_of(errc::internal);
  bool any_good = false;
  std::optional<int> trouble;
  for (const run_summary& s : summaries) {
    if (s.exit_code == 0 || s.exit_code == exit_partial) any_good = true;
    if (s.exit_code != 0) trouble = trouble && *trouble != s.exit_code ? exit_failure : s.exit_code;
  }
  if (!trouble) return 0;
  return any_good ? exit_partial : *trouble;
}

}  // namespace millrace
