// Answers that are collected: what is sent, what comes back, connections used again, bounds.
#include "tests/unit/connectors/http/recorder.hpp"

namespace millrace {

using namespace testing;

TEST_CASE("a request is sent as it was given and its answer comes back whole") {
  std::string head;
  std::string body;
  scripted_server server({[&](peer& client) {
    head = client.read_head();
    body = client.read_body(5);
    client.send(answer("{\"ok\":true}", "X-One: 1\r\nx-two:  two words \r\n", "201 Created"));
  }});
  auto loop = open_loop();
  http_request request = get(server.url("/a/b?q=1"));
  request.method = http_method::post;
  request.headers = {{"Authorization", "Bearer secret"}, {"X-Empty", ""}};
  request.body = "hello";
  const auto outcome = fetch(*loop, request);
  REQUIRE(outcome.has_value());
  CHECK(outcome->head.status == 201);
  CHECK(outcome->head.find("x-one") == "1");
  CHECK(outcome->head.find("X-TWO") == "two words");
  CHECK(outcome->body == "{\"ok\":true}");
  CHECK(head.starts_with("POST /a/b?q=1 HTTP/1.1\r\n"));
  CHECK(head.find("Authorization: Bearer secret\r\n") != std::string::npos);
  CHECK(head.find("X-Empty:\r\n") != std::string::npos);
  CHECK(head.find("Accept-Encoding: gzip\r\n") != std::string::npos);
  CHECK(head.find("Expect") == std::string::npos);
  CHECK(body == "hello");
}

TEST_CASE("PATCH and DELETE keep their names, interim heads are not the answer") {
  std::vector<std::string> heads;
  scripted_server server({[&](peer& client) {
    heads.push_back(client.read_head());
    client.read_body(2);
    client.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer("a"));
    heads.push_back(client.read_head());
    client.send("HTTP/1.1 204 No Content\r\n\r\n");
  }});
  auto loop = open_loop();
  http_request request = get(server.url());
  request.method = http_method::patch;
  request.body = "{}";
  const auto patched = fetch(*loop, request);
  REQUIRE(patched.has_value());
  CHECK(patched->head.status == 200);
  CHECK_FALSE(patched->head.find("link").has_value());
  request.method = http_method::del;
  request.body.clear();
  const auto deleted = fetch(*loop, request);
  REQUIRE(deleted.has_value());
  CHECK(deleted->head.status == 204);
  REQUIRE(heads.size() == 2);
  CHECK(heads[0].starts_with("PATCH / "));
  CHECK(heads[1].starts_with("DELETE / "));
}

TEST_CASE("one connection serves request after request, and the counters know") {
  scripted_server server({[](peer& client) {
    while (!client.read_head().empty())
      client.send(answer("12345"));
  }});
  auto loop = open_loop();
  for (int i = 0; i < 20; ++i)
    CHECK(fetch(*loop, get(server.url()))->body == "12345");
  CHECK(server.accepted() == 1);
  const http_counters counts = loop->counters();
  CHECK(counts.requests == 20);
  CHECK(counts.connections_opened == 1);
  CHECK(counts.body_bytes_in == 100);
  CHECK(counts.wire_bytes_in > 100);
  CHECK(counts.failures == 0);
  CHECK(counts.transfers_open == 0);
}

TEST_CASE("requests beyond the connections of a host wait their turn however long it takes") {
  gate second_is_waiting;
  scripted_server server({[&](peer& client) {
    client.read_head();
    second_is_waiting.wait();
    client.send(answer("first"));
    client.read_head();
    client.send(answer("second"));
  }});
  http_limits limits;
  limits.connections_per_host = 1;
  limits.connect_timeout = std::chrono::milliseconds(50);
  auto loop = open_loop(limits);
  const auto one = std::make_shared<recorder>();
  const auto two = std::make_shared<recorder>();
  loop->start(get(server.url()), body_use::whole, one);
  loop->start(get(server.url()), body_use::whole, two);
  // Longer than the time allowed for connecting: a request to nowhere takes just that long.
  scripted_server mute({[](peer& client) { client.wait_for_close(); }});
  http_limits short_limits;
  short_limits.stall_timeout = std::chrono::milliseconds(200);
  CHECK(fetch_error(*open_loop(short_limits), get(mute.url())) == errc::http_stalled);
  second_is_waiting.open();
  CHECK(one->wait_done()->body == "first");
  CHECK(two->wait_done()->body == "second");
  CHECK(server.accepted() == 1);
}

TEST_CASE("gzip is undone, also in several members and pieces") {
  const std::string plain = text_of(300'000);
  const std::string packed = gzip(plain);
  const std::string twice = gzip("one,") + gzip("two");
  scripted_server server({[&](peer& client) {
    client.read_head();
    client.send(answer(packed, "Content-Encoding: gzip\r\n"));
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char byte : twice)
      client.send(chunk({&byte, 1}));
    client.send("0\r\nX-Trailer: ignored\r\n\r\n");
    client.read_head();
    client.send("HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n");
  }});
  auto loop = open_loop();
  CHECK(fetch(*loop, get(server.url()))->body == plain);
  const auto pieces = fetch(*loop, get(server.url()));
  REQUIRE(pieces.has_value());
  CHECK(pieces->body == "one,two");
  CHECK_FALSE(pieces->head.find("x-trailer").has_value());
  CHECK(fetch(*loop, get(server.url()))->head.status == 304);
  CHECK(loop->counters().body_bytes_in == plain.size() + 7);
  CHECK(loop->counters().wire_bytes_in < plain.size());
}

TEST_CASE("a collected body is bounded, announced or not, packed or not") {
  const std::string large(100'000, 'x');
  http_limits limits;
  limits.whole_body_max = 99'999;
  auto loop = open_loop(limits);
  SUBCASE("announced") {
    scripted_server server({once(answer(large))});
    CHECK(fetch_error(*loop, get(server.url())) == errc::http_too_large);
  }
  SUBCASE("until the connection closes") {
    scripted_server server({once("HTTP/1.1 200 OK\r\n\r\n" + large)});
    CHECK(fetch_error(*loop, get(server.url())) == errc::http_too_large);
  }
  SUBCASE("packed") {
    scripted_server server({once(answer(gzip(large), "Content-Encoding: gzip\r\n"))});
    CHECK(fetch_error(*loop, get(server.url())) == errc::http_too_large);
    CHECK(loop->counters().body_bytes_in == 100'000);
  }
  SUBCASE("exactly at the bound it is fine") {
    scripted_server server({once(answer(large.substr(1)))});
    CHECK(fetch(*loop, get(server.url()))->body.size() == 99'999);
  }
}

TEST_CASE("a head is bounded") {
  http_limits limits;
  limits.head_bytes_max = 2'000;
  auto loop = open_loop(limits);
  scripted_server server({once(answer("a", "X-Long: " + std::string(2'000, 'x') + "\r\n"))});
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_too_large);
}

TEST_CASE("a compression that was not offered is an error, not data") {
  scripted_server server({once(answer("abc", "Content-Encoding: br\r\n"))});
  auto loop = open_loop();
  CHECK(fetch_error(*loop, get(server.url())) == errc::http_content);
}

}  // namespace millrace
