// How a body flows: from curl through decompression into chunks, within the receiver's allowance.
// At any time a transfer holds one write of curl, one chunk and zlib's window, whatever the answer.
#include "connectors/http/curl_errors.hpp"
#include "connectors/http/transfer.hpp"

#include <algorithm>
#include <utility>

namespace millrace::http {

namespace {
/// While collecting, the body grows by pieces of this size.
constexpr std::size_t collect_step_bytes = std::size_t{64} * 1024;
}  // namespace

void transfer::pump_held() {
  std::string held = std::exchange(held_, {});
  std::string_view rest = held;
  pump(rest);
  if (!over() && !rest.empty()) held_.assign(rest);
}

void transfer::pump(std::string_view& bytes) {
  if (mode_ == mode::streaming) return pump_streamed(bytes);
  if (mode_ == mode::head && input_ended_)
    return fail(interrupted(to_.host, "it ended within its head"));
  if (mode_ != mode::collecting) return;
  const std::size_t size_max = limits_.whole_body_max;
  flow last = flow::full;
  while (last == flow::full && out_.size() <= size_max)
    last = decode(bytes, std::min(out_.size() + collect_step_bytes, size_max + 1));
  if (over()) return;
  if (out_.size() > size_max) return fail(too_large(to_.host, "body", size_max));
  if (input_ended_) end_well();
}

void transfer::pump_streamed(std::string_view& bytes) {
  flow last = flow::full;
  while (last == flow::full) {
    const std::size_t size_wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(limits_.chunk_bytes, allowance_));
    last = decode(bytes, size_wanted);
    if (over()) return;
    if (!out_.empty() && out_.size() >= size_wanted) emit();
    // Without allowance only what needs no room was read: a trailer, the end.
    if (size_wanted == 0) break;
  }
  if (!input_ended_ || last != flow::starved) return;
  if (!out_.empty()) emit();
  end_well();
}

// Decodes until `out_` has the size wanted (full) or `bytes` are used up (starved).
transfer::flow transfer::decode(std::string_view& bytes, std::size_t size_wanted) {
  if (!inflater_) {
    const std::size_t taken = std::min(bytes.size(), size_wanted - out_.size());
    out_.append(bytes.substr(0, taken));
    counts_.body_bytes_in += taken;
    bytes.remove_prefix(taken);
    return bytes.empty() ? flow::starved : flow::full;
  }
  for (;;) {
    const std::size_t before = out_.size();
    const inflate_step step = inflater_->step(bytes, out_, size_wanted - before);
    counts_.body_bytes_in += out_.size() - before;
    switch (step) {
      case inflate_step::progress:
        break;
      case inflate_step::starved:
      case inflate_step::ended:
        return flow::starved;
      case inflate_step::blocked:
        return flow::full;
      case inflate_step::corrupt:
        fail(interrupted(to_.host, "its gzip data is damaged"));
        return flow::faulty;
    }
  }
}

void transfer::emit() {
  allowance_ -= out_.size();
  events_->on_chunk(id_, std::exchange(out_, {}));
}

void transfer::end_well() {
  if (inflater_ && !inflater_->at_boundary())
    return fail(interrupted(to_.host, "its gzip data breaks off"));
  outcome_ = http_response{std::move(head_), std::move(out_)};
}

}  // namespace millrace::http
