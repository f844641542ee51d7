// Answers that are streamed: nothing comes without allowance, and memory stays flat (I12).
#include "tests/unit/connectors/http/recorder.hpp"

namespace millrace {

using namespace testing;

namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

/// Grants as much as it is given, for ever.
class eager final : public transfer_events {
 public:
  eager(http_loop& loop, recorder& heard) : loop_(loop), heard_(heard) {}
  void on_head(transfer_id id, const http_head& head) override {
    heard_.on_head(id, head);
    loop_.stream(id, 1);
  }
  void on_chunk(transfer_id id, std::string bytes) override {
    loop_.grant(id, bytes.size() * 3);
    heard_.on_chunk(id, std::move(bytes));
  }
  void on_done(transfer_id id, result<http_response> outcome) override {
    heard_.on_done(id, std::move(outcome));
  }

 private:
  http_loop& loop_;
  recorder& heard_;
};

/// Once this is back, the loop has gone round with all that was asked of it before.
void let_the_loop_turn(http_loop& loop) {
  scripted_server other({once(answer("turned"))});
  CHECK(fetch(loop, get(other.url()))->body == "turned");
}

}  // namespace

TEST_CASE("the receiver sees the head first and decides to stream") {
  const std::string plain = text_of(1'000'000);
  std::string sent;
  SUBCASE("plain") {
    sent = answer(plain);
  }
  SUBCASE("packed") {
    sent = answer(gzip(plain), "Content-Encoding: gzip\r\n");
  }
  SUBCASE("until the connection closes") {
    sent = "HTTP/1.1 200 OK\r\n\r\n" + plain;
  }
  scripted_server server({once(sent)});
  http_limits limits;
  limits.chunk_bytes = 50'000;
  auto loop = open_loop(limits);
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  CHECK(heard->wait_head().status == 200);
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == 0);
  CHECK_FALSE(heard->done());
  loop->stream(id, 70'000);
  heard->wait_bytes(70'000);
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == 70'000);
  CHECK(heard->chunk_max() == 50'000);
  // Exactly what is left: the end is noticed without further allowance.
  loop->grant(id, 930'000);
  const auto outcome = heard->wait_done();
  REQUIRE(outcome.has_value());
  CHECK(outcome->head.status == 200);
  CHECK(outcome->body.empty());
  CHECK(heard->body() == plain);
  CHECK_FALSE(heard->heard_after_done());
}

TEST_CASE("words before the head are without effect") {
  const std::string plain = text_of(1'000);
  gate said;
  scripted_server server({[&](peer& client) {
    client.read_head();
    said.wait();
    client.send(answer(gzip(plain), "Content-Encoding: gzip\r\n"));
  }});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  SUBCASE("stream") {
    loop->stream(id, 1);
  }
  SUBCASE("collect") {
    loop->collect(id);
  }
  SUBCASE("grant") {
    loop->grant(id, plain.size());
  }
  // The head must not be there when the loop hears them.
  let_the_loop_turn(*loop);
  said.open();
  heard->wait_head();
  loop->stream(id, 10);
  heard->wait_bytes(10);
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == 10);
  loop->grant(id, plain.size() - 10);
  CHECK(heard->wait_done().has_value());
  CHECK(heard->body() == plain);
}

TEST_CASE("a decision is final") {
  const std::string plain = text_of(1'000);
  scripted_server server({once(answer(gzip(plain), "Content-Encoding: gzip\r\n"))});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  heard->wait_head();
  loop->stream(id, 1);
  loop->stream(id, plain.size());
  loop->collect(id);
  heard->wait_bytes(1);
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == 1);
  CHECK_FALSE(heard->done());
  loop->grant(id, plain.size() - 1);
  CHECK(heard->wait_done().has_value());
  CHECK(heard->body() == plain);
}

TEST_CASE("the receiver may decide to collect instead") {
  scripted_server server({once(answer("[{\"errorCode\":\"X\"}]", {}, "400 Bad Request"))});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  CHECK(heard->wait_head().status == 400);
  loop->collect(id);
  CHECK(heard->wait_done()->body == "[{\"errorCode\":\"X\"}]");
  CHECK(heard->bytes() == 0);
}

TEST_CASE("an answer without a body waits for the decision too") {
  scripted_server server({once("HTTP/1.1 204 No Content\r\n\r\n")});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>();
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  heard->wait_head();
  let_the_loop_turn(*loop);
  CHECK_FALSE(heard->done());
  loop->stream(id, 0);
  CHECK(heard->wait_done().has_value());
}

TEST_CASE("grants from within the callbacks keep a stream going") {
  const std::string plain = text_of(2'000'000);
  scripted_server server({once(answer(gzip(plain), "Content-Encoding: gzip\r\n"))});
  auto loop = open_loop();
  recorder heard;
  loop->start(get(server.url()), body_use::page, std::make_shared<eager>(*loop, heard));
  CHECK(heard.wait_done().has_value());
  CHECK(heard.body() == plain);
}

TEST_CASE("a stream that falls silent is a stall, though it was paused before") {
  const std::string packed = gzip(text_of(50'000));
  gate hold;
  scripted_server server({[&](peer& client) {
    client.read_head();
    // The body comes with the head, so curl holds it until the decision.
    client.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" +
                packed.substr(0, packed.size() / 2));
    hold.wait();
  }});
  http_limits limits;
  limits.stall_timeout = std::chrono::milliseconds(100);
  auto loop = open_loop(limits);
  recorder heard;
  loop->start(get(server.url()), body_use::page, std::make_shared<eager>(*loop, heard));
  CHECK(heard.wait_error() == errc::http_stalled);
  hold.open();
}

TEST_CASE("I12: a receiver that grants nothing stops a fast server") {
  constexpr std::size_t total = 64 * mebibyte;
  gate blocked;
  std::atomic<std::size_t> sent{0};
  scripted_server server({[&](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
    const std::string piece(std::size_t{64} << 10U, 'x');
    while (sent < total) {
      if (client.is_blocked()) blocked.open();
      if (!client.send(piece)) return;
      sent += piece.size();
    }
    blocked.open();
  }});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>(false);
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  heard->wait_head();
  loop->stream(id, mebibyte);
  heard->wait_bytes(mebibyte);
  REQUIRE(blocked.wait());
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == mebibyte);
  CHECK(sent < total / 2);  // the rest fills the kernel's buffers, not ours
  // Taken from curl: what was granted, and at most two of its writes.
  CHECK(loop->counters().wire_bytes_in < mebibyte + (std::size_t{64} << 10U));
  loop->grant(id, total);
  CHECK(heard->wait_done().has_value());
  CHECK(heard->bytes() == total);
  CHECK(heard->chunk_max() <= http_limits{}.chunk_bytes);
}

TEST_CASE("I12: a gzip bomb is inflated no further than allowed") {
  constexpr std::size_t total = 256 * mebibyte;
  const std::string bomb = gzip(std::string(total, '\0'), 9);
  REQUIRE(bomb.size() < mebibyte);
  scripted_server server({once(answer(bomb, "Content-Encoding: gzip\r\n"))});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>(false);
  const transfer_id id = loop->start(get(server.url()), body_use::page, heard);
  heard->wait_head();
  loop->stream(id, mebibyte);
  heard->wait_bytes(mebibyte);
  let_the_loop_turn(*loop);
  CHECK(heard->bytes() == mebibyte);
  CHECK(loop->counters().body_bytes_in == mebibyte + std::string_view("turned").size());
  loop->grant(id, total);
  CHECK(heard->wait_done().has_value());
  CHECK(heard->bytes() == total);
}

TEST_CASE("cancel ends a transfer once, whatever it is doing") {
  gate hold;
  scripted_server server({[&](peer& client) {
    client.read_head();
    hold.wait();
  }});
  scripted_server talking({once(answer(std::string(mebibyte, 'x')))});
  auto loop = open_loop();
  const auto silent = std::make_shared<recorder>();
  const auto deciding = std::make_shared<recorder>();
  const transfer_id first = loop->start(get(server.url()), body_use::whole, silent);
  const transfer_id second = loop->start(get(talking.url()), body_use::page, deciding);
  deciding->wait_head();
  SUBCASE("before the decision") {}
  SUBCASE("while it waits for allowance") {
    loop->stream(second, 10);
    deciding->wait_bytes(10);
  }
  loop->cancel(second);
  loop->cancel(second);
  loop->cancel(first);
  CHECK(silent->wait_error() == errc::http_cancelled);
  CHECK(deciding->wait_error() == errc::http_cancelled);
  // Words to what has ended, or never was, fall on deaf ears.
  loop->grant(second, 100);
  loop->collect(first);
  loop->cancel(12'345);
  let_the_loop_turn(*loop);
  CHECK_FALSE(silent->heard_after_done());
  CHECK_FALSE(deciding->heard_after_done());
  CHECK(loop->counters().transfers_open == 0);
  hold.open();
}

TEST_CASE("the end of the loop cancels what is open, and later requests") {
  gate hold;
  scripted_server server({[&](peer& client) {
    client.read_head();
    hold.wait();
  }});
  auto loop = open_loop();
  const auto heard = std::make_shared<recorder>();
  loop->start(get(server.url()), body_use::whole, heard);
  loop->stop();
  CHECK(heard->done());
  CHECK(heard->wait_error() == errc::http_cancelled);
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_cancelled);
  loop->stop();
  loop.reset();
  hold.open();
}

}  // namespace millrace
