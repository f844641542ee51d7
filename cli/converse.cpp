// The answer comes on the loop's thread; this one waits for it.
#include "cli/converse.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace millrace {
namespace {

time_point now() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

class whole_answer final : public transfer_events {
 public:
  void on_head(transfer_id, const http_head&) override {}
  void on_chunk(transfer_id, std::string) override {}
  void on_done(transfer_id, result<http_response> outcome) override {
    answer_.set_value(std::move(outcome));
  }
  result<http_response> wait() { return answer_.get_future().get(); }

 private:
  std::promise<result<http_response>> answer_;
};

result<void> carry(conversation& talk, const ask& wanted, http_loop& http) {
  const auto events = std::make_shared<whole_answer>();
  http.start(wanted.request, body_use::whole, events);
  const auto answer = events->wait();
  verdict said = answer ? talk.answered(wanted.id, *answer, now())
                        : talk.gave_up(wanted.id, answer.error(), now());
  if (auto* again = std::get_if<ask_again>(&said))
    said = talk.gave_up(wanted.id, again->why, now());
  if (auto* end = std::get_if<give_up>(&said)) return failure(std::move(end->why));
  return {};
}

}  // namespace

result<void> converse(conversation& talk, http_loop& http) {
  for (;;) {
    next_step step = talk.next(now());
    if (const auto* wanted = std::get_if<ask>(&step)) {
      MILLRACE_CHECK(carry(talk, *wanted, http));
    } else if (const auto* pause = std::get_if<wait_until>(&step)) {
      std::this_thread::sleep_until(pause->when);
    } else if (auto* end = std::get_if<give_up>(&step)) {
      return failure(std::move(end->why));
    } else {
      return {};
    }
  }
}

}  // namespace millrace
