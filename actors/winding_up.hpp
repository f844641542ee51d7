// What a fetcher still asks when its conversation has ended or was broken off, so that nothing is
// left at the source: bounded in requests and in time, for whoever ends a run does not wait for the
// source. Part of the fetcher's state: it lives and runs in that actor.
#pragma once

#include "actors/protocol.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace millrace {

class winding_up {
 public:
  struct surroundings {
    conversation* talk = nullptr;
    std::function<time_point()> now;
    std::function<bool(const ask&)> may_ask;         ///< I13: and the call is counted
    std::function<std::uint64_t(const ask&)> carry;  ///< the number of the exchange
    std::function<void(std::uint64_t)> cancel;
    std::function<void(milliseconds, std::function<void()>)> later;
    std::function<void()> over;  ///< called once, when nothing more is asked
  };
  using exchanges = std::map<std::uint64_t, std::uint64_t>;  ///< number, and the ask's Id

  void use(surroundings around) { around_ = std::move(around); }

  /// Asks what is left to ask; only the first call does. `why` is what broke the conversation off,
  /// if anything. `under_way` is what is being asked and not of pages: its answers are waited for
  /// where the conversation says so.
  void begin(const error* why, const exchanges& under_way);
  [[nodiscard]] bool in_progress() const { return in_progress_; }
  [[nodiscard]] bool waits_for(std::uint64_t number) const { return asked_.contains(number); }
  /// The end of an exchange that it waits for.
  void answered(const transfer_end& ended);

 private:
  void take(const next_step& step);
  void finish();

  surroundings around_;
  exchanges asked_;
  unsigned made_ = 0;
  bool begun_ = false;
  bool in_progress_ = false;
};

}  // namespace millrace
