// Several pages of one collection under way at once: their rows, their credit, their slots.
#include <doctest/doctest.h>

#include "fetcher_world.hpp"
#include <map>
#include <set>

namespace {

using namespace millrace;

/// Asks for all its pages at once, at URLs like "page/3?session1", and is content when each of them
/// has come.
class side_reader final : public reader {
 public:
  explicit side_reader(std::size_t pages, session_ptr session = nullptr)
      : pages_(pages), session_(std::move(session)) {}

  next_step next(time_point) override {
    if (asked_ < pages_) {
      ++asked_;
      return ask{asked_, request(asked_), body_use::page, "query"};
    }
    if (done.size() < pages_) return wait_for_answer{};
    return finished{};
  }
  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (head.status != 200) return nullptr;
    return std::make_unique<scripted::line_decoder>();
  }
  verdict page_done(std::uint64_t id, const http_head&, const page_facts&, time_point) override {
    done.push_back(id);
    return proceed{};
  }
  verdict answered(std::uint64_t, const http_response& response, time_point) override {
    return scripted::verdict_of(response);
  }
  void use_session(session_ptr fresh) override { session_ = std::move(fresh); }
  http_request renewed(const ask& old) const override { return request(old.id); }
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override { return {}; }
  read_method method() const override { return read_method::bulk; }
  std::vector<notice> take_notices() override { return {}; }

  std::vector<std::uint64_t> done;

 private:
  http_request request(std::uint64_t page) const {
    return {http_method::get,
            fmt::format("page/{}?{}", page, scripted::session_text(session_)),
            {},
            {},
            {}};
  }
  std::size_t pages_;
  std::size_t asked_ = 0;
  session_ptr session_;
};

/// Every key that was written.
std::multiset<std::string> keys_of(const fake_writer& house) {
  std::multiset<std::string> keys;
  for (const auto& order : house.orders)
    for (std::size_t i = 0; i < order->rows->rows; ++i)
      keys.emplace(order->rows->columns[0].value(i));
  return keys;
}

/// Lines that differ from those of every other page.
std::string page_lines(const std::string& url, std::size_t count, std::size_t width) {
  const std::string page = url.substr(0, url.find('?'));
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += fmt::format("{}-{:0{}}\n", page, i, width);
  return out;
}

