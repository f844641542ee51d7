// Finding the column of a field by its name, quickly when fields come in the order they were asked
// for.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::salesforce {

/// The selected fields of a collection; columns are indexes into `collection::fields`.
class field_index {
 public:
  struct entry {
    std::string name;
    std::uint32_t column = 0;
    value_type type = value_type::text;
    bool seen = false;
    bool hashed = false;  ///< its values are not shown
  };

  field_index(const collection& what, const std::vector<std::uint32_t>& selected) {
    entries_.reserve(selected.size());
    for (const std::uint32_t i : selected) {
      by_name_.emplace(what.fields[i].name, entries_.size());
      entries_.push_back(
          {what.fields[i].name, i, what.fields[i].type, false, what.fields[i].hashed});
    }
  }

  /// The first field of a record is expected next.
  void rewind() { expected_ = 0; }

  /// The entry of this name, or null for a field that was not asked for.
  entry* find(std::string_view name) {
    if (expected_ < entries_.size() && entries_[expected_].name == name) {
      entry& found = entries_[expected_++];
      found.seen = true;
      return &found;
    }
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) return nullptr;
    expected_ = found->second + 1;
    entries_[found->second].seen = true;
    return &entries_[found->second];
  }

  /// A field that was asked for and never came; none: all came.
  [[nodiscard]] const entry* missing() const {
    for (const entry& e : entries_)
      if (!e.seen) return &e;
    return nullptr;
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  std::vector<entry> entries_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::size_t expected_ = 0;
};

}  // namespace millrace::salesforce
