// The fetcher with its transformer and the pool: backpressure, waiting, ends. Time is virtual.
#include <doctest/doctest.h>

#include "fetcher_world.hpp"

namespace {

using namespace millrace;
using namespace std::chrono_literals;
using scripted::lines;
using scripted::page_reader;

fake_answer page_of(std::size_t rows, std::size_t width = 100) {
  return {200, lines(rows, width), false, {}};
}

const fake_answer no_answer{200, {}, true, {}};

// -- receipts --

TEST_CASE_FIXTURE(fetcher_world, "I4: a collection ends well when its last batch is committed") {
  net.serve = [](const http_request&) { return page_of(10); };
  house.holds = true;
  const auto reading = start(std::make_shared<page_reader>("leads", 3));
  settle();
  CHECK(net.asked.size() == 3);
  advance(24h);
  CHECK(log.ends.empty());
  release_batches();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(ended().counts.records == 30);
  CHECK(ended().counts.rows_merged == 30);
  REQUIRE(!house.orders.empty());
  REQUIRE(house.orders.back()->position);
  CHECK(house.orders.back()->position->complete);
  CHECK(house.orders.back()->position->rows == 30);
}

TEST_CASE_FIXTURE(fetcher_world, "I1, I4: after a batch that failed no final position follows") {
  net.serve = [](const http_request&) { return page_of(10); };
  batches.rows = 10;
  house.refuses = error{errc::warehouse_statement, "no", {}, retry::never, {}, {}};
  start(std::make_shared<page_reader>("leads", 50));
  settle();
  REQUIRE(log.ends.size() == 1);
  REQUIRE(ended().why);
  CHECK(ended().why->code == errc::warehouse_statement);
  CHECK(ended().counts.rows_merged == 0);
  for (const auto& order : house.orders)
    CHECK((!order->position || !order->position->complete));
  CHECK(net.asked.size() < 50);
}

TEST_CASE_FIXTURE(fetcher_world, "I2: a batch carries the position that the pages before prove") {
  net.serve = [](const http_request&) { return page_of(10); };
  batches.rows = 10;
  auto pages = std::make_shared<page_reader>("leads", 3);
  pages->ordered = true;
  start(pages);
  settle();
  REQUIRE(house.orders.size() == 4);
  CHECK(!house.orders[0]->position);
  for (std::size_t i = 1; i < 3; ++i) {
    REQUIRE(house.orders[i]->position);
    CHECK(house.orders[i]->position->cursor == time_point{std::chrono::seconds{i}});
    CHECK(!house.orders[i]->position->complete);
  }
  CHECK(house.orders[3]->position->complete);
}

TEST_CASE_FIXTURE(fetcher_world, "I2: stamps ahead of the source's clock prove nothing beyond it") {
  net.serve = [](const http_request&) { return page_of(10); };
  batches.rows = 10;
  auto pages = std::make_shared<page_reader>("leads", 3);
  pages->ordered = true;
  pages->stamps_begin = 2h;  // the source's clock shows one hour
  start(pages);
  settle();
  REQUIRE(house.orders.size() == 4);
  for (std::size_t i = 1; i < 4; ++i) {
    REQUIRE(house.orders[i]->position);
    CHECK(house.orders[i]->position->cursor == time_point{1h});
  }
}

TEST_CASE_FIXTURE(fetcher_world, "I4: a record that is counted and comes to no row is a failure") {
  net.serve = [](const http_request& r) {
    return r.url.starts_with("leads/2")
               ? fake_answer{200, std::string(scripted::swallowed), false, {}}
               : page_of(10);
  };
  start(std::make_shared<page_reader>("leads", 3));
  settle();
  REQUIRE(log.ends.size() == 1);
  REQUIRE(ended().why);
  CHECK(ended().why->code == errc::count_mismatch);
  CHECK(ended().counts.records == 21);
  CHECK(ended().counts.rows_merged == 20);
}

TEST_CASE_FIXTURE(fetcher_world, "every ask and every answer is told of") {
  net.serve = [](const http_request&) { return fake_answer{503, {}, false, {}}; };
  start(std::make_shared<page_reader>("leads", 1));
  settle();
  REQUIRE(!log.progress.empty());
  CHECK(log.progress.back()->counts.requests == 1);
  CHECK(log.progress.back()->counts.retries == 1);
  net.serve = [](const http_request&) { return no_answer; };
  advance(500ms);
  CHECK(log.progress.back()->counts.requests == 2);
}

// -- credit --

TEST_CASE_FIXTURE(fetcher_world, "I12: no page is asked for without credit") {
  net.serve = [](const http_request&) { return page_of(10); };
  open_pool(slice);
  auto others = self()->request(pool, caf::infinite, atom::reserve_v, std::string{"tenant"}, slice);
  settle();
  std::uint64_t mine = 0;
  others.receive([&](std::uint64_t bytes) { mine = bytes; }, [](caf::error&) {});
  REQUIRE(mine == slice);
  start(std::make_shared<page_reader>("leads", 2));
  advance(1h);
  CHECK(net.asked.empty());
  self()->send(pool, atom::release_v, std::string{"tenant"}, mine);
  settle();
  CHECK(net.asked.size() == 2);
  CHECK(!ended().why);
}

TEST_CASE_FIXTURE(fetcher_world, "I12: a warehouse that hangs stops the asking") {
  net.serve = [](const http_request&) { return page_of(400); };
  batches.rows = 100;
  house.holds = true;
  start(std::make_shared<page_reader>("leads", 200));
  settle();
  const std::size_t asked = net.asked.size();
  CHECK(asked < 20);
  CHECK(net.page_bytes_sent <= credits.window_bytes + credits.slice_bytes);
  advance(24h);
  CHECK(net.asked.size() == asked);
  CHECK(log.ends.empty());
  release_batches();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(house.rows() == 200 * 400);
}

TEST_CASE_FIXTURE(fetcher_world, "I12: many fetchers share a small pool and none waits for ever") {
  std::size_t rows = 0;
  // Less than a slice: what is left of it lies idle between pages. More: the page stands still.
  SUBCASE("pages smaller than a slice") {
    rows = 400;
  }
  SUBCASE("pages larger than a slice") {
    rows = 2000;
  }
  SUBCASE("rows as large as a piece") {
    rows = 6;
  }
  const std::size_t width = rows == 6 ? fake_http::piece_bytes : 100;
  net.serve = [=](const http_request&) { return page_of(rows, width); };
  open_pool(16 * slice, 8 * slice);
  credits.window_bytes = 16 * slice;
  constexpr std::size_t fetchers = 12;
  constexpr std::size_t pages = 20;
  for (std::size_t i = 0; i < fetchers; ++i)
    start(std::make_shared<page_reader>("t" + std::to_string(i), pages));
  settle();
  REQUIRE(log.ends.size() == fetchers);
  for (const auto& end : log.ends) {
    CHECK(!end->why);
    CHECK(end->counts.rows_merged == pages * rows);
  }
  CHECK(house.rows() == fetchers * pages * rows);
}

TEST_CASE_FIXTURE(fetcher_world,
                  "I12: rows are written in their order, whole, when credit is short") {
  net.serve = [](const http_request&) { return page_of(3000, 77); };
  open_pool(2 * slice);
  start(std::make_shared<page_reader>("a", 1), "a");
  start(std::make_shared<page_reader>("b", 1), "b");
  settle();
  CHECK(log.ends.size() == 2);
  std::map<std::string, std::string> read;
  for (const auto& order : house.orders)
    for (std::size_t r = 0; r < order->rows->rows; ++r)
      read[order->rows->table->collection] += std::string{order->rows->columns[0].value(r)} + "\n";
  CHECK(read["a"] == lines(3000, 77));
  CHECK(read["b"] == lines(3000, 77));
}

// -- waiting --

TEST_CASE_FIXTURE(fetcher_world, "a passing fault is asked again after each wait, then no more") {
  net.serve = [](const http_request&) { return fake_answer{503, {}, false, {}}; };
  start(std::make_shared<page_reader>("leads", 1));
  settle();
  std::size_t asked = 1;
  for (const auto wait : {500ms, 1000ms, 2000ms, 4000ms}) {
    CHECK(net.asked.size() == asked);
    advance(wait - 1ms);
    CHECK(net.asked.size() == asked);
    advance(1ms);
    CHECK(net.asked.size() == ++asked);
  }
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().why->code == errc::http_status);
  CHECK(ended().counts.requests == 5);
  CHECK(ended().counts.retries == 4);
}

