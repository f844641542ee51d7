// I16: a redirect is followed only to hosts that the request names; the token goes nowhere else.
#include "connectors/http/url_rules.hpp"
#include "tests/unit/connectors/http/recorder.hpp"

namespace millrace {

using namespace testing;

namespace {
std::string moved(const std::string& to, std::string_view status = "302 Found") {
  return answer("go away", "Location: " + to + "\r\n", status);
}
http_request with_token(std::string url) {
  http_request request = get(std::move(url));
  request.headers = {{"Authorization", "Bearer secret"}};
  return request;
}
}  // namespace

TEST_CASE("a GET follows to a named host, with its token") {
  std::string head;
  scripted_server there({[&](peer& client) {
    head = client.read_head();
    client.send(answer("here"));
  }});
  scripted_server first({once(moved(there.url("/new?x=1"), "307 Temporary Redirect"))});
  auto loop = open_loop();
  http_request request = with_token(first.url("/old"));
  request.redirect_hosts = {"elsewhere.example", there.host()};
  SUBCASE("whole") {
    CHECK(fetch(*loop, request)->body == "here");
  }
  SUBCASE("streamed: only the last head is shown") {
    const auto heard = std::make_shared<recorder>();
    const transfer_id id = loop->start(request, body_use::page, heard);
    CHECK(heard->wait_head().status == 200);
    loop->stream(id, 100);
    CHECK(heard->wait_done().has_value());
    CHECK(heard->body() == "here");
  }
  CHECK(head.starts_with("GET /new?x=1 "));
  CHECK(head.find("Authorization: Bearer secret\r\n") != std::string::npos);
  CHECK(loop->counters().redirects == 1);
  CHECK(loop->counters().requests == 2);
}

TEST_CASE("a redirect to a host that is not named is an answer, and nothing is sent there") {
  scripted_server foreign({once(answer("give me your token"))});
  auto loop = open_loop();
  scripted_server first({once(moved(foreign.url()))});
  http_request request = with_token(first.url());
  SUBCASE("none are named") {}
  SUBCASE("another is named") {
    request.redirect_hosts = {first.host(), "127.0.0.1"};
  }
  const auto outcome = fetch(*loop, request);
  REQUIRE(outcome.has_value());
  CHECK(outcome->head.status == 302);
  CHECK(outcome->body == "go away");
  CHECK(foreign.accepted() == 0);
}

TEST_CASE("other methods are not redirected") {
  scripted_server there({once(answer("here"))});
  scripted_server first({once(moved(there.url(), "303 See Other"))});
  auto loop = open_loop();
  http_request request = with_token(first.url());
  request.method = http_method::post;
  request.redirect_hosts = {there.host()};
  CHECK(fetch(*loop, request)->head.status == 303);
  CHECK(there.accepted() == 0);
}

TEST_CASE("a loop of redirects ends as an answer") {
  int asked = 0;
  scripted_server server({[&](peer& client) {
    while (!client.read_head().empty()) {
      ++asked;
      client.send(moved("/again"));
    }
  }});
  auto loop = open_loop();
  http_request request = with_token(server.url());
  request.redirect_hosts = {server.host()};
  CHECK(fetch(*loop, request)->head.status == 302);
  CHECK(asked == 6);
  CHECK(loop->counters().connections_opened == 1);
}

TEST_CASE("which addresses are accepted") {
  const auto code = [](const char* url) {
    const auto read = http::read_target(url);
    return read ? errc::ok : read.error().code;
  };
  for (const char* url :
       {"https://acme.my.salesforce.com/x?y=z", "http://localhost:8080/", "http://127.0.0.1/",
        "http://127.9.8.7:1/", "http://[::1]:80/", "HTTPS://EXAMPLE.COM"})
    CHECK_MESSAGE(code(url) == errc::ok, url);
  for (const char* url :
       {"http://acme.my.salesforce.com/", "http://10.0.0.1/", "http://128.0.0.1/",
        "http://127.0.0.1.example.com/", "http://localhost.example.com/", "http://[::2]/",
        "http://localhost@example.com/", "https://user:pass@example.com/", "ftp://localhost/",
        "file:///etc/passwd", "example.com", "/relative", "", "https://"})
    CHECK_MESSAGE(code(url) == errc::http_refused_url, url);
  const auto refused = http::read_target("http://example.com/p?access_token=hidden");
  REQUIRE_FALSE(refused.has_value());
  CHECK(to_string(refused.error()).find("example.com") != std::string::npos);
  CHECK(to_string(refused.error()).find("hidden") == std::string::npos);
}

TEST_CASE("plain http to another machine is refused before a connection is tried") {
  auto loop = open_loop();
  CHECK(fetch_error(*loop, with_token("http://example.com/")) == errc::http_refused_url);
  CHECK(loop->counters().requests == 0);
}

TEST_CASE("which redirects are followed") {
  const auto from = http::read_target("https://login.example.com/a/b");
  REQUIRE(from.has_value());
  const std::vector<std::string> allowed = {"Acme.Example.com", "other.example.com:8443",
                                            "127.0.0.1"};
  const auto leads_to = [&](const char* location) {
    const auto to = http::redirect_target(*from, location, allowed);
    return to ? to->url : std::string();
  };
  CHECK(leads_to("https://acme.example.com/x") == "https://acme.example.com/x");
  CHECK(leads_to("//ACME.example.com/x?y") == "https://ACME.example.com/x?y");
  CHECK(leads_to("https://other.example.com:8443/") == "https://other.example.com:8443/");
  CHECK(leads_to("https://acme.example.com:8443/") == "");
  CHECK(leads_to("https://other.example.com/") == "");
  CHECK(leads_to("http://acme.example.com/") == "");
  CHECK(leads_to("https://127.0.0.1/") == "https://127.0.0.1/");
  CHECK(leads_to("http://127.0.0.1/") == "");  // named, and would be out of TLS
  CHECK(leads_to("https://acme.example.com.evil.example/") == "");
  CHECK(leads_to("https://acme.example.com@evil.example/") == "");
  CHECK(leads_to("https://evil.example/#acme.example.com") == "");
  CHECK(leads_to("/same/host") == "");
}

}  // namespace millrace
