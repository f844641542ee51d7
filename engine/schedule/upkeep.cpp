// When a pass is due, by the checkpoint that the last one left.
#include "engine/schedule/upkeep.hpp"

#include <algorithm>

namespace millrace {
namespace {

/// Fewer vanished rows than this are believed whatever they are a part of.
constexpr std::uint64_t vanished_always_believed = 1'000;

const checkpoint* found(const std::vector<checkpoint>& known, std::string_view collection,
                        std::string_view pass) {
  const std::string name = pass_name(collection, pass);
  for (const checkpoint& c : known)
    if (c.collection == name) return &c;
  return nullptr;
}

std::optional<time_point> last_done(const std::vector<checkpoint>& known,
                                    std::string_view collection, std::string_view pass) {
  const checkpoint* last = found(known, collection, pass);
  return last != nullptr ? last->cursor : std::nullopt;
}

/// The last one was made and not believed.
bool census_is_owed(const std::vector<checkpoint>& known, std::string_view collection) {
  const checkpoint* last = found(known, collection, census_pass);
  return last != nullptr && !last->complete;
}

bool is_due(const std::optional<time_point>& last, milliseconds every, time_point now) {
  return every.count() > 0 && (!last || now - *last >= every);
}

collection part(const collection& what, bool (*wanted)(const field&)) {
  collection out = what;
  out.fields = {what.fields[what.key]};
  out.key = 0;
  out.version.reset();
  out.created.reset();
  for (std::size_t i = 0; i < what.fields.size(); ++i)
    if (i != what.key && wanted(what.fields[i])) out.fields.push_back(what.fields[i]);
  return out;
}

}  // namespace

collection shown_by_a_census(const collection& what) {
  return part(what, [](const field& f) { return f.name == soft_delete_field; });
}

collection silent_part(const collection& what) {
  return part(what, [](const field& f) { return f.calculated; });
}

collection history_part(const collection& what, const table_schema& table,
                        const std::vector<std::string>& columns) {
  collection out = part(what, [](const field&) { return false; });
  if (what.version) {
    out.version = out.fields.size();
    out.fields.push_back(what.fields[*what.version]);
  }
  for (std::size_t i = 0; i < what.fields.size(); ++i)
    if (std::find(columns.begin(), columns.end(), table.columns[i].name) != columns.end())
      out.fields.push_back(what.fields[i]);
  return out;
}

std::string pass_name(std::string_view collection, std::string_view pass) {
  return std::string(collection) + "/" + std::string(pass);
}

std::string_view collection_of(std::string_view checkpoint_name) {
  return checkpoint_name.substr(0, checkpoint_name.find('/'));
}

bool is_due(const upkeep_plan& plan) {
  return plan.keys_with_pages || plan.census || plan.deletions || plan.refresh ||
         !plan.history.empty();
}

bool has_hashed_fields(const collection& what) {
  return std::any_of(what.fields.begin(), what.fields.end(),
                     [](const field& f) { return f.hashed; });
}

bool has_silent_fields(const collection& what) {
  return std::any_of(what.fields.begin(), what.fields.end(),
                     [](const field& f) { return f.calculated; });
}

upkeep_plan plan_upkeep(const collection& what, const main_reading& reading,
                        const upkeep_rules& rules, const std::vector<checkpoint>& known,
                        time_point now, milliseconds overlap) {
  upkeep_plan plan;
  const auto compared = last_done(known, what.name, census_pass);
  plan.first_of_choice = !what.chosen.empty() && !compared;
  plan.conceal = plan.first_of_choice && has_hashed_fields(what) && !reading.hashed_before;
  if (reading.everything) {
    plan.keys_with_pages =
        (plan.conceal || rules.deletes != deletes_policy::ignore) && !reading.table_empty;
    return plan;
  }
  plan.refresh = has_silent_fields(what) &&
                 is_due(last_done(known, what.name, refresh_pass), rules.refresh_every, now);
  if (rules.deletes == deletes_policy::ignore) {
    plan.census = plan.conceal;
    return plan;
  }
  // A reading that broke off owes the comparison that other options need.
  plan.census = plan.first_of_choice || census_is_owed(known, what.name) ||
                is_due(compared, rules.census_every, now);
  if (plan.census || !what.has_deletion_log) return plan;
  // Before the first census nobody knows from when on the account has to be read.
  const auto last = last_done(known, what.name, deletions_pass);
  if (last && now - *last >= rules.deletions_every) plan.deletions = window{*last - overlap, now};
  return plan;
}

bool may_read_everything(std::string_view collection, const upkeep_rules& rules,
                         const std::vector<checkpoint>& known, time_point now) {
  if (rules.deletes != deletes_policy::ignore &&
      (census_is_owed(known, collection) ||
       is_due(last_done(known, collection, census_pass), rules.census_every, now)))
    return true;
  // Who has no such fields has no such checkpoint either.
  const auto refreshed = last_done(known, collection, refresh_pass);
  return refreshed && is_due(refreshed, rules.refresh_every, now);
}

std::vector<std::string_view> passes_done_by(const upkeep_rules& rules, const main_reading& reading,
                                             const collection& what) {
  std::vector<std::string_view> out;
  if (!reading.everything) return out;
  if (reading.owes_history) out.push_back(history_pass);
  if (!what.version) return out;
  if (has_silent_fields(what)) out.push_back(refresh_pass);
  const bool ignores = rules.deletes == deletes_policy::ignore;
  // Whoever hashes has them compared once, for what rows from before hold.
  if (!ignores || has_hashed_fields(what)) out.push_back(census_pass);
  if (what.has_deletion_log && !ignores) out.push_back(deletions_pass);
  return out;
}

bool is_too_many_to_believe(std::uint64_t vanished, std::uint64_t there) {
  return vanished >= vanished_always_believed && vanished > there;
}

}  // namespace millrace
