// poll over the listener, its one connection at a time, the standard input and an event that
// interrupts. A browser may connect without asking (it connects ahead), so a connection never keeps
// the next one waiting for longer than a moment.
#include "cli/callback_listener.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t head_bytes_max = 16'384;
constexpr std::size_t connections_max = 16;

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
};

std::string page(int status, std::string_view reason, std::string_view text) {
  const std::string body = fmt::format(
      "<!doctype html><meta charset=\"utf-8\"><title>millrace</title><p>{}</p>\n", text);
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{}",
      status, reason, body.size(), body);
}

/// The target of "GET /path?query HTTP/1.1"; empty when it is no GET.
std::string_view target_of(std::string_view head) {
  constexpr std::string_view method = "GET ";
  if (!head.starts_with(method)) return {};
  head.remove_prefix(method.size());
  return head.substr(0, head.find_first_of(" \r\n"));
}

struct visitor {
  descriptor socket;
  std::string head;
};

tl::unexpected<error> no_listener(std::uint16_t port) {
  return failure(errc::usage,
                 fmt::format("cannot listen on 127.0.0.1:{}: {}", port, std::strerror(errno)),
                 "Give another port with --port; the app must have it in its callback address");
}

}  // namespace

class callback_listener::core {
 public:
  result<void> open(std::uint16_t port) {
    listener_ = descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    wake_ = descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const int on = 1;
    ::setsockopt(listener_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_.number(), raw, size) != 0 ||
        ::listen(listener_.number(), static_cast<int>(connections_max)) != 0 ||
        ::getsockname(listener_.number(), raw, &size) != 0)
      return no_listener(port);
    port_ = ntohs(address.sin_port);
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  void interrupt() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.number(), &one, sizeof one));
  }

  result<std::string> wait(const callback_reader& read, bool with_stdin,
                           std::chrono::milliseconds longest) {
    const auto end = clock_type::now() + longest;
    bool input = with_stdin;
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_type::now());
      if (left <= 0ms)
        return failure(errc::login_refused, "nobody allowed the access in time",
                       "Connect again, and finish the login in the browser");
      std::vector<pollfd> watched{{wake_.number(), POLLIN, 0},
                                  {listener_.number(), POLLIN, 0},
                                  {input ? STDIN_FILENO : -1, POLLIN, 0}};
      for (const visitor& v : visitors_)
        watched.push_back({v.socket.number(), POLLIN, 0});
      if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0) continue;
      if (watched[0].revents != 0)
        return failure(errc::interrupted, "connecting was interrupted", "Connect again");
      // Visitors before the listener: their places in `watched` are still theirs.
      for (std::size_t i = visitors_.size(); i-- > 0;) {
        if (watched[i + 3].revents == 0) continue;
        MILLRACE_TRY(auto code, hear(i, read));
        if (code) return std::move(*code);
      }
      if (watched[1].revents != 0) welcome();
      if (watched[2].revents != 0) {
        MILLRACE_TRY(auto code, take_input(input, read));
        if (code) return std::move(*code);
      }
    }
  }

 private:
  void welcome() {
    descriptor socket(
        ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.number() < 0) return;
    if (visitors_.size() == connections_max) visitors_.erase(visitors_.begin());
    visitors_.push_back({std::move(socket), {}});
  }

  void answer(std::size_t i, const std::string& text) {
    static_cast<void>(
        !::send(visitors_[i].socket.number(), text.data(), text.size(), MSG_NOSIGNAL));
    visitors_.erase(visitors_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  result<std::optional<std::string>> hear(std::size_t i, const callback_reader& read) {
    std::array<char, 4096> part{};
    const ssize_t got = ::recv(visitors_[i].socket.number(), part.data(), part.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    std::string& head = visitors_[i].head;
    if (got > 0) head.append(part.data(), static_cast<std::size_t>(got));
    if (got <= 0 || head.size() > head_bytes_max) {
      visitors_.erase(visitors_.begin() + static_cast<std::ptrdiff_t>(i));
      return std::nullopt;
    }
    if (head.find("\r\n\r\n") == std::string::npos) return std::nullopt;
    auto code = read(target_of(head));
    if (!code) {
      answer(i, page(400, "Bad Request", "The access was not given. You can close this page."));
      return failure(std::move(code.error()));
    }
    answer(i, *code ? page(200, "OK", "millrace goes on in the terminal. You can close this page.")
                    : page(404, "Not Found", "This is not the answer that millrace waits for."));
    return code;
  }

  result<std::optional<std::string>> take_input(bool& open, const callback_reader& read) {
    std::array<char, 4096> part{};
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) return std::nullopt;
    if (got <= 0) {
      open = false;  // a browser on this machine may still come
      return std::nullopt;
    }
    pasted_.append(part.data(), static_cast<std::size_t>(got));
    for (std::size_t end = pasted_.find('\n'); end != std::string::npos; end = pasted_.find('\n')) {
      std::string line = pasted_.substr(0, end);
      pasted_.erase(0, end + 1);
      while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.pop_back();
      auto code = read(line);
      if (!code || *code) return code;
    }
    if (pasted_.size() > head_bytes_max) pasted_.clear();
    return std::nullopt;
  }

  descriptor listener_;
  descriptor wake_;
  std::uint16_t port_ = 0;
  std::vector<visitor> visitors_;
  std::string pasted_;
};

callback_listener::callback_listener(std::unique_ptr<core> inner) : core_(std::move(inner)) {}
callback_listener::~callback_listener() = default;

result<std::unique_ptr<callback_listener>> callback_listener::open(std::uint16_t port) {
  auto inner = std::make_unique<core>();
  MILLRACE_CHECK(inner->open(port));
  return std::unique_ptr<callback_listener>(new callback_listener(std::move(inner)));
}

std::uint16_t callback_listener::port() const {
  return core_->port();
}

result<std::string> callback_listener::wait(const callback_reader& read, bool with_stdin,
                                            std::chrono::milliseconds longest) {
  return core_->wait(read, with_stdin, longest);
}

void callback_listener::interrupt() {
  core_->interrupt();
}

}  // namespace millrace
