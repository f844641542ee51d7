// The records of one object in one org. Most are made up on demand from a few hundred variants and
// a number; records that somebody wrote are held whole.
#pragma once

#include "generate.hpp"
#include "schema.hpp"
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox {

/// Milliseconds since the epoch, by the org's clock.
using stamp = std::int64_t;

std::string canonical_time(stamp t);  ///< "2024-01-02 03:04:05.678"

/// Fields whose value belongs to the record, not to its variant.
enum class special : std::uint8_t { none, id, deleted, created, modified };

class table {
 public:
  table(const object_def& def, const schema& all, std::uint64_t seed, std::size_t records);

  [[nodiscard]] const object_def& def() const { return def_; }
  /// Numbers run from 0; some may be gone.
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool exists(std::uint32_t record) const;
  [[nodiscard]] bool deleted(std::uint32_t record) const;
  [[nodiscard]] stamp modified(std::uint32_t record) const;
  [[nodiscard]] stamp created(std::uint32_t record) const;
  [[nodiscard]] std::string id(std::uint32_t record) const { return make_id_of(record); }
  [[nodiscard]] std::size_t live() const;  ///< records that a plain query sees
  [[nodiscard]] bool has_deleted_field() const { return deleted_field_.has_value(); }

  /// The value of a field in canonical text.
  [[nodiscard]] value get(std::uint32_t record, std::size_t field) const;
  [[nodiscard]] special kind_of(std::size_t field) const { return kinds_[field]; }
  [[nodiscard]] std::uint32_t variant_of(std::uint32_t record) const { return record % variants; }
  [[nodiscard]] bool is_own(std::uint32_t record) const { return own_.contains(record); }
  [[nodiscard]] value variant_value(std::uint32_t variant, std::size_t field) const;

  /// Writes; each sets the stamps.
  std::uint32_t insert(const std::map<std::size_t, value>& values, stamp now);
  void update(std::uint32_t record, const std::map<std::size_t, value>& values, stamp now);
  void set_deleted(std::uint32_t record, bool on, stamp now);
  void erase(std::uint32_t record);

  /// Before a field goes: forgets its values in records that are held whole.
  void drop_field(std::size_t field);
  /// The fields changed: variants are made anew.
  void fields_changed();

  static constexpr std::uint32_t variants = 512;

 private:
  struct own_record {
    std::vector<value> values;
    stamp created = 0;
    stamp modified = 0;
    bool deleted = false;
    bool gone = false;
  };
  [[nodiscard]] std::string make_id_of(std::uint32_t record) const;
  own_record& own(std::uint32_t record);
  void classify();

  const object_def& def_;
  const schema& all_;
  std::uint64_t seed_;
  std::uint32_t base_;
  std::uint32_t size_;
  std::map<std::uint32_t, own_record> own_;
  std::vector<special> kinds_;
  std::optional<std::size_t> deleted_field_;
  mutable std::vector<std::vector<value>> made_;  ///< by variant; empty: not made yet
};

}  // namespace sandbox