TEST_CASE_FIXTURE(fetcher_world, "a wait that the source asks for is not shortened") {
  net.serve = [](const http_request&) {
    return fake_answer{503, {}, false, {{"Retry-After", "7"}}};
  };
  start(std::make_shared<page_reader>("leads", 1));
  settle();
  net.serve = [](const http_request&) { return page_of(1); };
  advance(6999ms);
  CHECK(net.asked.size() == 1);
  advance(1ms);
  CHECK(net.asked.size() == 2);
  CHECK(!ended().why);
}

TEST_CASE_FIXTURE(fetcher_world, "a clock that is set back makes no wait longer") {
  net.serve = [](const http_request&) { return page_of(1); };
  auto pages = std::make_shared<page_reader>("leads", 1);
  pages->begins =
      time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())} + 30s;
  start(pages);
  settle();
  clock_set_by = -std::chrono::hours{24};
  advance(29'999ms);
  CHECK(net.asked.empty());
  advance(1ms);
  CHECK(net.asked.size() == 1);
  CHECK(!ended().why);
}

TEST_CASE_FIXTURE(fetcher_world, "I12: who waits for the source keeps no credit from others") {
  open_pool(slice);
  net.serve = [](const http_request& r) {
    return r.url.starts_with("a/2") ? fake_answer{503, {}, false, {}} : page_of(10);
  };
  start(std::make_shared<page_reader>("a", 2));
  settle();
  CHECK(house.rows() == 10);
  start(std::make_shared<page_reader>("b", 2));
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(house.rows() == 30);
}

