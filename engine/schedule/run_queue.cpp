// Stride scheduling between tenants; a walk over the tenants for each run that begins.
#include "engine/schedule/run_queue.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

const run_queue::bounded& run_queue::of(const std::map<std::string, bounded>& all,
                                        const std::string& name) {
  static const bounded none;
  const auto found = all.find(name);
  return found == all.end() ? none : found->second;
}

void run_queue::bound_warehouses(const std::map<std::string, warehouse_bounds>& bounds) {
  for (const auto& [name, of_it] : bounds)
    warehouses_.try_emplace(name);
  for (auto& [name, w] : warehouses_) {
    const auto found = bounds.find(name);
    const warehouse_bounds now = found == bounds.end() ? warehouse_bounds{} : found->second;
    w.bound = now.runs;
    w.connections->bound(now.connections);
  }
}

void run_queue::add(queued_run run) {
  tenant_state& t = tenants_[run.tenant];
  // Who was away has no claim to the turns of that time.
  if (t.waiting.empty()) t.passed = std::max(t.passed, reached_);
  t.waiting.push_back(std::move(run));
  ++waiting_;
}

bool run_queue::withdraw(const std::string& pipeline) {
  for (auto& [name, t] : tenants_) {
    const auto found = std::find_if(t.waiting.begin(), t.waiting.end(),
                                    [&](const queued_run& r) { return r.pipeline == pipeline; });
    if (found == t.waiting.end()) continue;
    t.waiting.erase(found);
    --waiting_;
    return true;
  }
  return false;
}

bool run_queue::may_begin(const queued_run& run) const {
  if (run.lasts && lasting_ >= limits_.that_last) return false;
  const bounded& source = of(sources_, run.source);
  return source.running == 0 && source.has_place() && of(warehouses_, run.warehouse).has_place();
}

std::optional<queued_run> run_queue::next() {
  if (running_.size() >= limits_.at_once) return {};
  tenant_state* turn = nullptr;
  std::deque<queued_run>::iterator chosen;
  for (auto& [name, t] : tenants_) {
    if (t.waiting.empty() || t.running >= limits_.of_tenant) continue;
    if (turn != nullptr && t.passed >= turn->passed) continue;
    const auto first = std::find_if(t.waiting.begin(), t.waiting.end(),
                                    [this](const queued_run& r) { return may_begin(r); });
    if (first == t.waiting.end()) continue;
    turn = &t;
    chosen = first;
  }
  if (turn == nullptr) return {};
  auto connection = warehouses_[chosen->warehouse].connections->try_take();
  // A run that goes on has just taken the last one for itself.
  if (!connection) return next();
  chosen->connection = std::move(connection);
  queued_run run = std::move(*chosen);
  turn->waiting.erase(chosen);
  --waiting_;
  reached_ = turn->passed;
  turn->passed += 1.0 / std::max<std::uint32_t>(run.weight, 1);
  ++turn->running;
  ++sources_[run.source].running;
  ++warehouses_[run.warehouse].running;
  if (run.lasts) ++lasting_;
  running_.emplace(run.pipeline, run);
  return run;
}

void run_queue::turns_out_to_last(const std::string& pipeline) {
  const auto found = running_.find(pipeline);
  if (found == running_.end() || std::exchange(found->second.lasts, true)) return;
  ++lasting_;
}

void run_queue::ended(const std::string& pipeline) {
  const auto found = running_.find(pipeline);
  if (found == running_.end()) return;
  const queued_run& run = found->second;
  const auto tenant = tenants_.find(run.tenant);
  --tenant->second.running;
  --sources_[run.source].running;
  --warehouses_[run.warehouse].running;
  if (run.lasts) --lasting_;
  // A tenant that has nothing costs nothing; what it has had is behind the others' anyway.
  if (tenant->second.running == 0 && tenant->second.waiting.empty() &&
      tenant->second.passed <= reached_)
    tenants_.erase(tenant);
  running_.erase(found);
}

}  // namespace millrace
