// How many calls a source may be asked (I13). The org's quota is shared by all its clients: what
// they use together is known from what its answers say.
#pragma once

#include "engine/error.hpp"
#include "engine/schedule/call_estimate.hpp"

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

  /// A bundle that is on its way, taken to cost the most that it can.
  struct reservation {
    std::uint64_t requests = 0;                ///< in the bundle
    std::uint64_t calls = 0;                   ///< each of them, and the bundle itself
    std::optional<std::uint64_t> used_before;  ///< of the day; none: nothing was said yet
  };
  /// Like `count`, for a bundle of so many requests.
  [[nodiscard]] result<reservation> reserve(std::uint64_t requests);
  /// The bundle has ended; `said`: what its answer says of the day, none: nothing, or there was no
  /// answer. What it cost: few calls only when the org's own count has shown it.
  std::uint64_t settle(const reservation& of, const std::optional<call_usage>& said);
  /// What the last bundle has shown that could show something.
  [[nodiscard]] bundle_counting counting() const;

 private:
  [[nodiscard]] std::optional<error> day_refuses(std::uint64_t calls) const;

  const budget_rules rules_;
  mutable std::mutex mutex_;
  call_usage said_;
  std::uint64_t reserved_ = 0;  ///< by bundles under way
  bundle_counting counting_ = bundle_counting::unknown;
};

/// Of one run. From any thread.
class run_budget {
 public:
  explicit run_budget(std::shared_ptr<call_ledger> source) : source_(std::move(source)) {}
  /// Another call is to be made now: none, and it is counted; or why it must not be.
  [[nodiscard]] std::optional<error> spend(const std::string& purpose);
  void note(const call_usage& said) { source_->note(said); }
  [[nodiscard]] call_usage usage() const { return source_->usage(); }
  [[nodiscard]] bundle_counting counting() const { return source_->counting(); }
  /// That were made, by purpose.
  [[nodiscard]] std::map<std::string, std::uint64_t> calls() const;

 private:
  friend class bundle_charge;
  [[nodiscard]] std::optional<error> run_refuses(std::uint64_t calls) const;

  std::shared_ptr<call_ledger> source_;
  mutable std::mutex mutex_;
  std::uint64_t total_ = 0;
  std::map<std::string, std::uint64_t> by_purpose_;
};

/// What a bundle under way is charged with: each of its requests and the bundle itself, until its
/// answer shows that it was less. Whoever ends without an answer has paid all of it.
class bundle_charge {
 public:
  /// Why the bundle must not be made: its most is beyond the run's budget or the day's.
  static result<std::shared_ptr<bundle_charge>> make(const std::shared_ptr<run_budget>& of,
                                                     std::string purpose, std::uint64_t requests);
  bundle_charge(const bundle_charge&) = delete;
  bundle_charge& operator=(const bundle_charge&) = delete;
  ~bundle_charge();
  /// Once; `said` as in `call_ledger::settle`.
  void settle(const std::optional<call_usage>& said);

 private:
  bundle_charge(std::shared_ptr<run_budget> of, std::string purpose,
                call_ledger::reservation reserved)
      : of_(std::move(of)), purpose_(std::move(purpose)), reserved_(reserved) {}

  std::shared_ptr<run_budget> of_;  ///< null: settled
  std::string purpose_;
  call_ledger::reservation reserved_;
};

}  // namespace millrace