TEST_CASE_FIXTURE(fetcher_world, "a session that ended is renewed once for an ask") {
  log.fresh = std::make_shared<const scripted::numbered_session>(2);
  SUBCASE("and the reading goes on with the new one") {
    net.serve = [](const http_request& r) {
      return r.url.ends_with("session2") ? page_of(5) : fake_answer{401, {}, false, {}};
    };
    start(std::make_shared<page_reader>("leads", 3));
    settle();
    CHECK(!ended().why);
    CHECK(net.times_asked("session0") == 1);
    CHECK(net.times_asked("session2") == 3);
  }
  SUBCASE("and when that does not help it is for good") {
    net.serve = [](const http_request&) { return fake_answer{401, {}, false, {}}; };
    start(std::make_shared<page_reader>("leads", 3));
    advance(1h);
    REQUIRE(ended().why);
    CHECK(ended().why->code == errc::session_expired);
    CHECK(net.asked.size() == 2);
  }
  CHECK(log.logins == 1);
}

// -- ends --

TEST_CASE_FIXTURE(fetcher_world, "I6: a transformer that dies fails its own collection only") {
  net.serve = [](const http_request& r) {
    if (r.url.starts_with("bad/2")) return fake_answer{200, "poison", false, {}};
    return page_of(300);
  };
  open_pool(4 * slice);
  start(std::make_shared<page_reader>("bad", 3));
  for (const char* name : {"a", "b", "c"})
    start(std::make_shared<page_reader>(name, 10));
  settle();
  REQUIRE(log.ends.size() == 4);
  std::size_t good = 0;
  for (const auto& end : log.ends) {
    if (!end->why) {
      ++good;
      CHECK(end->counts.rows_merged == 3000);
    } else {
      CHECK(end->why->code == errc::internal);
      CHECK(end->why->message.find("a decoder's fault") != std::string::npos);
    }
  }
  CHECK(good == 3);
  for (const auto& order : house.orders)
    if (order->position && order->position->complete) CHECK(order->position->rows == 3000);
}

