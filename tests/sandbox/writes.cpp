// Steps are done one by one on the records as they are then; those of an open transaction are
// locked.
#include "writes.hpp"

#include "ids.hpp"
#include <algorithm>
#include <unordered_set>
#include <utility>

namespace sandbox {
namespace {

using kind = write_step::kind;

bool refers_to(const field_def& f, const std::string& object) {
  return !f.hidden &&
         std::find(f.refers_to.begin(), f.refers_to.end(), object) != f.refers_to.end();
}

void log_deletion(org& o, const write_step& s, stamp now, bool in_bin) {
  o.deleted.add(
      {s.object->name, s.number, now, in_bin, in_bin || o.settings.hard_deletes_are_listed});
}

void erase(org& o, table& rows, const write_step& s, stamp now) {
  // What went to the bin before is in the log already, with the time of then.
  const bool known = rows.at(s.number).deleted && o.deleted.leave_bin(s.object->name, s.number);
  if (!known) log_deletion(o, s, now, false);
  rows.erase(s.number, now, o.next_moment());
}

void perform(org& o, const write_step& s, stamp now) {
  table& rows = o.records(*s.object);
  switch (s.what) {
    case kind::vary:
      return rows.vary(s.number, s.variant, now, o.next_moment());
    case kind::update:
      return rows.update(s.number, s.values, now, o.next_moment());
    case kind::insert:
      return rows.insert_reserved(s.number, s.variant, now, o.next_moment());
    case kind::remove:
      log_deletion(o, s, now, rows.has_bin());
      return s.stamped ? rows.set_deleted(s.number, true, now, o.next_moment())
                       : rows.amend_deleted(s.number, true, o.next_moment());
    case kind::undelete:
      o.deleted.undo(s.object->name, s.number);
      return s.stamped ? rows.set_deleted(s.number, false, now, o.next_moment())
                       : rows.amend_deleted(s.number, false, o.next_moment());
    case kind::erase:
      return erase(o, rows, s, now);
    case kind::purge:
      o.deleted.leave_bin(s.object->name, s.number);
      return rows.purge(s.number, o.next_moment());
    case kind::amend:
      return rows.amend(s.number, s.values, o.next_moment());
    case kind::conceal:
    case kind::reveal:
      return rows.conceal(s.number, s.what == kind::conceal, o.next_moment());
    case kind::list_as_deleted:
      o.deleted.add({s.object->name, s.number, now, false, true});
      return;
  }
}

/// Formulas that show a field of records that were just written: their value is read, not stored,
/// so that no stamp moves.
void show_in_formulas(org& o, const object_def& parent, const std::vector<std::uint32_t>& numbers) {
  table& parents = o.records(parent);
  std::unordered_set<std::string> ids;
  for (const std::uint32_t n : numbers)
    ids.insert(make_id(parent.prefix, n));
  for (const object_def& object : o.objects().objects)
    for (std::size_t i = 0; i < object.fields.size(); ++i) {
      const std::string& formula = object.fields[i].formula;
      const std::size_t dot = formula.find('.');
      if (dot == std::string::npos) continue;
      const auto link = object.find(formula.substr(0, dot));
      const auto shown = parent.find(formula.substr(dot + 1));
      if (!link || !shown || !refers_to(object.fields[*link], parent.name)) continue;
      table& rows = o.records(object);
      for (const std::uint32_t n : rows.holding(*link, ids)) {
        const value id = rows.get(rows.at(n), *link);
        const auto number = number_of(parent.prefix, id.value_or(""));
        if (!number) continue;
        const row from = parents.at(static_cast<std::uint32_t>(*number));
        rows.amend(n, {{i, parents.get(from, *shown)}}, o.next_moment());
      }
    }
}

void perform_all(org& o, const std::vector<write_step>& steps, stamp now) {
  std::map<const object_def*, std::vector<std::uint32_t>> written;
  for (const write_step& s : steps) {
    perform(o, s, now);
    o.records(*s.object).unlock(s.number);
    if (s.what == kind::vary || s.what == kind::update) written[s.object].push_back(s.number);
  }
  if (!o.settings.formulas_follow) return;
  for (const auto& [object, numbers] : written)
    show_in_formulas(o, *object, numbers);
}

}  // namespace

void transaction::add(const std::string& told_as, write_step step) {
  told_[step.object->name][told_as].push_back(make_id(step.object->prefix, step.number));
  steps_.push_back(std::move(step));
}

void transaction::remove(const object_def& object, std::uint32_t number) {
  auto& along = org_.cascades[{object.name, number}];
  along.clear();
  add("deleted", {kind::remove, &object, number, 0, {}, true});
  if (!org_.settings.cascades) return;
  const auto is_planned = [&](const object_def& o, std::uint32_t n) {
    return std::any_of(steps_.begin(), steps_.end(), [&](const write_step& s) {
      return s.object == &o && s.number == n && s.what == kind::remove;
    });
  };
  // Breadth first: children, then theirs.
  std::vector<std::pair<const object_def*, std::uint32_t>> level{{&object, number}};
  while (!level.empty()) {
    std::map<const object_def*, std::unordered_set<std::string>> parents;
    for (const auto& [parent, n] : level)
      parents[parent].insert(make_id(parent->prefix, n));
    level.clear();
    for (const auto& [parent, ids] : parents)
      for (const object_def& child : org_.objects().objects)
        for (std::size_t i = 0; i < child.fields.size(); ++i) {
          if (!child.fields[i].cascades || !refers_to(child.fields[i], parent->name)) continue;
          const table& rows = org_.records(child);
          for (const std::uint32_t n : rows.holding(i, ids)) {
            if (rows.locked(n) || is_planned(child, n)) continue;
            add("cascaded", {kind::remove, &child, n, 0, {}, org_.settings.cascades_are_stamped});
            if (rows.has_bin()) along.emplace_back(child.name, n);
            level.emplace_back(&child, n);
          }
        }
  }
}

void transaction::undelete(const object_def& object, std::uint32_t number) {
  const bool stamped = org_.settings.undeletes_are_stamped;
  add("undeleted", {kind::undelete, &object, number, 0, {}, stamped});
  const auto along = org_.cascades.find({object.name, number});
  if (along == org_.cascades.end()) return;
  for (const auto& [name, n] : along->second) {
    const object_def* child = org_.find(name);
    if (child == nullptr) continue;
    const table& rows = org_.records(*child);
    if (const row r = rows.at(n); r.gone || !r.deleted || rows.locked(n)) continue;
    add("restored", {kind::undelete, child, n, 0, {}, stamped});
  }
  org_.cascades.erase(along);
}

void transaction::merge(const object_def& object, std::uint32_t winner, std::uint32_t loser) {
  const auto master = object.find("MasterRecordId");
  if (!master) return;
  const std::string winner_id = make_id(object.prefix, winner);
  const std::unordered_set<std::string> loser_id{make_id(object.prefix, loser)};
  add("merged", {kind::update, &object, loser, 0, {{*master, winner_id}}, true});
  steps_.push_back({kind::remove, &object, loser, 0, {}, true});
  add("kept", {kind::update, &object, winner, 0, {}, true});
  for (const object_def& child : org_.objects().objects)
    for (std::size_t i = 0; i < child.fields.size(); ++i) {
      if (!refers_to(child.fields[i], object.name) || child.fields[i].name == "MasterRecordId")
        continue;
      const table& rows = org_.records(child);
      if (rows.cursor_kind() == special::created) continue;  // history is not rewritten
      for (const std::uint32_t n : rows.holding(i, loser_id))
        if (!rows.locked(n) && (&child != &object || (n != winner && n != loser)))
          add("reparented", {kind::update, &child, n, 0, {{i, winner_id}}, true});
    }
}

std::uint32_t transaction::reserve(const object_def& object, std::uint32_t variant) {
  const std::uint32_t number = org_.records(object).reserve(org_.next_moment());
  add("inserted", {kind::insert, &object, number, variant, {}, true});
  return number;
}

void transaction::commit(std::int64_t late_seconds) {
  const stamp now = org_.write_stamp();
  for (const write_step& s : steps_)
    org_.records(*s.object).lock(s.number);
  org_.commit_at(now, now + late_seconds * 1000,
                 [&o = org_, steps = std::move(steps_), now] { perform_all(o, steps, now); });
  steps_.clear();
}

}  // namespace sandbox