TEST_CASE_FIXTURE(fetcher_world, "rows of pages that arrive in turns are not mixed up") {
  // Pieces are 16 KiB: rows of 3,000 bytes and more are cut everywhere.
  net.serve = [](const http_request& r) {
    return fake_answer{200, page_lines(r.url, 60, 3'000), false, {}};
  };
  pages_at_once = 4;
  credits = {64 * slice, slice};
  batches.rows = 7;
  const auto pages = std::make_shared<side_reader>(9);
  start(pages);
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(pages->done.size() == 9);
  CHECK(ended().counts.records == 9 * 60);
  std::multiset<std::string> expected;
  for (int p = 1; p <= 9; ++p)
    for (std::size_t i = 0; i < 60; ++i)
      expected.insert(fmt::format("page/{}-{:0{}}", p, i, 3'000));
  CHECK(keys_of(house) == expected);
  // The final position comes with the very last batch (I4).
  for (std::size_t i = 0; i + 1 < house.orders.size(); ++i)
    CHECK(!house.orders[i]->position);
  CHECK(house.orders.back()->position);
}

TEST_CASE_FIXTURE(fetcher_world,
                  "no more pages are under way than may be, and than there are slots") {
  net.serve = [](const http_request&) { return fake_answer{200, {}, true, {}}; };
  credits = {64 * slice, slice};
  std::size_t under_way = 0;
  SUBCASE("one, when nobody said more") {
    under_way = 1;
  }
  SUBCASE("as many as may be") {
    pages_at_once = 3;
    under_way = 3;
  }
  SUBCASE("as many as there are slots, beside the collection's own") {
    pages_at_once = 5;
    slots = std::make_shared<shared_slots>(3);
    under_way = 3;
  }
  const auto own = slots ? slots->take() : nullptr;
  start(std::make_shared<side_reader>(9));
  settle();
  CHECK(net.open.size() == under_way);
}

TEST_CASE_FIXTURE(fetcher_world, "a slot is free again when its page has ended") {
  net.serve = [](const http_request& r) {
    return fake_answer{200, page_lines(r.url, 100, 3'000), false, {}};
  };
  pages_at_once = 5;
  credits = {64 * slice, slice};
  slots = std::make_shared<shared_slots>(2);
  const auto own = slots->take();
  start(std::make_shared<side_reader>(9));
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(ended().counts.records == 900);
  CHECK(slots->any_free());
}

TEST_CASE_FIXTURE(fetcher_world,
                  "I12: pages side by side keep to the window, however slow the warehouse") {
  net.serve = [](const http_request& r) {
    return fake_answer{200, page_lines(r.url, 2'000, 300), false, {}};
  };
  pages_at_once = 4;
  credits = {16 * slice, slice};
  batches.rows = 100;
  house.holds = true;
  start(std::make_shared<side_reader>(8));
  settle();
  // Overshoot: a piece for each page.
  CHECK(net.page_bytes_sent <= 16 * slice + 4 * fake_http::piece_bytes);
  CHECK(net.page_bytes_sent >= 8 * slice);
  while (log.ends.empty())
    release_batches();
  CHECK(!ended().why);
  CHECK(ended().counts.records == 8 * 2'000);
}

TEST_CASE_FIXTURE(fetcher_world, "I12: pages side by side of many collections share a small pool") {
  net.serve = [](const http_request& r) {
    return fake_answer{200, page_lines(r.url, 1'000, 300), false, {}};
  };
  pages_at_once = 4;
  open_pool(5 * slice);
  constexpr std::size_t collections = 6;
  for (std::size_t i = 0; i < collections; ++i)
    start(std::make_shared<side_reader>(6), fmt::format("t{}", i));
  settle();
  REQUIRE(log.ends.size() == collections);
  for (std::size_t i = 0; i < collections; ++i) {
    CHECK(!ended(i).why);
    CHECK(ended(i).counts.records == 6'000);
  }
}

TEST_CASE_FIXTURE(fetcher_world,
                  "a page that breaks off spoils no row of the others, and is asked again") {
  std::map<std::string, int> times;
  net.serve = [&](const http_request& r) {
    const bool first = ++times[r.url] == 1;
    fake_answer page{200, page_lines(r.url, 50, 3'000), false, {}};
    if (first && r.url.find("/2?") != std::string::npos) page.cut_after = 20'000;  // within a row
    return page;
  };
  pages_at_once = 3;
  credits = {64 * slice, slice};
  start(std::make_shared<side_reader>(5));
  settle();
  advance(std::chrono::hours{1});
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(ended().counts.retries == 1);
  const std::multiset<std::string> keys = keys_of(house);
  std::set<std::string> expected;
  for (int p = 1; p <= 5; ++p)
    for (std::size_t i = 0; i < 50; ++i)
      expected.insert(fmt::format("page/{}-{:0{}}", p, i, 3'000));
  CHECK(std::set<std::string>(keys.begin(), keys.end()) == expected);
  // Rows that had ended before the break are written; they come again and change nothing (I5).
  CHECK(keys.size() > 250);
}

TEST_CASE_FIXTURE(fetcher_world, "a session that ends under several pages is renewed once") {
  net.serve = [](const http_request& r) {
    const bool old = r.url.ends_with("session1");
    if (old && r.url.starts_with("page/2")) return fake_answer{200, {}, true, {}};  // hangs
    if (old) return fake_answer{401, {}, false, {}};
    return fake_answer{200, page_lines(r.url, 10, 100), false, {}};
  };
  pages_at_once = 2;
  credits = {64 * slice, slice};
  log.fresh = std::make_shared<const scripted::numbered_session>(2);
  const auto reading = start(
      std::make_shared<side_reader>(2, std::make_shared<const scripted::numbered_session>(1)));
  settle();
  CHECK(log.logins == 1);
  REQUIRE(net.open.size() == 1);
  // The other page meets the end of the old session when there is a new one already.
  const std::uint64_t hanging = net.open.begin()->first;
  net.open.clear();
  caf::anon_send(reading, std::make_shared<const transfer_end>(
                              transfer_end{hanging, http_response{{401, {}}, {}}}));
  settle();
  CHECK(log.logins == 1);
  CHECK(net.times_asked("page/2?session2") == 1);
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(ended().counts.records == 20);
}

}  // namespace
