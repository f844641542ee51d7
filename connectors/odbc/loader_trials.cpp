// The preferred loader is chosen before the first row; another one is tried when it is needed: for
// one row, for a merge of some columns, for cells that the preferred one cannot take.
#include "connectors/odbc/loader_trials.hpp"

#include "connectors/odbc/loader_choice.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

namespace millrace::odbc {
namespace {

/// A lock, a right that lacks, a server that went: that says nothing about the loader.
bool is_loaders_fault(const error& why) {
  return why.again != retry::later && why.code != errc::warehouse_rights &&
         why.code != errc::warehouse_read_only && why.code != errc::warehouse_refused &&
         why.code != errc::warehouse_full && why.code != errc::table_conflict &&
         why.code != errc::table_missing;
}

}  // namespace

loader_trials::loader_trials(std::shared_ptr<const sql::dialect> d, std::string schema,
                             std::size_t lane, std::shared_ptr<loader_memory> memory,
                             std::string place)
    : dialect_(std::move(d)),
      schema_(std::move(schema)),
      lane_(lane),
      memory_(std::move(memory)),
      place_(std::move(place)) {}

result<void> loader_trials::ready(connection& link, merger& merging, const batch& rows,
                                  merge_mode mode) {
  if (!chosen_) MILLRACE_CHECK(choose(link, merging));
  for (std::size_t i = merging.choose(rows, mode); !right_.contains(i);
       i = merging.choose(rows, mode)) {
    probe_outcome outcome;
    MILLRACE_TRY(const auto why_not, try_out(link, merging, i, outcome));
    if (why_not)
      untold_.push_back(
          {"", "loader_not_used",
           fmt::format("the loader {} of {} is not used: {}", name_of(dialect_->loaders[i].kind),
                       dialect_->title, why_not->message)});
  }
  return {};
}

std::vector<notice> loader_trials::take_notices() {
  return std::exchange(untold_, {});
}

result<void> loader_trials::choose(connection& link, merger& merging) {
  if (recall(merging)) return {};
  loader_choice choice;
  for (std::size_t i = 0; i < dialect_->loaders.size() && !choice.settled(); ++i) {
    if (dialect_->loaders[i].for_updates) continue;
    probe_outcome outcome;
    MILLRACE_CHECK(try_out(link, merging, i, outcome));
    choice.offer(i, outcome);
  }
  const std::vector<notice> told = choice.notices(*dialect_);
  if (!choice.best())
    return failure(errc::warehouse_value,
                   fmt::format("no loader of {} brings values back as they were sent: {}",
                               dialect_->title, told.empty() ? "there is none" : told.back().text),
                   "Run `millrace validate`; check the driver's version and options");
  untold_.insert(untold_.end(), told.begin(), told.end());
  merging.prefer(*choice.best());
  chosen_ = true;
  if (!memory_) return {};
  const std::lock_guard lock(memory_->mutex);
  memory_->chosen.emplace(place_, *choice.best());
  return {};
}

result<std::optional<error>> loader_trials::try_out(connection& link, merger& merging,
                                                    std::size_t loader, probe_outcome& outcome) {
  outcome = probe_loader(link, dialect_, schema_, lane_, loader);
  if (outcome.why_not && (link.broken() || !is_loaders_fault(*outcome.why_not)))
    return failure(*outcome.why_not);
  note(merging, loader, !outcome.why_not);
  return outcome.why_not;
}

void loader_trials::note(merger& merging, std::size_t loader, bool is_right) {
  if (is_right) {
    right_.insert(loader);
  } else {
    merging.exclude(loader);
  }
  if (!memory_) return;
  const std::lock_guard lock(memory_->mutex);
  memory_->right[place_].insert_or_assign(loader, is_right);
}

/// What other connections have learned; whether they have chosen.
bool loader_trials::recall(merger& merging) {
  if (!memory_) return false;
  std::map<std::size_t, bool> known;
  {
    const std::lock_guard lock(memory_->mutex);
    const auto found = memory_->chosen.find(place_);
    if (found == memory_->chosen.end()) return false;
    merging.prefer(found->second);
    known = memory_->right[place_];
  }
  for (const auto& [loader, is_right] : known)
    note(merging, loader, is_right);
  chosen_ = true;
  return true;
}

}  // namespace millrace::odbc
