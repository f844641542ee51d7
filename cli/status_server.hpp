// The host's own page for operators, monitors and this command: HTTP on loopback.
//
//   GET  /healthz                      200: the process answers
//   GET  /readyz                       200, or 503 while it begins or is being ended
//   GET  /metrics                      for Prometheus
//   GET  /v1/status[?pipeline=NAME]    JSON
//   POST /v1/pipelines/NAME/sync | pause | resume     202, 404, or 409 when it is under way
#pragma once

#include "cli/status_board.hpp"
#include "engine/error.hpp"
#include "engine/model/host_use.hpp"
#include "engine/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

/// What a request to the server may do; called on the server's threads.
struct status_orders {
  std::function<result<void>(const std::string& pipeline)> sync;
  std::function<result<void>(const std::string& pipeline)> pause;
  std::function<result<void>(const std::string& pipeline)> resume;
  std::function<host_use()> use;
};

class status_server {
 public:
  /// Answers from now on until it is destroyed. `address`: "127.0.0.1:9470"; port 0 is any.
  static result<std::unique_ptr<status_server>> open(const std::string& address,
                                                     const status_board& board,
                                                     status_orders orders,
                                                     std::function<time_point()> now);
  status_server(const status_server&) = delete;
  status_server& operator=(const status_server&) = delete;
  ~status_server();
  /// With the port that it was given.
  [[nodiscard]] const std::string& address() const;

 private:
  class core;
  explicit status_server(std::unique_ptr<core> inner);
  std::unique_ptr<core> core_;
};

/// The status, as JSON, of a host that runs at this address: of one pipeline, or of all when the
/// name is empty. errc::usage: it knows no such pipeline; errc::http_connect: nobody answers there.
result<std::string> ask_status(const std::string& address, const std::string& pipeline,
                               status_detail detail = status_detail::whole);

/// An order to it: "sync", "pause" or "resume". errc::held as well: the pipeline is under way.
result<void> order_host(const std::string& address, const std::string& order,
                        const std::string& pipeline);

}  // namespace millrace
