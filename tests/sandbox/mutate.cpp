// Records are drawn by the seed: a number at random, then the next one that will do.
#include "mutate.hpp"

#include "ids.hpp"
#include <algorithm>
#include <set>

namespace sandbox {
namespace {

class mutator {
 public:
  mutator(org& o, const object_def& object, std::uint64_t seed)
      : org_(o),
        object_(object),
        rows_(o.records(object)),
        seed_(mixed(seed, hashed(object.name))) {}

  mutated run(const mutation& m) {
    mutated out;
    const stamp now = org_.write_stamp();
    const auto live = [](const row& r) { return !r.gone && !r.deleted; };
    const auto deleted = [](const row& r) { return !r.gone && r.deleted; };
    const auto present = [](const row& r) { return !r.gone; };
    if (rows_.cursor_kind() != special::created)  // history is not rewritten
      for (const std::uint32_t n : draw(m.update, live)) {
        const std::uint32_t other = 1 + static_cast<std::uint32_t>(dice() % (table::variants - 1));
        rows_.vary(n, (rows_.at(n).variant % table::variants + other) % table::variants, now,
                   org_.next_moment());
        tell(out["updated"], n);
      }
    for (const std::uint32_t n : draw(m.remove, live)) {
      rows_.set_deleted(n, true, now, org_.next_moment());
      tell(out["deleted"], n);
    }
    for (const std::uint32_t n : draw(m.undelete, deleted)) {
      rows_.set_deleted(n, false, now, org_.next_moment());
      tell(out["undeleted"], n);
    }
    for (const std::uint32_t n : draw(m.hard_delete, present)) {
      rows_.erase(n, now, org_.next_moment());
      tell(out["hard_deleted"], n);
    }
    for (std::size_t i = 0; i < m.insert; ++i) {
      const auto variant = static_cast<std::uint32_t>(dice() % table::variants);
      tell(out["inserted"], rows_.insert({}, variant, now, org_.next_moment()));
    }
    return out;
  }

 private:
  std::uint64_t dice() { return seed_ = mixed(seed_, 0x9E3779B97F4A7C15U); }
  void tell(std::vector<std::string>& ids, std::uint32_t n) {
    ids.push_back(make_id(object_.prefix, n));
  }

  /// Each record once in a mutation.
  template <class Fits>
  std::vector<std::uint32_t> draw(std::size_t count, Fits fits) {
    std::vector<std::uint32_t> out;
    const std::uint32_t size = rows_.size();
    while (out.size() < count) {
      auto n = static_cast<std::uint32_t>(dice() % std::max(size, 1U));
      std::uint32_t tried = 0;
      while (tried < size && (drawn_.contains(n) || !fits(rows_.at(n)))) {
        n = (n + 1) % size;
        ++tried;
      }
      if (tried == size) break;  // nothing is left that fits
      drawn_.insert(n);
      out.push_back(n);
    }
    return out;
  }

  org& org_;
  const object_def& object_;
  table& rows_;
  std::uint64_t seed_;
  std::set<std::uint32_t> drawn_;
};

/// The share of one of `parts` in a whole.
std::size_t share(std::size_t whole, std::size_t part, std::size_t parts) {
  return whole / parts + (part < whole % parts ? 1 : 0);
}

}  // namespace

std::map<std::string, mutated> mutate(org& o, const mutation& wanted) {
  std::vector<const object_def*> objects;
  if (wanted.object == "*") {
    for (const object_def& object : o.objects().objects)
      if (object.updateable && !object.tag && !o.hidden(object)) objects.push_back(&object);
  } else if (const object_def* object = o.find(wanted.object)) {
    objects.push_back(object);
  }
  std::map<std::string, mutated> out;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    mutation mine = wanted;
    mine.update = share(wanted.update, i, objects.size());
    mine.insert = share(wanted.insert, i, objects.size());
    mine.remove = share(wanted.remove, i, objects.size());
    mine.undelete = share(wanted.undelete, i, objects.size());
    mine.hard_delete = share(wanted.hard_delete, i, objects.size());
    // A record without IsDeleted would vanish: that is a hard delete, and asked for by that name.
    if (wanted.object == "*" && !objects[i]->find("IsDeleted")) mine.remove = mine.undelete = 0;
    mutated done = mutator(o, *objects[i], wanted.seed).run(mine);
    if (!done.empty()) out[objects[i]->name] = std::move(done);
  }
  return out;
}

}  // namespace sandbox
