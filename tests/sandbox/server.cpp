// One thread: a connection serves one request at a time, in the order of arrival.
#include "server.hpp"

#include "gzip.hpp"
#include "http_head.hpp"
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace sandbox {
namespace {

constexpr std::size_t read_bytes = std::size_t{64} * 1024;
constexpr std::size_t gzip_below = std::size_t{1024} * 1024;
constexpr std::size_t longest_head = std::size_t{1024} * 1024;
constexpr std::size_t written_per_turn = std::size_t{4} * 1024 * 1024;
constexpr std::int64_t link_turn_ms = 20;
constexpr std::size_t keep_buffer = std::size_t{1024} * 1024;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Damages the data and the check sum of an encoded body.
void corrupt(std::string& body) {
  for (std::size_t i = body.size() / 2; i < body.size() && i < body.size() / 2 + 8; ++i)
    body[i] = static_cast<char>(~body[i]);
  if (body.size() > 20) body[body.size() - 6] = static_cast<char>(~body[body.size() - 6]);
}

}  // namespace

struct server::connection {
  int fd = -1;
  std::uint64_t number = 0;
  std::string in;
  std::string out;
  std::size_t out_at = 0;
  bool busy = false;     ///< with a request
  bool writing = false;  ///< epoll tells when it can go on
  bool wants_gzip = false;
  bool close = false;
  response delayed;
  producer more;
  std::optional<gzip_stream> zip;
  std::optional<cut> broken;
  std::size_t allowed = 0;  ///< bytes of body until it breaks off
  // Of a link that is slow.
  std::int64_t answer_began = 0;
  std::size_t answer_sent = 0;
  bool paused = false;

  ~connection() {
    if (fd >= 0) ::close(fd);
  }
};

server::server(server_options options, handler answer)
    : options_(std::move(options)), answer_(std::move(answer)) {
  listen_fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listen_fd_ < 0) fail("socket");
  const int on = 1;
  ::setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  if (::inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1) {
    errno = EINVAL;
    fail("listen address");
  }
  socklen_t size = sizeof address;
  if (::bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  if (::listen(listen_fd_, SOMAXCONN) != 0) fail("listen");
  ::getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) fail("epoll");
  watch(listen_fd_, EPOLLIN, false);
  if (options_.stop_fd >= 0) watch(options_.stop_fd, EPOLLIN, false);
}

server::~server() {
  connections_.clear();
  if (listen_fd_ >= 0) ::close(listen_fd_);
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

void server::watch(int fd, std::uint32_t events, bool known) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_fd_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

int server::wait_ms() const {
  if (delayed_.empty()) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(delayed_.begin()->first - now_ms(), 0, 60'000));
}

void server::run() {
  std::array<epoll_event, 64> events{};
  while (true) {
    const int count =
        ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), wait_ms());
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == options_.stop_fd) return;
      if (event.data.fd == listen_fd_) {
        accept_all();
        continue;
      }
      const auto found = connections_.find(event.data.fd);
      if (found == connections_.end()) continue;
      on_event(*found->second, event.events);
      if (found->second->fd < 0) connections_.erase(found);
    }
    wake_delayed();
  }
}

void server::accept_all() {
  while (true) {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto c = std::make_unique<connection>();
    c->fd = fd;
    c->number = next_number_++;
    connections_[fd] = std::move(c);
    watch(fd, EPOLLIN | EPOLLRDHUP, false);
  }
}

void server::on_event(connection& c, std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return finish(c);
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && !read_some(c)) return finish(c);
  if (c.fd >= 0 && c.writing && (events & EPOLLOUT) != 0) write_some(c);
  if (c.fd >= 0 && !c.busy) serve_next(c);
}

/// False: the other side is gone.
bool server::read_some(connection& c) {
  while (true) {
    const std::size_t had = c.in.size();
    c.in.resize(had + read_bytes);
    const ssize_t count = ::recv(c.fd, c.in.data() + had, read_bytes, 0);
    c.in.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (static_cast<std::size_t>(count) < read_bytes) return true;
  }
}

void server::serve_next(connection& c) {
  while (c.fd >= 0 && !c.busy) {
    const std::size_t end = c.in.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (c.in.size() > longest_head) finish(c);
      return;
    }
    auto r = parse_head(std::string_view(c.in).substr(0, end + 2));
    if (!r) return finish(c);
    const std::size_t body_at = end + 4;
    std::size_t length = 0;
    const std::string text = r->header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    const bool chunked = r->header("transfer-encoding").find("chunked") != std::string::npos;
    std::string rest;
    if (chunked) {
      rest = c.in.substr(body_at);
      if (!take_chunked(rest, r->body)) return;
    } else if (c.in.size() < body_at + length) {
      if (r->header("expect") == "100-continue" && c.in.size() == body_at) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (::send(c.fd, go_on.data(), go_on.size(), MSG_NOSIGNAL) < 0) finish(c);
      }
      return;
    } else {
      r->body = c.in.substr(body_at, length);
      rest = c.in.substr(body_at + length);
    }
    c.in = std::move(rest);
    c.busy = true;
    c.wants_gzip = r->header("accept-encoding").find("gzip") != std::string::npos;
    c.close = r->header("connection") == "close";
    response answer = answer_(*r);
    if (answer.delay_ms > 0) {
      delayed_.emplace(now_ms() + answer.delay_ms, std::pair{c.fd, c.number});
      c.delayed = std::move(answer);
      return;
    }
    begin(c, std::move(answer));
  }
}

