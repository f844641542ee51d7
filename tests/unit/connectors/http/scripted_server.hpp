// A loopback server that plays a script: one thread, one connection after the other, raw bytes.
// What it sends, and when, is decided by the test alone.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace::testing {

/// Opened by one thread, waited for by another.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// False when it has not opened after a time that only a hanging test needs.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// The server's end of one connection.
class peer {
 public:
  explicit peer(int socket) : socket_(socket) {}
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer() {
    if (socket_ >= 0) ::close(socket_);
  }
  /// A request's head with its empty line; empty when the connection ended.
  std::string read_head() {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::string head = buffer_.substr(0, end + 4);
        buffer_.erase(0, end + 4);
        return head;
      }
      if (!receive()) return {};
    }
  }
  std::string read_body(std::size_t size) {
    while (buffer_.size() < size && receive()) {
    }
    std::string body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return body;
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// True when the receiver has stopped reading: the buffers between are full and stay full.
  [[nodiscard]] bool is_blocked() const {
    pollfd waiting{socket_, POLLOUT, 0};
    return ::poll(&waiting, 1, 150) == 0;
  }
  /// Sends a piece again and again, each a moment after the one before, until nobody listens.
  void drip(std::string_view piece) {
    pollfd gone{socket_, POLLRDHUP, 0};
    while (::poll(&gone, 1, 5) == 0 && send(piece)) {
    }
  }
  [[nodiscard]] int socket() const { return socket_; }
  /// Reads until the other side closes.
  void wait_for_close() {
    while (receive()) {
    }
  }
  /// Ends the connection with a reset instead of a proper end.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
  }

 private:
  bool receive() {
    char bytes[16 * 1024];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  int socket_;
  std::string buffer_;
};

/// Plays one script per connection, in order, then accepts no more.
class scripted_server {
 public:
  using script = std::function<void(peer&)>;
  explicit scripted_server(std::vector<script> scripts) : scripts_(std::move(scripts)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 16) != 0)
      throw std::runtime_error("no port on the loopback");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server() {
    // Wakes a pending accept.
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://" + host() + std::string(path);
  }
  [[nodiscard]] int accepted() const { return accepted_; }

 private:
  void run() {
    for (const script& play : scripts_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      ++accepted_;
      peer client(socket);
      play(client);
    }
  }
  std::vector<script> scripts_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

/// An answer with a Content-Length.
inline std::string answer(std::string_view body, std::string_view headers = {},
                          std::string_view status = "200 OK") {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  out.append("\r\n").append(headers).append("\r\n").append(body);
  return out;
}

inline std::string chunk(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = bytes.size(); rest > 0; rest /= 16)
    size.insert(0, 1, digits[rest % 16]);
  if (size.empty()) size = "0";
  return size.append("\r\n").append(bytes).append("\r\n");
}

/// Reads one request and sends these bytes.
inline scripted_server::script once(std::string bytes) {
  return [bytes = std::move(bytes)](peer& client) {
    client.read_head();
    client.send(bytes);
  };
}

}  // namespace millrace::testing
