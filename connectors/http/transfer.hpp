// One transfer: a request, its redirects, and its answer on the way to the receiver. Lives on the
// loop's thread only.
//
//   head -> (page: deciding) -> collecting | streaming -> over
#pragma once

#include "connectors/http/easy_handle.hpp"
#include "connectors/http/http_loop.hpp"
#include "connectors/http/inflater.hpp"
#include "connectors/http/traffic.hpp"
#include "connectors/http/url_rules.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

using steady_time = std::chrono::steady_clock::time_point;

class transfer final : public easy_sink {
 public:
  transfer(transfer_id id, http_request request, body_use use,
           std::shared_ptr<transfer_events> events, const http_limits& limits, traffic& counts);

  /// Checks the address and sets up the easy handle; the transfer is over if that fails.
  void prepare();
  [[nodiscard]] transfer_id id() const { return id_; }
  [[nodiscard]] void* native() const { return easy_.native(); }

  // The receiver's words. Each may end the transfer.
  void collect();
  void stream(std::uint64_t first_allowance);
  void grant(std::uint64_t bytes);
  void cancel();

  /// Curl has ended this hop with its code. True: the next hop is set up and shall be sent.
  bool hop_ended(int code);

  /// Ends the transfer if it has been silent for too long. When to look again; none: not watched.
  /// `served`: whether one without a connection may be waiting for its turn with this host: others
  /// have connections that work.
  std::optional<steady_time> watch(steady_time now,
                                   const std::function<bool(const std::string&)>& served);
  [[nodiscard]] const std::string& host() const { return to_.host; }
  /// Whether it has a connection that works.
  [[nodiscard]] bool is_connected() const { return native() != nullptr && easy_.connected(); }

  /// Adds this hop's connections to the counters, once a hop.
  void count_connections();

  /// Its outcome is known; nothing more may be asked of curl.
  [[nodiscard]] bool over() const { return outcome_.has_value(); }
  /// Tells the receiver the outcome. Once, last.
  void tell_outcome();

  // What arrives.
  bool header_line(std::string_view line) override;
  intake body(std::string_view bytes) override;

 private:
  enum class mode : std::uint8_t { head, following, deciding, collecting, streaming };
  enum class flow : std::uint8_t { starved, full, faulty };

  void status_line(std::string_view line);
  bool head_complete();
  bool wants_to_follow();
  bool read_encoding();
  bool follow();
  void set_up_hop();
  void settle();
  void pump(std::string_view& bytes);
  void pump_held();
  void pump_streamed(std::string_view& bytes);
  flow decode(std::string_view& bytes, std::size_t size_wanted);
  void emit();
  void unpause();
  void touch();
  void fail(error why);
  void end_well();

  const transfer_id id_;
  const http_request request_;
  const body_use use_;
  std::shared_ptr<transfer_events> events_;
  const http_limits& limits_;
  traffic& counts_;
  easy_handle easy_;
  target to_;

  mode mode_ = mode::head;
  http_head head_;
  std::size_t head_bytes_ = 0;
  bool in_trailer_ = false;
  bool uncounted_ = false;  ///< this hop's connections are not in the counters yet
  std::optional<target> next_;
  int hops_ = 0;
  std::size_t ignored_bytes_ = 0;

  std::optional<inflater> inflater_;
  std::string held_;  ///< taken from curl, not yet decoded; at most one write of curl
  std::string out_;   ///< decoded, not yet delivered; while streaming never more than allowed
  std::uint64_t allowance_ = 0;
  bool paused_ = false;       ///< curl holds bytes back on our word
  bool input_ended_ = false;  ///< curl has no more

  steady_time last_progress_;
  std::int64_t moved_before_ = 0;
  bool connected_before_ = false;
  bool without_turn_ = false;  ///< and nobody else was served, when it was looked at last
  std::optional<result<http_response>> outcome_;
};

}  // namespace millrace::http
