// By the codes of errors alone; their texts are for people.
#include "engine/schedule/run_verdict.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

bool is_of_the_warehouse(errc code) {
  constexpr std::array codes{errc::driver_missing, errc::warehouse_unreachable,
                             errc::warehouse_refused};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_of_the_source(errc code) {
  constexpr std::array codes{errc::http_connect,     errc::http_tls,        errc::http_stalled,
                             errc::http_interrupted, errc::http_status,     errc::http_content,
                             errc::http_refused_url, errc::login_refused,   errc::session_expired,
                             errc::api_disabled,     errc::api_unavailable, errc::reconnect};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

run_verdict judge(const run_summary& summary) {
  run_verdict out;
  if (summary.outcome == outcome_kind::success || summary.outcome == outcome_kind::skipped)
    return out;
  out.blame = blame_kind::pipeline;
  const auto consider = [&](const error& why, bool of_the_run) {
    const bool warehouse = is_of_the_warehouse(why.code);
    if (warehouse && out.blame != blame_kind::warehouse) out.why.reset();
    if (!out.why) out.why = why;
    if (warehouse) out.blame = blame_kind::warehouse;
    // What one collection met need not be true of others.
    if (of_the_run && is_of_the_source(why.code)) out.blame = blame_kind::source;
    out.again_soon = out.again_soon || why.again == retry::later;
  };
  if (summary.why) consider(*summary.why, true);
  for (const collection_outcome& c : summary.collections)
    if (c.why) consider(*c.why, false);
  // The next run is due when the source has calls again.
  if (summary.outcome == outcome_kind::throttled) out.again_soon = false;
  return out;
}

milliseconds wait_before_rerun(const rerun_policy& policy, std::uint32_t failures, double chance) {
  constexpr std::uint32_t doublings_max = 20;
  const std::uint32_t doublings = std::min(failures < 2 ? 0 : failures - 1, doublings_max);
  const milliseconds whole =
      std::min(policy.wait_first * (std::int64_t{1} << doublings), policy.wait_longest);
  const auto drawn =
      milliseconds{static_cast<std::int64_t>(static_cast<double>(whole.count()) * chance)};
  return std::max(drawn, whole / 10);
}

}  // namespace millrace