void server::wake_delayed() {
  const std::int64_t now = now_ms();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const auto [fd, number] = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    const auto found = connections_.find(fd);
    if (found == connections_.end() || found->second->number != number) continue;
    connection& c = *found->second;
    if (std::exchange(c.paused, false)) {
      write_some(c);
    } else {
      begin(c, std::move(c.delayed));
    }
    if (c.fd >= 0 && !c.busy) serve_next(c);
    if (c.fd < 0) connections_.erase(found);
  }
}

void server::begin(connection& c, response r) {
  framing how;
  const bool zip = c.wants_gzip && options_.gzip != gzip_mode::off;
  bool more = static_cast<bool>(r.produce);
  while (more && (r.body.size() < gzip_below || (zip && r.corrupt_gzip)))
    more = r.produce(r.body);
  c.close = c.close || r.close || r.broken;
  c.broken = r.broken;
  c.allowed = r.broken ? r.broken->after_bytes : 0;
  how.close = c.close && !r.broken;
  how.framed = !r.unframed;
  c.out_at = 0;
  c.answer_began = now_ms();
  c.answer_sent = 0;
  if (more) {
    how.gzip = zip && options_.gzip == gzip_mode::all;
    if (how.gzip) c.zip.emplace();
    c.out = write_head(r, how);
    c.more = [body = std::move(r.body), produce = std::move(r.produce)](std::string& to) mutable {
      if (body.empty()) return produce(to);
      to += body;
      body = {};
      return true;
    };
  } else {
    how.gzip = zip && !r.body.empty() && !r.unframed;
    if (how.gzip) r.body = gzipped(r.body);
    if (how.gzip && r.corrupt_gzip) corrupt(r.body);
    how.length = r.body.size();
    c.out = write_head(r, how);
    if (c.broken) r.body.resize(std::min(r.body.size(), c.allowed));
    c.out += r.body;
  }
  write_some(c);
}

/// The next chunk of a body that is made while it is sent.
void server::fill(connection& c) {
  constexpr std::size_t size_digits = 8;
  c.out.assign("00000000\r\n");
  const std::size_t begin = c.out.size();
  bool more = false;
  if (c.zip) {
    std::string plain;
    more = c.more(plain);
    c.zip->add(plain, c.out);
    if (!more) c.zip->finish(c.out);
  } else {
    more = c.more(c.out);
  }
  std::size_t size = c.out.size() - begin;
  for (std::size_t i = size_digits, rest = size; i-- > 0; rest >>= 4U)
    c.out[i] = "0123456789abcdef"[rest & 15U];
  c.out_at = 0;
  if (c.broken && size >= c.allowed) {
    c.out.resize(begin + c.allowed);
    c.more = nullptr;
    return;
  }
  c.allowed -= c.broken ? size : 0;
  if (size == 0) c.out.clear();  // a chunk without bytes would be the last one
  if (size > 0) c.out += "\r\n";
  if (!more) {
    c.out += "0\r\n\r\n";
    c.more = nullptr;
    c.zip.reset();
  }
}

/// What the connection may send now of its answer.
std::size_t server::link_allows(const connection& c) const {
  if (options_.link_bytes == 0) return c.out.size();
  const auto turns = static_cast<std::size_t>((now_ms() - c.answer_began) / link_turn_ms + 1);
  const std::size_t by_now = turns * (options_.link_bytes * link_turn_ms / 1000 + 1);
  return by_now - std::min(by_now, c.answer_sent);
}

void server::pause(connection& c) {
  if (c.writing) watch(c.fd, EPOLLIN | EPOLLRDHUP, true);
  c.writing = false;
  c.paused = true;
  delayed_.emplace(now_ms() + link_turn_ms, std::pair{c.fd, c.number});
}

void server::write_some(connection& c) {
  std::size_t written = 0;
  while (true) {
    while (c.out_at < c.out.size()) {
      const std::size_t bytes = std::min(c.out.size() - c.out_at, link_allows(c));
      if (bytes == 0) return pause(c);
      const ssize_t count = ::send(c.fd, c.out.data() + c.out_at, bytes, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) return finish(c);
      if (count > 0) {
        c.out_at += static_cast<std::size_t>(count);
        c.answer_sent += static_cast<std::size_t>(count);
        written += static_cast<std::size_t>(count);
      }
      if (count > 0 && written < written_per_turn) continue;
      if (!c.writing) watch(c.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, true);
      c.writing = true;
      return;
    }
    if (!c.more) break;
    fill(c);
  }
  if (c.writing) watch(c.fd, EPOLLIN | EPOLLRDHUP, true);
  c.writing = false;
  if (c.broken) return break_off(c);
  if (c.close) return finish(c);
  c.busy = false;
  c.out_at = 0;
  c.out.clear();
  if (c.out.capacity() > keep_buffer) c.out.shrink_to_fit();
}

void server::break_off(connection& c) {
  if (c.broken->how == cut::kind::stall) return;  // busy for ever: until the other side gives up
  if (c.broken->how == cut::kind::reset) {
    const linger hard{1, 0};
    ::setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  if (c.broken->how == cut::kind::kill) ::kill(c.broken->pid, SIGKILL);
  finish(c);
}

void server::finish(connection& c) {
  if (c.fd < 0) return;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, c.fd, nullptr);
  ::close(c.fd);
  c.fd = -1;
}

}  // namespace sandbox
