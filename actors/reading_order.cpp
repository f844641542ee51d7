// A stable sort: what stands equal stays in the order of size.
#include "actors/reading_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>

namespace millrace {
namespace {

bool is_of_the_run(const error& why) {
  return std::find(why.context.begin(), why.context.end(),
                   std::pair<std::string, std::string>("budget", "run")) != why.context.end();
}

}  // namespace

std::vector<std::size_t> reading_order(const std::vector<collection_task>& tasks,
                                       const std::vector<checkpoint>& checkpoints) {
  std::map<std::string_view, time_point> committed;
  for (const checkpoint& c : checkpoints)
    committed.emplace(c.collection, c.committed_at);
  const auto rank = [&](std::size_t place) {
    const collection& what = tasks[place].what;
    const auto found = committed.find(what.name);
    const bool is_known = found != committed.end();
    return std::tuple(priority_highest - what.priority, is_known,
                      is_known ? found->second : time_point{});
  };
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

void tell_what_waits(run_summary& summary, milliseconds every) {
  bool of_the_run = true;
  for (const collection_outcome& c : summary.collections) {
    if (c.kind != outcome_kind::throttled) continue;
    summary.waiting.push_back(c.collection);
    of_the_run = of_the_run && c.why && is_of_the_run(*c.why);
  }
  if (summary.why && summary.why->code == errc::request_limit)
    of_the_run = is_of_the_run(*summary.why);
  else if (summary.waiting.empty())
    return;
  summary.continues = of_the_run ? summary.started + every : summary.ended + std::chrono::hours(24);
  summary.continues_with_next_run = of_the_run;
}

}  // namespace millrace
