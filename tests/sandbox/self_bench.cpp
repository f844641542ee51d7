// A reader in a thread of its own takes the results of a large object; it only counts bytes.
#include "self_bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sandbox {
namespace {

constexpr std::size_t buffer_bytes = 1 << 20;
constexpr std::size_t shown_at_end = 4096;

/// A connection that reads answers and keeps only their beginnings and ends.
class reader {
 public:
  explicit reader(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), buffer_(buffer_bytes) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("self-bench: no connection");
  }
  ~reader() { ::close(fd_); }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  /// The head and the first bytes of the answer's body.
  std::string ask(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = "") {
    const std::string text =
        method + " " + target + " HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer " + token +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("self-bench: not sent");
    std::string seen;
    while (seen.find("\r\n\r\n") == std::string::npos)
      seen.append(buffer_.data(), read());
    const std::size_t head = seen.find("\r\n\r\n") + 4;
    const std::size_t length_at = seen.find("Content-Length: ");
    if (length_at < head) {
      const std::size_t whole = head + std::stoul(seen.substr(length_at + 16));
      while (seen.size() < whole)
        seen.append(buffer_.data(), read());
      return seen;
    }
    std::string tail = seen.substr(seen.size() - std::min(seen.size(), std::size_t{7}));
    while (!tail.ends_with("\r\n0\r\n\r\n")) {
      const std::size_t count = read();
      tail.append(buffer_.data() + count - std::min(count, std::size_t{7}),
                  std::min(count, std::size_t{7}));
      if (seen.size() < shown_at_end) seen.append(buffer_.data(), count);
    }
    return seen;
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t read() {
    const ssize_t count = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) throw std::runtime_error("self-bench: the server went away");
    bytes_ += static_cast<std::size_t>(count);
    return static_cast<std::size_t>(count);
  }

  int fd_;
  std::size_t bytes_ = 0;
  std::vector<char> buffer_;
};

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t at = text.find(begin);
  if (at == std::string::npos) return {};
  const std::size_t from = at + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

double cpu_seconds(std::thread& thread) {
  clockid_t clock{};
  timespec spent{};
  if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 ||
      ::clock_gettime(clock, &spent) != 0)
    return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// Measures one kind of reading: by the clock on the wall, and by the server's own time on its
/// core.
template <class Read>
void measure(const char* what, reader& from, std::thread& serving, Read read) {
  const double cpu_before = cpu_seconds(serving);
  const std::size_t bytes_before = from.bytes();
  const auto begin = std::chrono::steady_clock::now();
  read();
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double cpu = cpu_seconds(serving) - cpu_before;
  const double megabytes = static_cast<double>(from.bytes() - bytes_before) / 1e6;
  std::printf("%-14s %8.1f MB  %7.2f s  %7.0f MB/s  server %7.0f MB/s per core\n", what, megabytes,
              wall, megabytes / wall, megabytes / cpu);
}

std::string columns_of(const object_def& object) {
  std::string out;
  for (const std::size_t f : truth_fields(object))
    out += (out.empty() ? "" : ",") + object.fields[f].name;
  return out;
}

void read_pages(reader& from, const std::string& base, const std::string& columns,
                const std::string& token) {
  std::string url = base + "/queryAll?q=SELECT+" + columns + "+FROM+Account+ORDER+BY+Id";
  while (!url.empty())
    url = between(from.ask("GET", url, token), "\"nextRecordsUrl\":\"", "\"");
}

void read_bulk(reader& from, const std::string& base, const std::string& columns,
               const std::string& token) {
  const std::string created =
      from.ask("POST", base + "/jobs/query", token,
               R"({"operation":"queryAll","query":"SELECT )" + columns + " FROM Account\"}");
  const std::string job = base + "/jobs/query/" + between(created, "\"id\":\"", "\"");
  while (from.ask("GET", job, token).find("JobComplete") == std::string::npos)
    std::this_thread::yield();
  std::string locator;
  do {
    const std::string url =
        job + "/results?maxRecords=50000" + (locator.empty() ? "" : "&locator=" + locator);
    locator = between(from.ask("GET", url, token), "Sforce-Locator: ", "\r\n");
  } while (locator != "null" && !locator.empty());
}

}  // namespace

int run_self_bench(api& all, server_options options) {
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  options.stop_fd = stop;
  org& o = *all.orgs().front();
  const object_def* object = o.find("Account");
  if (object == nullptr) return 1;
  const std::string columns = columns_of(*object);
  const std::string token = o.open_session();
  server serving(options, [&](const request& r) { return all.answer(r); });
  std::thread thread([&] { serving.run(); });
  int code = 0;
  try {
    reader from(serving.port());
    const std::string base = "/services/data/v62.0";
    std::printf("Account: %zu records, all %zu plain fields\n", o.records(*object).present(),
                truth_fields(*object).size());
    measure("REST pages", from, thread, [&] { read_pages(from, base, columns, token); });
    measure("REST again", from, thread, [&] { read_pages(from, base, columns, token); });
    measure("Bulk results", from, thread, [&] { read_bulk(from, base, columns, token); });
    measure("Bulk again", from, thread, [&] { read_bulk(from, base, columns, token); });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    code = 1;
  }
  const std::uint64_t one = 1;
  if (::write(stop, &one, sizeof one) < 0) code = 1;
  thread.join();
  ::close(stop);
  return code;
}

}  // namespace sandbox
