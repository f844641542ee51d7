// Records are drawn by the seed: a number at random, then the next one that will do.
#include "mutate.hpp"

#include "ids.hpp"
#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace sandbox {
namespace {

using kind = write_step::kind;
constexpr int other_values_tried = 8;

bool is_live(const row& r) {
  return !r.gone && !r.deleted;
}

class mutator {
 public:
  mutator(org& o, const object_def& object, std::uint64_t seed)
      : object_(object),
        rows_(o.records(object)),
        transaction_(o),
        seed_(mixed(seed, hashed(object.name))) {}

  std::map<std::string, mutated> run(const mutation& m) {
    const auto in_bin = [&](const row& r) { return !r.gone && r.deleted && !was_merged(r); };
    if (rows_.cursor_kind() != special::created)  // history is not rewritten
      for (const std::uint32_t n : draw(m.update, is_live)) {
        const std::uint32_t other = 1 + static_cast<std::uint32_t>(dice() % (table::variants - 1));
        const std::uint32_t variant =
            (rows_.at(n).variant % table::variants + other) % table::variants;
        transaction_.add("updated", {kind::vary, &object_, n, variant, {}, true});
      }
    for (const std::uint32_t n : draw(m.remove, is_live))
      transaction_.remove(object_, n);
    for (const std::uint32_t n : draw(m.undelete, in_bin))
      transaction_.undelete(object_, n);
    each("hard_deleted", kind::erase, draw(m.hard_delete, [](const row& r) { return !r.gone; }));
    each("purged", kind::purge, draw(m.purge, [](const row& r) { return !r.gone && r.deleted; }));
    each("concealed", kind::conceal, draw(m.conceal, is_live));
    each("revealed", kind::reveal, draw(m.reveal, [](const row& r) { return r.concealed; }));
    each("listed_as_deleted", kind::list_as_deleted, draw(m.list_as_deleted, is_live));
    run_merges(m.merge);
    run_recalculations(m.recalculate);
    for (std::size_t i = 0; i < m.insert; ++i)
      transaction_.reserve(object_, static_cast<std::uint32_t>(dice() % table::variants));
    transaction_.commit(m.late_seconds);
    return transaction_.told();
  }

 private:
  std::uint64_t dice() { return seed_ = mixed(seed_, 0x9E3779B97F4A7C15U); }

  [[nodiscard]] bool was_merged(const row& r) const {
    const auto master = object_.find("MasterRecordId");
    return master && rows_.get(r, *master);
  }

  void each(const std::string& told_as, kind what, const std::vector<std::uint32_t>& numbers) {
    for (const std::uint32_t n : numbers)
      transaction_.add(told_as, {what, &object_, n, 0, {}, true});
  }

  void run_merges(std::size_t pairs) {
    if (!object_.find("MasterRecordId")) return;
    const std::vector<std::uint32_t> both = draw(2 * pairs, is_live);
    for (std::size_t i = 0; i + 1 < both.size(); i += 2)
      transaction_.merge(object_, both[i], both[i + 1]);
  }

  void run_recalculations(std::size_t count) {
    std::vector<std::size_t> fields;
    for (std::size_t i = 0; i < object_.fields.size(); ++i)
      if (object_.fields[i].unstamped(object_.name)) fields.push_back(i);
    if (fields.empty()) return;
    for (const std::uint32_t n : draw(count, is_live)) {
      const row r = rows_.at(n);
      changes values;
      for (const std::size_t field : fields) {
        value next = rows_.another(field, dice());
        for (int i = 0; i < other_values_tried && next == rows_.get(r, field); ++i)
          next = rows_.another(field, dice());
        values[field] = std::move(next);
      }
      transaction_.add("recalculated", {kind::amend, &object_, n, 0, std::move(values), false});
    }
  }

  /// Each record once in a mutation, and none that a transaction holds.
  template <class Fits>
  std::vector<std::uint32_t> draw(std::size_t count, Fits fits) {
    std::vector<std::uint32_t> out;
    const std::uint32_t size = rows_.size();
    while (out.size() < count) {
      auto n = static_cast<std::uint32_t>(dice() % std::max(size, 1U));
      std::uint32_t tried = 0;
      while (tried < size && (drawn_.contains(n) || rows_.locked(n) || !fits(rows_.at(n)))) {
        n = (n + 1) % size;
        ++tried;
      }
      if (tried == size) break;  // nothing is left that fits
      drawn_.insert(n);
      out.push_back(n);
    }
    return out;
  }

  const object_def& object_;
  table& rows_;
  transaction transaction_;
  std::uint64_t seed_;
  std::set<std::uint32_t> drawn_;
};

/// A number of a mutation that is spread over objects, and which of them can have their share.
struct spread {
  std::size_t mutation::*count;
  bool (*fits)(const object_def&);
};

bool any(const object_def&) {
  return true;
}
bool with_bin(const object_def& o) {
  return o.find("IsDeleted") && !o.hard_deletes;
}
bool with_master(const object_def& o) {
  return o.find("MasterRecordId").has_value();
}
bool with_formula(const object_def& o) {
  return std::any_of(o.fields.begin(), o.fields.end(),
                     [&](const field_def& f) { return f.unstamped(o.name); });
}

// A record without recycle bin would vanish: that is a hard delete, and asked for by that name.
constexpr std::array spreads{
    spread{&mutation::update, any},          spread{&mutation::insert, any},
    spread{&mutation::remove, with_bin},     spread{&mutation::undelete, with_bin},
    spread{&mutation::hard_delete, any},     spread{&mutation::purge, with_bin},
    spread{&mutation::merge, with_master},   spread{&mutation::recalculate, with_formula},
    spread{&mutation::conceal, any},         spread{&mutation::reveal, any},
    spread{&mutation::list_as_deleted, any},
};

/// The share of one of `parts` in a whole.
std::size_t share(std::size_t whole, std::size_t part, std::size_t parts) {
  return whole / parts + (part < whole % parts ? 1 : 0);
}

void join(std::map<std::string, mutated>& all, const std::map<std::string, mutated>& more) {
  for (const auto& [object, done] : more)
    for (const auto& [what, ids] : done) {
      auto& to = all[object][what];
      to.insert(to.end(), ids.begin(), ids.end());
    }
}

}  // namespace

std::map<std::string, mutated> mutate(org& o, const mutation& wanted) {
  std::map<std::string, mutated> out;
  if (wanted.object != "*") {
    if (const object_def* object = o.find(wanted.object))
      join(out, mutator(o, *object, wanted.seed).run(wanted));
    return out;
  }
  std::vector<const object_def*> objects;
  for (const object_def& object : o.objects().objects)
    if (object.updateable && !object.tag && !o.hidden(object)) objects.push_back(&object);
  std::vector<mutation> mine(objects.size(), wanted);
  for (const spread& s : spreads) {
    const auto parts = static_cast<std::size_t>(std::count_if(
        objects.begin(), objects.end(), [&](const object_def* one) { return s.fits(*one); }));
    std::size_t part = 0;
    for (std::size_t i = 0; i < objects.size(); ++i)
      mine[i].*s.count = s.fits(*objects[i]) ? share(wanted.*s.count, part++, parts) : 0;
  }
  for (std::size_t i = 0; i < objects.size(); ++i)
    join(out, mutator(o, *objects[i], wanted.seed).run(mine[i]));
  return out;
}

}  // namespace sandbox
