// The conversations of a run that are under way: each with the fetcher that leads it, and with what
// follows when it is over. Logins, catalogs and collections are told apart by nothing else.
#pragma once

#include "actors/protocol.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace millrace {

struct dialogue {
  std::shared_ptr<conversation> what;
  fetcher_actor worker;
  std::function<void(const conversation_end&)> then;
};

/// Part of one actor's state.
class dialogues {
 public:
  void add(dialogue begun) { open_.push_back(std::move(begun)); }
  /// Takes out what this conversation, or the death of this worker, is the end of; none: neither is
  /// known (any more).
  std::optional<dialogue> take(const std::shared_ptr<conversation>& what);
  std::optional<dialogue> take(const caf::actor_addr& worker);
  [[nodiscard]] std::vector<fetcher_actor> workers() const;

 private:
  std::vector<dialogue> open_;
};

}  // namespace millrace
