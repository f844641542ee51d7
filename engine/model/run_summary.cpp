// Deriving a run's outcome.
#include "engine/model/run_summary.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr int exit_partial = 3;

outcome_kind kind_of(const error& why) {
  return why.code == errc::request_limit ? outcome_kind::throttled : outcome_kind::failure;
}

}  // namespace

void conclude_run(run_summary& summary) {
  const auto count = [&](outcome_kind kind) {
    return std::count_if(summary.collections.begin(), summary.collections.end(),
                         [&](const collection_outcome& c) { return c.kind == kind; });
  };
  const auto all = static_cast<std::ptrdiff_t>(summary.collections.size());
  const std::ptrdiff_t good = count(outcome_kind::success);
  if (!summary.why && good == all) {
    summary.outcome = outcome_kind::success;
    summary.exit_code = 0;
    return;
  }
  if (good > 0) {
    summary.outcome = outcome_kind::partial;
    summary.exit_code = exit_partial;
    return;
  }
  const error* why = summary.why ? &*summary.why : nullptr;
  for (const collection_outcome& c : summary.collections)
    if (why == nullptr && c.why) why = &*c.why;
  summary.outcome = why != nullptr ? kind_of(*why) : outcome_kind::failure;
  summary.exit_code = why != nullptr ? exit_code_of(why->code) : exit_code_of(errc::internal);
}

int exit_code_of(const std::vector<run_summary>& summaries) {
  int code = 0;
  bool any_good = false;
  for (const run_summary& s : summaries) {
    if (s.exit_code == 0) {
      any_good = true;
    } else if (code == 0) {
      code = s.exit_code;
    } else if (code != s.exit_code) {
      code = exit_partial;
    }
  }
  return code != 0 && any_good ? exit_partial : code;
}

}  // namespace millrace
