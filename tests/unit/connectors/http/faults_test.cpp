// What breaks on the way, and that it is never taken for a complete answer (I3, I4).
#include "tests/unit/connectors/http/recorder.hpp"

namespace millrace {

using namespace testing;

namespace {

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string gzip_head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";

/// A script that reads a request, sends the bytes and resets the connection.
scripted_server::script then_reset(std::string bytes) {
  return [bytes = std::move(bytes)](peer& client) {
    client.read_head();
    client.send(bytes);
    client.reset();
  };
}

/// The outcome of a streamed transfer with plenty of allowance.
errc stream_error(http_loop& loop, const std::string& url) {
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop.start(get(url), body_use::page, heard);
  heard->wait_head();
  loop.stream(id, 1'000'000);
  return heard->wait_error();
}

}  // namespace

TEST_CASE("an answer that breaks off is an interruption") {
  const std::string packed = gzip(text_of(50'000));
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 6] = static_cast<char>(wrong_sum[packed.size() - 6] ^ 0x55);
  scripted_server::script play;
  SUBCASE("before Content-Length is reached") {
    play = once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
  }
  SUBCASE("between chunks") {
    play = once(chunked_head + chunk("abc"));
  }
  SUBCASE("within a chunk") {
    play = once(chunked_head + "20\r\nabc");
  }
  SUBCASE("with a chunk that is none") {
    play = once(chunked_head + "zz\r\nabc");
  }
  SUBCASE("within gzip, without a length") {
    play = once(gzip_head + packed.substr(0, packed.size() / 2));
  }
  SUBCASE("within gzip's trailer") {
    play = once(gzip_head + packed.substr(0, packed.size() - 3));
  }
  SUBCASE("damaged gzip") {
    play = once(answer(damaged, "Content-Encoding: gzip\r\n"));
  }
  SUBCASE("a wrong check sum") {
    play = once(answer(wrong_sum, "Content-Encoding: gzip\r\n"));
  }
  SUBCASE("more after the gzip") {
    play = once(answer(packed + "tail", "Content-Encoding: gzip\r\n"));
  }
  SUBCASE("not gzip at all") {
    play = once(answer("{}", "Content-Encoding: gzip\r\n"));
  }
  SUBCASE("a reset within the body") {
    play = then_reset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
  }
  scripted_server server({play, play});
  auto loop = open_loop();
  const auto outcome = fetch(*loop, get(server.url("/path?q=hidden")));
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == errc::http_interrupted);
  CHECK(outcome.error().again == retry::later);
  CHECK(outcome.error().message.find("127.0.0.1") != std::string::npos);
  CHECK(to_string(outcome.error()).find("hidden") == std::string::npos);
  if (play) CHECK(stream_error(*loop, server.url()) == errc::http_interrupted);
}

TEST_CASE("a connection that ends before the head is an interruption") {
  scripted_server::script play;
  SUBCASE("closed at once") {
    play = [](peer& client) { client.read_head(); };
  }
  SUBCASE("reset at once") {
    play = then_reset("");
  }
  SUBCASE("closed within the head") {
    play = once("HTTP/1.1 200 OK\r\nContent-Le");
  }
  scripted_server server({play});
  auto loop = open_loop();
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_interrupted);
}

TEST_CASE("something that is not HTTP is not data") {
  scripted_server server({once("SSH-2.0-OpenSSH\r\n\r\n")});
  auto loop = open_loop();
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_content);
}

TEST_CASE("silence is a stall") {
  gate hold;
  std::string sent;
  SUBCASE("from the start") {}
  SUBCASE("after the head") {
    sent = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
  }
  SUBCASE("within the body") {
    sent = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
  }
  scripted_server server({[&](peer& client) {
    client.read_head();
    client.send(sent);
    hold.wait();
  }});
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(100);
  auto loop = open_loop(limits);
  const auto outcome = fetch(*loop, get(server.url()));
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == errc::http_stalled);
  CHECK(outcome.error().again == retry::later);
  hold.open();
}

TEST_CASE("an answer that drips is a stall") {
  std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n";
  std::string piece = "x: y\r\n";
  SUBCASE("within the head") {}
  SUBCASE("within the body") {
    begin += "\r\n";
    piece = "z";
  }
  scripted_server server({[&](peer& client) {
    client.read_head();
    client.send(begin);
    client.drip(piece);
  }});
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(100);
  auto loop = open_loop(limits);
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_stalled);
}

