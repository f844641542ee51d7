// What happens in an org because time passes: commits, the recycle bin, jobs, the day's calls.
#include "org.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr stamp job_kept_ms = 7 * day_ms;

/// Calls that an org counts: those with a session. A batch costs what is in it.
bool costs(const std::string& kind) {
  return kind != "token" && kind != "soap_login" && kind != "versions" && kind != "no_session" &&
         kind != "batch";
}

}  // namespace

void org::commit_at(stamp began, stamp due, std::function<void()> writes) {
  if (due <= now()) return writes();
  pending_.push_back({began, due, std::move(writes)});
}

void org::settle() {
  const stamp present = now();
  while (!pending_.empty()) {
    const auto next = std::min_element(pending_.begin(), pending_.end(),
                                       [](const auto& a, const auto& b) { return a.due < b.due; });
    if (next->due > present) break;
    const auto writes = std::move(next->writes);
    pending_.erase(next);
    writes();
  }
  for (const deletion& d : deleted.expire(present))
    if (const object_def* object = known(d.object)) {
      table& rows = records(*object);
      if (const row r = rows.at(d.number); r.deleted && !r.gone)
        rows.purge(d.number, next_moment());
    }
  deleted.purge_log(present, settings.delete_log_limit);
  std::erase_if(jobs, [&](const auto& job) { return job.second.created + job_kept_ms < present; });
  while (!calls_.empty() && calls_.front().first <= present - day_ms) {
    used_ -= calls_.front().second;
    calls_.pop_front();
  }
}

stamp org::oldest_transaction() const {
  stamp out = now() - settings.long_transaction_seconds * 1000;
  for (const pending& p : pending_)
    out = std::min(out, p.began);
  return out;
}

bool org::count(const std::string& kind, const std::string& object,
                const std::optional<std::string>& paid_as) {
  ++total;
  ++kinds[kind];
  if (!object.empty()) ++of_objects[object][kind];
  if (!paid_as || !costs(kind)) return true;
  if (used_ >= settings.daily_limit) return false;
  ++paid[*paid_as];
  spend(1);
  return true;
}

void org::spend(std::uint64_t calls) {
  // By the minute: a day's list stays short however many calls there are.
  const stamp minute = now() / minute_ms * minute_ms;
  if (calls_.empty() || calls_.back().first != minute) calls_.emplace_back(minute, 0);
  calls_.back().second += calls;
  used_ += calls;
  spent += calls;
}

}  // namespace sandbox
