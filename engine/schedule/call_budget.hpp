// How many calls a source may be asked (I13). The org's quota is shared by all its clients: what
// they use together is known from what its answers say.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Calls of the rolling day, of all clients of the source together, as it said last.
struct call_usage {
  std::uint64_t used = 0;
  std::uint64_t allowed = 0;
};

/// A number of calls, or a part of those that the source allows in a day.
struct call_limit {
  std::optional<std::uint64_t> calls;
  std::optional<unsigned> percent;  ///< from 1 to 100
  /// None: there is no limit, or it is not known what it is a part of.
  [[nodiscard]] std::optional<std::uint64_t> of(std::uint64_t allowed) const;
};
/// "5000" or "60%".
std::optional<call_limit> parse_call_limit(std::string_view text);
std::string text_of(const call_limit& limit);

struct budget_rules {
  call_limit day{{}, 90};  ///< on what all clients use together
  call_limit run;          ///< on what one run of a pipeline uses
};

/// Of one source: shared by all pipelines that read it. From any thread.
class call_ledger {
 public:
  explicit call_ledger(budget_rules rules) : rules_(rules) {}
  void note(const call_usage& said);
  [[nodiscard]] call_usage usage() const;
  [[nodiscard]] const budget_rules& rules() const { return rules_; }
  /// A call that is on its way now: what was said before does not count it. Why it must not be
  /// made, when the day's budget is spent; then it is not counted.
  [[nodiscard]] std::optional<error> count();

 private:
  const budget_rules rules_;
  mutable std::mutex mutex_;
  call_usage said_;
};

/// Of one run. From any thread.
class run_budget {
 public:
  explicit run_budget(std::shared_ptr<call_ledger> source) : source_(std::move(source)) {}
  /// Another call is to be made now: none, and it is counted; or why it must not be.
  [[nodiscard]] std::optional<error> spend(const std::string& purpose);
  void note(const call_usage& said) { source_->note(said); }
  [[nodiscard]] call_usage usage() const { return source_->usage(); }
  /// That were made, by purpose.
  [[nodiscard]] std::map<std::string, std::uint64_t> calls() const;

 private:
  std::shared_ptr<call_ledger> source_;
  mutable std::mutex mutex_;
  std::uint64_t total_ = 0;
  std::map<std::string, std::uint64_t> by_purpose_;
};

}  // namespace millrace
