// The records of one object in one org. A record is a number, stamps and one of some hundred
// variants that hold the values; what was written is kept beside that, version by version.
#pragma once

#include "generate.hpp"
#include "schema.hpp"
#include "times.hpp"
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sandbox {

/// Fields whose value belongs to the record, not to its variant.
enum class special : std::uint8_t { none, id, deleted, created, modified, stamped };

/// Counts the writes of an org: a reader that keeps one sees the org as it was then.
using moment = std::uint64_t;
constexpr moment latest = std::numeric_limits<moment>::max();

using changes = std::map<std::size_t, value>;

/// A record as it is, or was, at one moment.
struct row {
  std::uint32_t number = 0;
  std::uint32_t variant = 0;
  stamp created = 0;
  stamp modified = 0;  ///< LastModifiedDate
  stamp stamped = 0;   ///< SystemModstamp
  bool deleted = false;
  bool gone = false;
  bool concealed = false;        ///< gone for this user only: it may come back as it was
  moment since = 0;              ///< its last write that set the stamps
  const changes* own = nullptr;  ///< values that differ from the variant's
};

class table {
 public:
  table(const object_def& def, const schema& all, std::uint64_t seed, std::size_t records);

  [[nodiscard]] const object_def& def() const { return def_; }
  /// Numbers run from 0; some may be gone.
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] row at(std::uint32_t number, moment when = latest) const;
  [[nodiscard]] std::size_t live() const { return live_; }        ///< that a plain query sees
  [[nodiscard]] std::size_t present() const { return present_; }  ///< with the soft-deleted

  /// The value of a field in canonical text.
  [[nodiscard]] value get(const row& r, std::size_t field) const;
  [[nodiscard]] special kind_of(std::size_t field) const { return kinds_[field]; }
  /// The field that windows are made of: SystemModstamp, else LastModifiedDate, else CreatedDate.
  [[nodiscard]] std::optional<std::size_t> stamp_field() const { return stamp_field_; }
  /// Numbers of the records with `from <= stamp < to`, in the order of stamp and Id.
  [[nodiscard]] std::vector<std::uint32_t> by_stamp(stamp from, stamp to) const;
  [[nodiscard]] stamp cursor_of(const row& r) const;
  [[nodiscard]] special cursor_kind() const { return cursor_kind_; }

  /// Writes; each sets the stamps.
  std::uint32_t insert(changes values, std::uint32_t variant, stamp now, moment when);
  void update(std::uint32_t number, const changes& values, stamp now, moment when);
  void vary(std::uint32_t number, std::uint32_t variant, stamp now, moment when);
  void set_deleted(std::uint32_t number, bool on, stamp now, moment when);
  void erase(std::uint32_t number, stamp now, moment when);
  /// A number for a record that a later insert makes; until then nobody sees it.
  std::uint32_t reserve(moment when);
  void insert_reserved(std::uint32_t number, std::uint32_t variant, stamp now, moment when);

  /// Writes that set no stamp: a query by stamps does not find them.
  void amend(std::uint32_t number, const changes& values, moment when);
  void amend_deleted(std::uint32_t number, bool on, moment when);
  void conceal(std::uint32_t number, bool on, moment when);
  void purge(std::uint32_t number, moment when);

  /// Records of a transaction that is not committed: nobody else writes them.
  void lock(std::uint32_t number) { locked_.insert(number); }
  void unlock(std::uint32_t number) { locked_.erase(number); }
  [[nodiscard]] bool locked(std::uint32_t number) const { return locked_.contains(number); }

  /// Live records whose field holds one of these texts.
  [[nodiscard]] std::vector<std::uint32_t> holding(
      std::size_t field, const std::unordered_set<std::string>& texts) const;
  /// Another value for a field, as the generator makes them.
  [[nodiscard]] value another(std::size_t field, std::uint64_t dice) const;
  /// Whether deleting leaves the record in a recycle bin.
  [[nodiscard]] bool has_bin() const { return deleted_field_ && !def_.hard_deletes; }
  /// Whether plain queries leave records out that are archived.
  [[nodiscard]] bool archives() const { return archived_field_.has_value(); }
  [[nodiscard]] bool archived(const row& r) const {
    return archived_field_ && get(r, *archived_field_) == "1";
  }

  /// After the object got a field.
  void fields_changed() { classify(); }

  static constexpr std::uint32_t variants = 1024;
  /// Inserted rows without values of their own: only Id, stamps and defaults.
  static constexpr std::uint32_t blank_variant = variants;

 private:
  struct version {
    row is;
    changes own;
    moment from = 0;
  };
  [[nodiscard]] row base(std::uint32_t number) const;
  void write(row next, changes own, stamp now, moment when);
  void put(row next, changes own, moment when);
  [[nodiscard]] static changes own_of(const row& r);
  void classify();
  [[nodiscard]] const value& variant_value(std::uint32_t variant, std::size_t field) const;

  const object_def& def_;
  const schema& all_;
  std::uint64_t seed_;
  std::uint32_t base_;
  std::uint32_t size_;
  std::size_t live_ = 0;
  std::size_t present_ = 0;
  std::vector<bool> written_;
  std::unordered_map<std::uint32_t, std::vector<version>> versions_;
  std::set<std::pair<stamp, std::uint32_t>> written_by_stamp_;
  mutable std::vector<std::uint32_t> base_by_stamp_;  ///< made when first asked for
  std::vector<special> kinds_;
  std::optional<std::size_t> deleted_field_;
  std::optional<std::size_t> archived_field_;
  std::unordered_set<std::uint32_t> locked_;
  std::optional<std::size_t> stamp_field_;
  special cursor_kind_ = special::none;
  bool has_system_stamp_ = false;
  mutable std::unordered_map<std::uint32_t, std::vector<value>> made_;  ///< by variant
};

}  // namespace sandbox
