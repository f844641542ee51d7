// HTTP/1.1 over one thread and epoll: keep-alive, chunked bodies made while they are sent, delays
// by timers, and the ways in which an answer may break off.
#pragma once

#include "message.hpp"
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sandbox {

enum class gzip_mode : std::uint8_t { off, on, all };  ///< on: bodies below 1 MB

struct server_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  gzip_mode gzip = gzip_mode::on;
  std::size_t link_bytes = 0;  ///< that a connection carries in a second, as sent; 0: no bound
  int stop_fd = -1;            ///< the server ends when this can be read; not owned
};

class server {
 public:
  using handler = std::function<response(const request&)>;

  /// Listens; throws std::system_error when it cannot.
  server(server_options options, handler answer);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void run();

 private:
  struct connection;
  void watch(int fd, std::uint32_t events, bool known) const;
  void accept_all();
  void on_event(connection& c, std::uint32_t events);
  bool read_some(connection& c);
  void serve_next(connection& c);
  void begin(connection& c, response r);
  void write_some(connection& c);
  [[nodiscard]] std::size_t link_allows(const connection& c) const;
  void pause(connection& c);
  void fill(connection& c);
  void finish(connection& c);
  void break_off(connection& c);
  void wake_delayed();
  [[nodiscard]] int wait_ms() const;

  server_options options_;
  handler answer_;
  int listen_fd_ = -1;
  int epoll_fd_ = -1;
  std::uint16_t port_ = 0;
  std::map<int, std::unique_ptr<connection>> connections_;
  std::multimap<std::int64_t, std::pair<int, std::uint64_t>>
      delayed_;  ///< due -> descriptor, number
  std::uint64_t next_number_ = 1;
};

}  // namespace sandbox
