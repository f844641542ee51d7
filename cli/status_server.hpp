// The host's own page for operators, monitors and this command: HTTP on loopback.
//
//   GET  /healthz                      200: the process answers
//   GET  /readyz                       200, or 503 while it begins or is being ended
//   GET  /metrics                      for Prometheus
//   GET  /v1/status[?pipeline=NAME]    JSON
//   POST /v1/pipelines/NAME/sync | pause | resume     202, 404, or 409 when it is under way
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

class status_board;

/// What a request to the server may do; called on the server's threads.
struct status_orders {
  std::function<result<void>(const std::string& pipeline)> sync;
  std::function<result<void>(const std::string& pipeline)> pause;
  std::function<result<void>(const std::string& pipeline)> resume;
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

/// Asks a host that runs at this address. `order`: empty for its status, of one pipeline unless
/// `pipeline` is empty; or "sync", "pause", "resume". The JSON that it answered; errc::usage when
/// it knows no such pipeline, errc::held when the pipeline is under way, errc::http_connect when
/// nobody answers there.
result<std::string> ask_host(const std::string& address, const std::string& order,
                             const std::string& pipeline);

}  // namespace millrace
