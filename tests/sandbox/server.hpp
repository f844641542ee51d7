// A small HTTP/1.1 server on loopback: one thread, keep-alive, gzip, bodies piece by piece.
#pragma once

#include "message.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sandbox {

class server {
 public:
  /// Listens at once; `port` 0 takes a free one. Throws when it cannot.
  server(const std::string& address, std::uint16_t port,
         std::function<response(const request&)> handle, bool gzip);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  [[nodiscard]] std::uint16_t port() const;
  /// Serves until SIGINT or SIGTERM.
  void run();

 private:
  struct inner;
  std::unique_ptr<inner> inner_;
};

}  // namespace sandbox
