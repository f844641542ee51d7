// The HTTP client of the whole process: one libcurl multi loop on one thread of its own, with
// connection reuse, HTTP/2, gzip, a stall watchdog, and bodies that are read no faster than the
// receiver allows. No curl type leaves this folder.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/exchange.hpp"
#include "engine/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace millrace {

/// Every bound of the loop. The defaults suit a process that serves many sources.
struct http_limits {
  /// Name look-up, TCP and TLS together. Waiting for a free connection does not count.
  std::chrono::milliseconds connect_timeout{20'000};
  /// No byte in either direction for this long ends a transfer, unless it is the receiver that
  /// keeps it waiting. There is no bound on the total time: an answer may be gigabytes.
  std::chrono::milliseconds stall_timeout{120'000};
  /// Fewer bytes than this within `stall_timeout` are as good as none: an answer that drips would
  /// hold its run for ever.
  std::size_t stall_bytes = 12'000;
  std::size_t head_bytes_max = std::size_t{256} * 1024;
  std::size_t whole_body_max =
      std::size_t{64} * 1024 * 1024;                  ///< decompressed; for collected bodies
  std::size_t chunk_bytes = std::size_t{256} * 1024;  ///< largest chunk of a streamed body
  long connections_per_host = 8;
  long connections_total = 256;
  std::string ca_file;  ///< PEM; empty: the system's store
  std::string user_agent = "millrace";
};

/// Since the loop was opened.
struct http_counters {
  std::uint64_t requests = 0;            ///< sent, redirects included
  std::uint64_t redirects = 0;           ///< followed
  std::uint64_t failures = 0;            ///< transfers that ended in an error, cancelled included
  std::uint64_t connections_opened = 0;  ///< counted when the transfer that opened one ends
  std::uint64_t wire_bytes_in = 0;       ///< heads and bodies as they were sent
  std::uint64_t body_bytes_in = 0;       ///< bodies after decompression
  std::uint64_t transfers_open = 0;      ///< now
};

/// Names one transfer of one loop; never reused.
using transfer_id = std::uint64_t;

/// What a receiver hears of one transfer. Called from the loop's thread only, so it must neither
/// block nor throw; it may call any method of the loop except `stop`. A call can come before
/// `start` has returned.
class transfer_events {
 public:
  transfer_events() = default;
  transfer_events(const transfer_events&) = delete;
  transfer_events& operator=(const transfer_events&) = delete;
  virtual ~transfer_events() = default;
  /// Only for `body_use::page`: the head is there and the transfer waits until the receiver says
  /// `collect`, `stream` or `cancel`.
  virtual void on_head(transfer_id id, const http_head& head) = 0;
  /// The next piece of a streamed body, decompressed, never more than was granted.
  virtual void on_chunk(transfer_id id, std::string chunk) = 0;
  /// The end, exactly once; nothing comes after it. The body is empty if it was streamed. The head
  /// is as sent, so `Content-Length` and `Content-Encoding` speak of the bytes on the wire.
  virtual void on_done(transfer_id id, result<http_response> outcome) = 0;
};

/// Every method may be called from any thread, and returns at once except `stop`.
class http_loop {
 public:
  /// Starts the loop's thread. Fails when the CA file cannot be read.
  static result<std::unique_ptr<http_loop>> open(http_limits limits);
  http_loop(const http_loop&) = delete;
  http_loop& operator=(const http_loop&) = delete;
  /// As `stop`.
  ~http_loop();

  /// Sends the request. Whatever is wrong with it is told by `on_done`. After `stop`: `on_done`
  /// with `http_cancelled` from within this call.
  transfer_id start(http_request request, body_use use, std::shared_ptr<transfer_events> events);
  // The first decision after `on_head` counts; one that the loop hears before it, or after another,
  // is without effect.
  /// The receiver's decision after `on_head`: collect the body, up to `whole_body_max`.
  void collect(transfer_id id);
  /// The receiver's decision after `on_head`: stream the body, this many bytes for a start.
  void stream(transfer_id id, std::uint64_t first_allowance);
  /// Allows this many more bytes of a streamed body. Without allowance the connection is not read.
  void grant(transfer_id id, std::uint64_t bytes);
  /// Ends the transfer with `http_cancelled`, unless it has ended already.
  void cancel(transfer_id id);

  /// Ends every open transfer with `http_cancelled` and the thread. Not from a callback.
  void stop();

  [[nodiscard]] http_counters counters() const;

 private:
  class core;
  explicit http_loop(std::unique_ptr<core> made);
  std::unique_ptr<core> core_;
};

}  // namespace millrace
