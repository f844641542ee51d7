// Writes of a transaction: planned at its begin, done when it commits. What a write takes with it
// (children of what is deleted, formulas that show another record's value) is part of it.
#pragma once

#include "org.hpp"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sandbox {

struct write_step {
  enum class kind : std::uint8_t {
    vary,
    update,
    insert,
    remove,
    undelete,
    erase,
    purge,
    amend,
    conceal,
    reveal,
    list_as_deleted
  };
  kind what = kind::update;
  const object_def* object = nullptr;
  std::uint32_t number = 0;
  std::uint32_t variant = 0;
  changes values;
  bool stamped = true;
};

/// Ids by what happened to them: "updated", "inserted", "deleted", "cascaded", ...
using mutated = std::map<std::string, std::vector<std::string>>;

class transaction {
 public:
  explicit transaction(org& o) : org_(o) {}

  void add(const std::string& told_as, write_step step);
  /// With what is deleted along.
  void remove(const object_def& object, std::uint32_t number);
  /// With what was deleted along.
  void undelete(const object_def& object, std::uint32_t number);
  void merge(const object_def& object, std::uint32_t winner, std::uint32_t loser);
  /// A number for a record that the commit makes.
  std::uint32_t reserve(const object_def& object, std::uint32_t variant);

  /// The writes are seen after `late_seconds`; their stamps are those of now.
  void commit(std::int64_t late_seconds = 0);
  [[nodiscard]] const std::map<std::string, mutated>& told() const { return told_; }

 private:
  org& org_;
  std::vector<write_step> steps_;
  std::map<std::string, mutated> told_;
};

}  // namespace sandbox
