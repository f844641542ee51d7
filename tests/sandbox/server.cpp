// Boost.Asio carries the bytes; the little of HTTP that clients of this server speak is parsed
// here.
#include "server.hpp"

#include <boost/asio.hpp>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <ctime>

namespace sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::size_t head_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t gzip_bytes_max = std::size_t{1}
                                       << 20U;  // larger bodies go as they are: this is loopback
constexpr std::size_t gzip_bytes_min = 512;

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string zipped(const std::string& body) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  if (deflateInit2(&stream, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 414:
      return "URI Too Long";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

request parse_head(const std::string& head) {
  request r;
  r.head_bytes = head.size();
  std::size_t line_end = head.find("\r\n");
  const std::string first = head.substr(0, line_end);
  const std::size_t a = first.find(' ');
  const std::size_t b = first.rfind(' ');
  r.method = first.substr(0, a);
  std::string target = a == std::string::npos || b <= a ? "/" : first.substr(a + 1, b - a - 1);
  r.target_bytes = target.size();
  const std::size_t question = target.find('?');
  if (question != std::string::npos) {
    r.query = parse_form(std::string_view(target).substr(question + 1));
    target.resize(question);
  }
  r.path = url_decoded(target, false);
  while (line_end != std::string::npos && line_end + 2 < head.size()) {
    const std::size_t begin = line_end + 2;
    line_end = head.find("\r\n", begin);
    const std::string line = head.substr(begin, line_end - begin);
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string value = line.substr(colon + 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    r.headers[lowered(line.substr(0, colon))] = value;
  }
  return r;
}

/// One client. Lives as long as an operation on it is under way.
class client : public std::enable_shared_from_this<client> {
 public:
  client(tcp::socket socket, const std::function<response(const request&)>& handle, bool gzip)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), handle_(handle), gzip_(gzip) {
    boost::system::error_code ec;
    socket_.set_option(tcp::no_delay(true), ec);
  }

  void read_head() {
    auto self = shared_from_this();
    asio::async_read_until(socket_, asio::dynamic_buffer(in_, head_bytes_max), "\r\n\r\n",
                           [self](boost::system::error_code ec, std::size_t bytes) {
                             if (!ec) self->take_head(bytes);
                           });
  }

 private:
  void take_head(std::size_t bytes) {
    request_ = parse_head(in_.substr(0, bytes));
    in_.erase(0, bytes);
    if (lowered(request_.header("transfer-encoding")) == "chunked") return take_chunks();
    std::size_t length = 0;
    const std::string text = request_.header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (in_.size() >= length) return take_body(length);
    if (lowered(request_.header("expect")) == "100-continue") {
      boost::system::error_code ec;
      asio::write(socket_, asio::buffer(std::string("HTTP/1.1 100 Continue\r\n\r\n")), ec);
    }
    auto self = shared_from_this();
    asio::async_read(socket_, asio::dynamic_buffer(in_),
                     asio::transfer_exactly(length - in_.size()),
                     [self, length](boost::system::error_code ec, std::size_t) {
                       if (!ec) self->take_body(length);
                     });
  }

  /// A body in chunks, as Node's clients send forms: read on until the last one is here.
  void take_chunks() {
    std::string body;
    std::size_t at = 0;
    for (;;) {
      const std::size_t line_end = in_.find("\r\n", at);
      if (line_end == std::string::npos) break;
      std::size_t size = 0;
      std::from_chars(in_.data() + at, in_.data() + line_end, size, 16);
      if (in_.size() < line_end + 2 + size + 2) break;
      body.append(in_, line_end + 2, size);
      at = line_end + 2 + size + 2;
      if (size > 0) continue;
      in_.erase(0, at);
      request_.body = std::move(body);
      return answer();
    }
    auto self = shared_from_this();
    asio::async_read(socket_, asio::dynamic_buffer(in_), asio::transfer_at_least(1),
                     [self](boost::system::error_code ec, std::size_t) {
                       if (!ec) self->take_chunks();
                     });
  }

  void take_body(std::size_t length) {
    request_.body = in_.substr(0, length);
    in_.erase(0, length);
    answer();
  }

  void answer() {
    response_ = handle_(request_);
    if (response_.delay_ms <= 0) return send_head();
    timer_.expires_after(std::chrono::milliseconds(response_.delay_ms));
    auto self = shared_from_this();
    timer_.async_wait([self](boost::system::error_code ec) {
      if (!ec) self->send_head();
    });
  }

  void send_head() {
    chunked_ = static_cast<bool>(response_.produce);
    std::string encoding;
    const bool wants_gzip = request_.header("accept-encoding").find("gzip") != std::string::npos;
    const bool small =
        response_.body.size() >= gzip_bytes_min && response_.body.size() <= gzip_bytes_max;
    if (gzip_ && wants_gzip && !chunked_ && (small || response_.corrupt_gzip)) {
      response_.body = zipped(response_.body);
      encoding = "Content-Encoding: gzip\r\n";
      if (response_.corrupt_gzip)
        for (std::size_t i = response_.body.size() / 2; i < response_.body.size(); i += 3)
          response_.body[i] ^= 0x55;
    }
    out_ =
        "HTTP/1.1 " + std::to_string(response_.status) + " " + reason_of(response_.status) + "\r\n";
    bool dated = false;
    for (const auto& [name, value] : response_.headers) {
      out_ += name + ": " + value + "\r\n";
      dated = dated || name == "Date";
    }
    if (!response_.type.empty()) out_ += "Content-Type: " + response_.type + "\r\n";
    out_ += encoding;
    const bool bodiless = response_.status == 204 || response_.status == 304;
    if (chunked_) {
      out_ += "Transfer-Encoding: chunked\r\n";
    } else if (!bodiless) {
      out_ += "Content-Length: " + std::to_string(response_.body.size()) + "\r\n";
    }
    out_ += "\r\n";
    if (chunked_) return send_piece();
    if (response_.broken) {
      const std::size_t bytes = std::min(response_.broken->after_bytes, response_.body.size());
      out_ += response_.body.substr(0, bytes);
      return write([this] { break_off(); });
    }
    out_.append(response_.body);
    write([this] { next(); });
  }

  void send_piece() {
    std::string piece;
    const bool more = response_.produce(piece);
    if (!piece.empty()) {
      std::array<char, 24> size{};
      const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
      out_.append(size.data(), static_cast<std::size_t>(end - size.data()));
      out_ += "\r\n";
      out_ += piece;
      out_ += "\r\n";
    }
    if (!more) {
      out_ += "0\r\n\r\n";
      return write([this] { next(); });
    }
    write([this] { send_piece(); });
  }

  void write(std::function<void()> then) {
    auto self = shared_from_this();
    asio::async_write(socket_, asio::buffer(out_),
                      [self, then](boost::system::error_code ec, std::size_t) {
                        self->out_.clear();
                        if (!ec) then();
                      });
  }

  void next() {
    response_ = {};
    read_head();
  }

  void break_off() {
    boost::system::error_code ec;
    switch (response_.broken->how) {
      case cut::kind::close:
        socket_.shutdown(tcp::socket::shutdown_both, ec);
        break;
      case cut::kind::reset:
        socket_.set_option(asio::socket_base::linger(true, 0), ec);
        socket_.close(ec);
        break;
      case cut::kind::stall: {
        // Silence, until the other side goes.
        auto self = shared_from_this();
        asio::async_read(socket_, asio::dynamic_buffer(in_), asio::transfer_at_least(1),
                         [self](boost::system::error_code, std::size_t) {});
        break;
      }
    }
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const std::function<response(const request&)>& handle_;
  bool gzip_;
  bool chunked_ = false;
  std::string in_;
  std::string out_;
  request request_;
  response response_;
};

}  // namespace

std::string url_decoded(std::string_view text, bool plus_is_blank) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 0;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    out[url_decoded(pair.substr(0, equals), true)] =
        equals == std::string_view::npos ? std::string()
                                         : url_decoded(pair.substr(equals + 1), true);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

struct server::inner {
  inner(const std::string& address, std::uint16_t port)
      : acceptor(context, tcp::endpoint(asio::ip::make_address(address), port)),
        signals(context, SIGINT, SIGTERM) {}
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::signal_set signals;
  std::function<response(const request&)> handle;
  bool gzip = true;

  void accept() {
    acceptor.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
      if (!ec) std::make_shared<client>(std::move(socket), handle, gzip)->read_head();
      if (acceptor.is_open()) accept();
    });
  }
};

server::server(const std::string& address, std::uint16_t port,
               std::function<response(const request&)> handle, bool gzip)
    : inner_(std::make_unique<inner>(address, port)) {
  inner_->handle = std::move(handle);
  inner_->gzip = gzip;
}
server::~server() = default;

std::uint16_t server::port() const {
  return inner_->acceptor.local_endpoint().port();
}

void server::run() {
  inner_->signals.async_wait([this](boost::system::error_code, int) { inner_->context.stop(); });
  inner_->accept();
  inner_->context.run();
}

}  // namespace sandbox
