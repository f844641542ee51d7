// Records go by the first writer, each in a transaction of its own or with the batches that wait.
#include "actors/left_jobs.hpp"

#include "actors/support.hpp"
#include "engine/schedule/upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace {

void left_jobs::learn(const std::vector<checkpoint>& checkpoints) {
  checkpoints_ = checkpoints;
  for (remembered_job& job : jobs_in(checkpoints))
    known_.insert_or_assign(job.place, std::move(job));
}

std::optional<remembered_job> left_jobs::to_take_over(const collection_task& task) const {
  const auto found = known_.find(pass_name(task.what.name, job_pass));
  // A full run is asked for to read everything as it is now. What has no cursor could not be read
  // on from the time of the job.
  if (found == known_.end() || around_.request->full || !task.what.version) return {};
  if (is_out_of_date(found->second, checkpoints_)) return {};
  const read_order order{task.what, task.table, task.range, read_method::bulk};
  if (!around_.request->source->can_take_over(*around_.session, order, found->second.job))
    return {};
  return found->second;
}

void left_jobs::remove_abandoned(const std::vector<collection_task>& tasks, bool of_all,
                                 const std::function<void()>& then) {
  std::vector<remembered_job> abandoned;
  for (const auto& known : known_) {
    const remembered_job& job = known.second;
    const std::string_view owner = collection_of(known.first);
    const auto task = std::find_if(tasks.begin(), tasks.end(),
                                   [&](const collection_task& t) { return t.what.name == owner; });
    if (task == tasks.end() ? !of_all : task->outcome.has_value()) continue;
    const auto wanted = task == tasks.end() ? std::nullopt : to_take_over(*task);
    if (!wanted || wanted->job != job.job) abandoned.push_back(job);
  }
  if (abandoned.empty()) return then();
  std::vector<standing_job> jobs;
  jobs.reserve(abandoned.size());
  for (const remembered_job& job : abandoned)
    jobs.push_back(job.job);
  std::shared_ptr<conversation> removal =
      around_.request->source->remove_jobs(around_.session, jobs);
  if (!removal) return forget(std::move(abandoned), then);
  around_.converse(std::move(removal), [this, abandoned, then](const conversation_end& done) {
    // Those that the source was not asked about are the next run's business.
    if (done.why) return then();
    forget(abandoned, then);
  });
}

job_keeping left_jobs::keeping(const collection& what, std::string_view pass,
                               time_point source_time) const {
  job_keeping out;
  out.record.place = pass_name(what.name, pass);
  out.record.object = what.object;
  out.record.source_id = around_.session->identity();
  out.record.source_time = source_time;
  out.next_run_takes_it = pass == job_pass && what.version.has_value();
  if (const auto found = known_.find(out.record.place); found != known_.end())
    out.known = found->second.job.id;
  return out;
}

caf::typed_response_promise<bool> left_jobs::remember(const shared<remembered_job>& job) {
  auto answer = around_.self->make_response_promise<bool>();
  commit(record_of(*job, around_.now()), [this, job, answer](bool committed) mutable {
    if (committed) known_.insert_or_assign(job->place, *job);
    answer.deliver(committed);
  });
  return answer;
}

void left_jobs::settle(const std::string& place, const reader& read,
                       const std::function<void()>& then) {
  const auto found = known_.find(place);
  if (found == known_.end() || read.job()) return then();
  forget({found->second}, then);
}

void left_jobs::forget(std::vector<remembered_job> jobs, const std::function<void()>& then) {
  if (jobs.empty()) return then();
  const remembered_job job = std::move(jobs.back());
  jobs.pop_back();
  known_.erase(job.place);
  commit(record_of_none(job, around_.now()),
         [this, jobs = std::move(jobs), then](bool) { forget(jobs, then); });
}

void left_jobs::commit(const checkpoint& record, const std::function<void(bool)>& then) {
  auto table = std::make_shared<table_schema>();
  table->collection = record.collection;
  auto none = std::make_shared<batch>();
  none->table = std::move(table);
  const auto order = share(write_order{std::move(none), merge_mode::changed, record});
  around_.self->request(around_.writer, caf::infinite, atom::write_v, order)
      .then([then](const shared<write_end>& end) { then(end->done.has_value()); },
            [then](caf::error&) { then(false); });
}

void take_position(collection_task& task, const remembered_job& job, milliseconds overlap) {
  task.was_complete = true;
  task.read_since = job.source_time;
  task.mode = merge_mode::changed;
  task.range = {job.source_time - overlap, {}};
}

notice not_taken_over(const collection_task& task, const error& why) {
  return {task.what.name, "job_not_taken_over",
          fmt::format("the Bulk job that an earlier run left for {} could not be used ({}); it is "
                      "read anew",
                      task.what.object, why.message)};
}

}  // namespace millrace
