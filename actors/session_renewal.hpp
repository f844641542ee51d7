// The session of a run, and its renewal: one login at a time, however many fetchers met the end of
// the session (salesforce-api.md 1.3). Part of the pipeline's state.
#pragma once

#include "actors/protocol.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace millrace {

class session_renewal {
 public:
  using answer = caf::typed_response_promise<shared<login_end>>;
  /// Leads a dialogue to its end.
  using converse_function = std::function<void(std::shared_ptr<conversation>,
                                               std::function<void(const conversation_end&)>)>;

  /// The one that is good now; null before the first login.
  [[nodiscard]] const session_ptr& now() const { return now_; }
  void take(session_ptr fresh) { now_ = std::move(fresh); }
  /// Answers with a session that is another one than `stale`: the one that is there, or that of a
  /// login.
  void renew(const session_ptr& stale, answer promise, const connector& source,
             const converse_function& converse);

 private:
  void ended(const conversation_end& done);

  session_ptr now_;
  std::vector<answer> waiting_;
};

}  // namespace millrace
