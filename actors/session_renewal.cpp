// Who comes while a login is under way waits for it.
#include "actors/session_renewal.hpp"

#include "actors/support.hpp"

#include <utility>

namespace millrace {

void session_renewal::renew(const session_ptr& stale, answer promise, const connector& source,
                            const converse_function& converse) {
  if (stale != now_) {
    promise.deliver(share(login_end{now_}));
    return;
  }
  waiting_.push_back(std::move(promise));
  if (waiting_.size() > 1) return;
  converse(source.log_in(stale), [this](const conversation_end& done) { ended(done); });
}

void session_renewal::ended(const conversation_end& done) {
  result<session_ptr> fresh = failure(errc::internal, "no session");
  if (done.why) {
    fresh = failure(*done.why);
  } else {
    now_ = std::static_pointer_cast<login_conversation>(done.what)->result_session();
    fresh = now_;
  }
  const auto told = share(login_end{std::move(fresh)});
  for (answer& promise : std::exchange(waiting_, {}))
    promise.deliver(told);
}

}  // namespace millrace