TEST_CASE_FIXTURE(fetcher_world, "a drain asks nothing more and keeps what has arrived") {
  net.serve = [](const http_request& r) {
    return r.url.starts_with("leads/3") ? no_answer : page_of(10);
  };
  const auto reading = start(std::make_shared<page_reader>("leads", 5));
  settle();
  CHECK(net.asked.size() == 3);
  caf::anon_send(reading, atom::drain_v);
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().why->code == errc::interrupted);
  CHECK(ended().counts.rows_merged == 20);
  CHECK(house.rows() == 20);
  for (const auto& order : house.orders)
    CHECK((!order->position || !order->position->complete));
  CHECK(net.asked.size() == 3);
}

TEST_CASE_FIXTURE(fetcher_world, "a drain waits for the warehouse, and not for a retry") {
  net.serve = [](const http_request& r) {
    return r.url.starts_with("leads/2") ? fake_answer{503, {}, false, {{"Retry-After", "60"}}}
                                        : page_of(10);
  };
  house.holds = true;
  const auto reading = start(std::make_shared<page_reader>("leads", 5));
  settle();
  caf::anon_send(reading, atom::drain_v);
  settle();
  CHECK(log.ends.empty());
  release_batches();
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().counts.rows_merged == 10);
  advance(1h);
  CHECK(net.asked.size() == 2);
}

TEST_CASE_FIXTURE(fetcher_world, "a pipeline that died ends its fetchers") {
  net.serve = [](const http_request&) { return no_answer; };
  const auto reading = start(std::make_shared<page_reader>("leads", 5));
  settle();
  bool gone = false;
  self()->monitor(reading);
  end(owner);
  self()->receive([&](const caf::down_msg& m) { gone = m.source == reading.address(); },
                  caf::after(0s) >> [] {});
  CHECK(gone);
}

// -- winding up --

TEST_CASE_FIXTURE(fetcher_world,
                  "a conversation that is broken off cleans up, once, whatever comes") {
  auto pages = std::make_shared<page_reader>("leads", 5);
  pages->last_words = {"abort", "delete"};
  bool drained = false;
  int status = 204;
  SUBCASE("when it failed for good") {}
  SUBCASE("when it failed and cleaning up fails too") {
    status = 503;
  }
  SUBCASE("when it is drained") {
    drained = true;
  }
  net.serve = [&](const http_request& r) -> fake_answer {
    if (r.method == http_method::del) return {status, {}, false, {}};
    if (r.url.starts_with("leads/1")) return page_of(10);
    return drained ? no_answer : fake_answer{400, {}, false, {}};
  };
  const auto reading = start(pages);
  settle();
  if (drained) {
    caf::anon_send(reading, atom::drain_v);
    settle();
  }
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().why->code == (drained ? errc::interrupted : errc::http_status));
  CHECK(ended().counts.rows_merged == 10);
  CHECK(ended().counts.requests == 4);
  CHECK(net.times_asked("DELETE abort") == 1);
  CHECK(net.times_asked("DELETE delete") == 1);
}

TEST_CASE_FIXTURE(fetcher_world, "a source that does not answer does not hold who cleans up") {
  auto pages = std::make_shared<page_reader>("leads", 1);
  pages->last_words = {"abort", "delete"};
  net.serve = [](const http_request&) { return no_answer; };
  const auto reading = start(pages);
  settle();
  caf::anon_send(reading, atom::drain_v);
  settle();
  advance(4999ms);
  CHECK(log.ends.empty());
  advance(1ms);
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().why->code == errc::interrupted);
  CHECK(net.times_asked("DELETE") == 1);
  CHECK(net.open.empty());
}

TEST_CASE_FIXTURE(fetcher_world, "cleaning up is a few asks and no more, after a good end too") {
  auto pages = std::make_shared<page_reader>("leads", 1);
  pages->last_words = {"1", "2", "3", "4", "5"};
  SUBCASE("broken off") {
    net.serve = [](const http_request&) { return fake_answer{400, {}, false, {}}; };
    start(pages);
    settle();
    CHECK(net.times_asked("DELETE") == 3);
    CHECK(ended().why);
  }
  SUBCASE("ended well") {
    net.serve = [](const http_request&) { return page_of(1); };
    start(pages);
    settle();
    CHECK(net.times_asked("DELETE") == 3);
    CHECK(!ended().why);
    CHECK(log.ends.size() == 1);
  }
}

}  // namespace
