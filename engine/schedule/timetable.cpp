// One ordered set of what waits for its time; whatever is under way or paused is not in it.
#include "engine/schedule/timetable.hpp"

#include <algorithm>

namespace millrace {

void timetable::set_due(const std::string& pipeline, entry& e, std::optional<time_point> at) {
  const std::string_view name = entries_.find(pipeline)->first;
  if (e.due) order_.erase({*e.due, name});
  e.due = at;
  if (at) order_.emplace(*at, name);
}

std::optional<time_point> timetable::due_by_cadence(const std::string& pipeline, const entry& e,
                                                    time_point now) const {
  return e.served ? next_tick(e.how, pipeline, *e.served) : now;
}

void timetable::put(const std::string& pipeline, const cadence& how,
                    std::optional<time_point> served, time_point now) {
  const auto [at, fresh] = entries_.try_emplace(pipeline);
  entry& e = at->second;
  if (!fresh && e.how == how) return;
  e.how = how;
  if (fresh) e.served = served;
  if (!e.under_way && !e.paused && !e.asked_for)
    set_due(pipeline, e, due_by_cadence(pipeline, e, now));
}

void timetable::remove(const std::string& pipeline) {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end()) return;
  set_due(pipeline, found->second, {});
  entries_.erase(found);
}

void timetable::pause(const std::string& pipeline) {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end()) return;
  found->second.paused = true;
  if (!found->second.asked_for) set_due(pipeline, found->second, {});
}

void timetable::resume(const std::string& pipeline, time_point now) {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end() || !std::exchange(found->second.paused, false)) return;
  entry& e = found->second;
  if (!e.under_way && !e.asked_for) set_due(pipeline, e, due_by_cadence(pipeline, e, now));
}

bool timetable::is_paused(const std::string& pipeline) const {
  const auto found = entries_.find(pipeline);
  return found != entries_.end() && found->second.paused;
}

bool timetable::ask_for(const std::string& pipeline, time_point now) {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end() || found->second.under_way) return false;
  found->second.asked_for = true;
  set_due(pipeline, found->second, now);
  return true;
}

std::vector<due_run> timetable::take_due(time_point now) {
  std::vector<due_run> out;
  while (!order_.empty() && order_.begin()->first <= now) {
    const auto found = entries_.find(std::string(order_.begin()->second));
    entry& e = found->second;
    due_run run{found->first, *e.due, std::exchange(e.asked_for, false)};
    set_due(found->first, e, {});
    e.under_way = true;
    out.push_back(std::move(run));
  }
  return out;
}

std::uint64_t timetable::skipped(const std::string& pipeline, time_point now) const {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end() || !found->second.served) return 0;
  const std::uint64_t ticks =
      ticks_between(found->second.how, pipeline, *found->second.served, now);
  return ticks - std::min<std::uint64_t>(ticks, 1);
}

void timetable::ended(const std::string& pipeline, std::optional<time_point> begun, time_point now,
                      std::optional<time_point> again) {
  const auto found = entries_.find(pipeline);
  if (found == entries_.end()) return;
  entry& e = found->second;
  e.under_way = false;
  if (begun) e.served = begun;
  if (e.paused) return;
  if (!begun) return set_due(pipeline, e, again ? again : due_by_cadence(pipeline, e, now));
  // Ticks that passed while it ran do not call for another run.
  const auto tick = next_tick(e.how, pipeline, now);
  set_due(pipeline, e, again && (!tick || *again < *tick) ? again : tick);
}

std::optional<time_point> timetable::next() const {
  if (order_.empty()) return {};
  return order_.begin()->first;
}

std::optional<time_point> timetable::next_of(const std::string& pipeline) const {
  const auto found = entries_.find(pipeline);
  return found == entries_.end() ? std::nullopt : found->second.due;
}

}  // namespace millrace
