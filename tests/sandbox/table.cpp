// Records that nobody wrote get their stamps from their number: fifty are created in the same
// second, a third was edited later, so that the order of stamps is not the order of Ids.
#include "table.hpp"

#include "ids.hpp"
#include <algorithm>
#include <iterator>

namespace sandbox {
namespace {

constexpr stamp first_stamp = 1'577'836'800'000;  // 2020-01-01
constexpr stamp last_stamp = 1'735'689'600'000;   // 2025-01-01
constexpr std::uint32_t created_together = 50;
constexpr std::uint32_t edited_together = 20;
constexpr std::uint32_t deleted_every = 97;
constexpr std::uint32_t deleted_rest = 13;

}  // namespace

table::table(const object_def& def, const schema& all, std::uint64_t seed, std::size_t records)
    : def_(def),
      all_(all),
      seed_(mixed(seed, hashed(def.name))),
      base_(static_cast<std::uint32_t>(records)),
      size_(base_),
      written_(records, false) {
  classify();
  present_ = base_;
  live_ = base_;
  if (has_bin()) live_ -= (base_ + deleted_every - 1 - deleted_rest) / deleted_every;
}

void table::classify() {
  kinds_.assign(def_.fields.size(), special::none);
  deleted_field_.reset();
  archived_field_.reset();
  for (std::size_t i = 0; i < def_.fields.size(); ++i) {
    const std::string& name = def_.fields[i].name;
    if (name == "Id") kinds_[i] = special::id;
    if (name == "IsDeleted") kinds_[i] = special::deleted;
    if (name == "CreatedDate") kinds_[i] = special::created;
    if (name == "LastModifiedDate") kinds_[i] = special::modified;
    if (name == "SystemModstamp") kinds_[i] = special::stamped;
    if (name == "IsDeleted") deleted_field_ = i;
    // Products and price books have a field of that name too, and are never left out.
    if (name == "IsArchived" && (def_.name == "Task" || def_.name == "Event")) archived_field_ = i;
  }
  for (const special kind : {special::stamped, special::modified, special::created}) {
    const auto found = std::find(kinds_.begin(), kinds_.end(), kind);
    if (found == kinds_.end() || stamp_field_) continue;
    stamp_field_ = static_cast<std::size_t>(found - kinds_.begin());
    cursor_kind_ = kind;
  }
  has_system_stamp_ = cursor_kind_ == special::stamped;
  made_.clear();
}

stamp table::cursor_of(const row& r) const {
  return cursor_kind_ == special::modified  ? r.modified
         : cursor_kind_ == special::created ? r.created
                                            : r.stamped;
}

row table::base(std::uint32_t number) const {
  row r;
  r.number = number;
  r.variant = number % variants;
  const stamp steps = base_ / created_together + 1;
  const stamp apart = std::max<stamp>((last_stamp - first_stamp) / 1000 / steps, 1);
  r.created = first_stamp + static_cast<stamp>(number / created_together) * apart * 1000;
  const std::uint64_t dice = mixed(seed_, number / edited_together);
  r.modified = r.created;
  if (dice % 3 == 0) {
    const stamp later = static_cast<stamp>(dice / 3 % (400ULL * 86'400)) * 1000;
    r.modified = std::max(r.created, std::min(r.created + later, last_stamp));
  }
  // Some rows were touched by the system afterwards, which only SystemModstamp tells.
  r.stamped = has_system_stamp_ && dice % 11 == 0 ? r.modified + 60'000 : r.modified;
  r.deleted = has_bin() && number % deleted_every == deleted_rest;
  return r;
}

row table::at(std::uint32_t number, moment when) const {
  if (number >= size_) {
    row none;
    none.gone = true;
    return none;
  }
  if (!written_[number]) return base(number);
  const std::vector<version>& history = versions_.at(number);
  for (auto v = history.rbegin(); v != history.rend(); ++v) {
    if (v->from > when) continue;
    row r = v->is;
    r.own = v->own.empty() ? nullptr : &v->own;
    return r;
  }
  if (number < base_) return base(number);
  row none;
  none.gone = true;
  return none;
}

const value& table::variant_value(std::uint32_t variant, std::size_t field) const {
  std::vector<value>& made = made_[variant];
  if (made.empty())
    for (std::size_t i = 0; i < def_.fields.size(); ++i) {
      const field_def& f = def_.fields[i];
      if (kinds_[i] != special::none) {
        made.emplace_back();
      } else if (variant == blank_variant) {
        const field_def& origin = f.made_as ? *f.made_as : f;
        made.push_back(origin.type == "boolean" ? value("0") : value());
      } else {
        made.push_back(make_value(seed_, def_, f.made_as ? *f.made_as : f, variant, all_));
      }
    }
  return made[field];
}

value table::get(const row& r, std::size_t field) const {
  switch (kinds_[field]) {
    case special::id:
      return make_id(def_.prefix, r.number);
    case special::deleted:
      return r.deleted ? "1" : "0";
    case special::created:
      return canonical_time(r.created);
    case special::modified:
      return canonical_time(r.modified);
    case special::stamped:
      return canonical_time(r.stamped);
    case special::none:
      break;
  }
  if (r.own != nullptr) {
    const auto found = r.own->find(field);
    if (found != r.own->end()) return found->second;
  }
  if (def_.fields[field].added_at > r.since) return variant_value(blank_variant, field);
  return variant_value(r.variant, field);
}

std::vector<std::uint32_t> table::by_stamp(stamp from, stamp to) const {
  if (from >= to) return {};
  if (base_by_stamp_.empty() && base_ > 0) {
    std::vector<std::pair<stamp, std::uint32_t>> all(base_);
    for (std::uint32_t n = 0; n < base_; ++n)
      all[n] = {cursor_of(base(n)), n};
    std::sort(all.begin(), all.end());
    base_by_stamp_.reserve(base_);
    for (const auto& [t, n] : all)
      base_by_stamp_.push_back(n);
  }
  const auto reaches = [&](stamp wanted) {
    return std::partition_point(base_by_stamp_.begin(), base_by_stamp_.end(),
                                [&](std::uint32_t n) { return cursor_of(base(n)) < wanted; });
  };
  auto next = reaches(from);
  const auto end = reaches(to);
  std::vector<std::uint32_t> out;
  const auto last = written_by_stamp_.lower_bound({to, 0});
  const auto base_until = [&](const std::pair<stamp, std::uint32_t>* limit) {
    for (; next != end; ++next) {
      if (limit != nullptr && std::pair{cursor_of(base(*next)), *next} > *limit) return;
      if (!written_[*next]) out.push_back(*next);
    }
  };
  for (auto w = written_by_stamp_.lower_bound({from, 0}); w != last; ++w) {
    base_until(&*w);
    out.push_back(w->second);
  }
  base_until(nullptr);
  return out;
}

void table::put(row next, changes own, moment when) {
  const row before = at(next.number);
  const bool existed = next.number < size_;
  if (existed && !before.gone) {
    --present_;
    if (!before.deleted) --live_;
  }
  if (existed && written_[next.number]) written_by_stamp_.erase({cursor_of(before), next.number});
  if (!existed) {
    written_.push_back(true);
    size_ = next.number + 1;
  }
  next.own = nullptr;
  written_[next.number] = true;
  if (!next.gone) {
    ++present_;
    if (!next.deleted) ++live_;
  }
  written_by_stamp_.emplace(cursor_of(next), next.number);
  versions_[next.number].push_back({next, std::move(own), when});
}

void table::write(row next, changes own, stamp now, moment when) {
  next.modified = now;
  next.stamped = now;
  next.since = when;
  put(next, std::move(own), when);
}

changes table::own_of(const row& r) {
  return r.own != nullptr ? *r.own : changes();
}

std::uint32_t table::insert(changes values, std::uint32_t variant, stamp now, moment when) {
  row fresh;
  fresh.number = size_;
  fresh.variant = variant;
  fresh.created = now;
  write(fresh, std::move(values), now, when);
  return fresh.number;
}

std::uint32_t table::reserve(moment when) {
  row fresh;
  fresh.number = size_;
  fresh.gone = true;
  put(fresh, {}, when);
  return fresh.number;
}

void table::insert_reserved(std::uint32_t number, std::uint32_t variant, stamp now, moment when) {
  row fresh;
  fresh.number = number;
  fresh.variant = variant;
  fresh.created = now;
  write(fresh, {}, now, when);
}

void table::update(std::uint32_t number, const changes& values, stamp now, moment when) {
  const row r = at(number);
  changes own = own_of(r);
  for (const auto& [field, v] : values)
    own[field] = v;
  write(r, std::move(own), now, when);
}

void table::vary(std::uint32_t number, std::uint32_t variant, stamp now, moment when) {
  row r = at(number);
  r.variant = variant;
  write(r, {}, now, when);
}

void table::set_deleted(std::uint32_t number, bool on, stamp now, moment when) {
  row r = at(number);
  r.deleted = on;
  r.gone = on && !has_bin();
  write(r, own_of(r), now, when);
}

void table::erase(std::uint32_t number, stamp now, moment when) {
  row r = at(number);
  r.deleted = true;
  r.gone = true;
  write(r, own_of(r), now, when);
}

void table::amend(std::uint32_t number, const changes& values, moment when) {
  const row r = at(number);
  changes own = own_of(r);
  for (const auto& [field, v] : values)
    own[field] = v;
  put(r, std::move(own), when);
}

void table::amend_deleted(std::uint32_t number, bool on, moment when) {
  row r = at(number);
  r.deleted = on;
  r.gone = on && !has_bin();
  put(r, own_of(r), when);
}

void table::conceal(std::uint32_t number, bool on, moment when) {
  row r = at(number);
  r.concealed = on;
  r.gone = on;
  put(r, own_of(r), when);
}

void table::purge(std::uint32_t number, moment when) {
  row r = at(number);
  r.gone = true;
  put(r, own_of(r), when);
}

std::vector<std::uint32_t> table::holding(std::size_t field,
                                          const std::unordered_set<std::string>& texts) const {
  // Few records have values of their own: for all others the variant tells.
  std::vector<bool> matches(variants + 1, false);
  for (std::uint32_t v = 0; v <= variants; ++v) {
    const value& have = variant_value(v, field);
    matches[v] = have && texts.contains(*have);
  }
  std::vector<std::uint32_t> out;
  for (std::uint32_t n = 0; n < size_; ++n) {
    const row r = at(n);
    if (r.gone || r.deleted) continue;
    const bool found = r.own == nullptr ? matches[r.variant] : [&] {
      const value have = get(r, field);
      return have && texts.contains(*have);
    }();
    if (found) out.push_back(n);
  }
  return out;
}

value table::another(std::size_t field, std::uint64_t dice) const {
  const field_def& f = def_.fields[field];
  return make_value(mixed(seed_, dice), def_, f.made_as ? *f.made_as : f, dice % variants, all_);
}

}  // namespace sandbox
