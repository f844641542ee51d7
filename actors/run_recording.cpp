// The writer answers in any case, or dies, which is an answer too.
#include "actors/run_recording.hpp"

#include "actors/support.hpp"

#include <utility>

namespace millrace {
namespace {

notice not_recorded(const error& why) {
  return {"", "run_not_recorded",
          "what the run came to is not kept in the warehouse: " + to_string(why)};
}

}  // namespace

void record_run(pipeline_actor::pointer self, const writer_actor& writer,
                const run_request& request, const std::vector<checkpoint>& checkpoints,
                run_summary& summary, const std::function<void()>& then) {
  self->request(writer, caf::infinite, atom::record_v,
                share(history_of(summary, checkpoints, request.keep_runs)))
      .then(
          [&summary, then](const shared<record_end>& kept) {
            if (!kept->done) summary.notices.push_back(not_recorded(kept->done.error()));
            then();
          },
          [&summary, then](caf::error& why) {
            summary.notices.push_back(not_recorded(error_of(why)));
            then();
          });
}

}  // namespace millrace