TEST_CASE("an upload that nobody takes is a stall") {
  gate hold;
  scripted_server server({[&](peer&) { hold.wait(); }});
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(100);
  auto loop = open_loop(limits);
  http_request request = get(server.url());
  request.method = http_method::post;
  request.body.assign(std::size_t{64} << 20U, 'x');
  CHECK(fetch_error(*loop, request) == errc::http_stalled);
  hold.open();
}

TEST_CASE("a receiver that takes its time is not a stall") {
  // Far beyond what the kernel buffers hold, so that curl stays paused.
  scripted_server server({once(answer(std::string(std::size_t{32} << 20U, 'x')))});
  scripted_server mute({[](peer& client) { client.wait_for_close(); },
                        [](peer& client) { client.wait_for_close(); }});
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(60);
  auto loop = open_loop(limits);
  const auto heard = std::make_shared<recorder>(false);
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  heard->wait_head();
  // Another transfer stalls meanwhile: the watchdog has been at work, and left this one alone.
  CHECK(fetch_error(*loop, get(mute.url())) == errc::http_stalled);
  CHECK_FALSE(heard->done());
  loop->stream(id, 100'000);
  heard->wait_bytes(100'000);
  CHECK(fetch_error(*loop, get(mute.url())) == errc::http_stalled);
  CHECK_FALSE(heard->done());
  loop->grant(id, std::uint64_t{32} << 20U);
  CHECK(heard->wait_done().has_value());
}

TEST_CASE("a server that resets whoever comes keeps nobody waiting for ever") {
  constexpr std::size_t resets = 120;
  constexpr std::size_t together = 4;
  const scripted_server::script reset = [](peer& client) { client.reset(); };
  std::vector<scripted_server::script> scripts(resets, reset);
  scripts.insert(scripts.end(), together, once(answer("well", "Connection: close\r\n")));
  scripted_server server(scripts);
  http_limits limits;
  limits.stall_timeout = std::chrono::seconds(10);  // nobody gets there
  auto loop = open_loop(limits);
  for (bool well = false; !well;) {
    std::vector<std::shared_ptr<recorder>> all;
    for (std::size_t i = 0; i < together; ++i)
      loop->start(get(server.url()), body_use::whole,
                  all.emplace_back(std::make_shared<recorder>()));
    for (const auto& one : all) {
      const errc code = one->wait_error();
      REQUIRE(code != errc::http_stalled);
      well = well || code == errc::ok;
    }
  }
}

TEST_CASE("who has no connection, and no turn to wait for, is given up") {
  // Its queue is full, so that nobody is let in and nobody is refused.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 0) == 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<int> queued;
  for (int i = 0; i < 4; ++i) {
    queued.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(queued.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(100);
  CHECK(fetch_error(*open_loop(limits),
                    get("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)))) ==
        errc::http_stalled);
  for (const int one : queued)
    ::close(one);
  ::close(listener);
}

TEST_CASE("nobody listens") {
  std::string url;
  { url = scripted_server({}).url("/?token=hidden"); }
  auto loop = open_loop();
  const auto outcome = fetch(*loop, get(url));
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == errc::http_connect);
  CHECK(outcome.error().again == retry::later);
  CHECK(to_string(outcome.error()).find("hidden") == std::string::npos);
}

TEST_CASE("a server that does not speak TLS is told from one that cannot be reached") {
  scripted_server server({[](peer& client) { client.send("220 hello\r\n"); }});
  auto loop = open_loop();
  CHECK(fetch_error(*loop, get("https://" + server.host())) == errc::http_tls);
}

TEST_CASE("a CA file that cannot be read is told before anything is sent") {
  http_limits limits;
  limits.ca_file = "no-such-folder/ca.pem";
  const auto loop = http_loop::open(limits);
  REQUIRE_FALSE(loop.has_value());
  CHECK(loop.error().code == errc::config_unreadable);
}

TEST_CASE("a header cannot smuggle in another") {
  auto loop = open_loop();
  http_request request = get("http://127.0.0.1:9/");
  request.headers = {{"X-A", "b\r\nX-C: d"}};
  CHECK(fetch_error(*loop, request) == errc::internal);
}

}  // namespace millrace
