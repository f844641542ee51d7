// I13: a request that bundles several, from a fetcher's side: what it is charged with, and what is
// asked when the budget has no room for the most that it may cost. Time is virtual.
#include <doctest/doctest.h>

#include "fetcher_world.hpp"

namespace {

using namespace millrace;

/// Asks for so many things together; when there is no room, for half of them, down to each alone.
class bundle_talk final : public conversation {
 public:
  explicit bundle_talk(std::uint64_t things) : left_(things), together_(things) {}

  next_step next(time_point) override {
    if (under_way_ > 0) return wait_for_answer{};
    if (left_ == 0) return finished{};
    under_way_ = std::min(left_, together_);
    return ask{
        ++asked_, {http_method::post, "many", {}, {}, {}}, body_use::whole, "describe", under_way_};
  }
  verdict answered(std::uint64_t, const http_response& response, time_point) override {
    if (response.head.status != 200) return scripted::verdict_of(response);
    left_ -= std::exchange(under_way_, 0);
    return proceed{};
  }
  verdict gave_up(std::uint64_t, const error& why, time_point) override {
    refusals.push_back(why.code);
    together_ = std::exchange(under_way_, 0) / 2;
    return proceed{};
  }
  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }

  std::vector<errc> refusals;

 private:
  std::uint64_t left_;
  std::uint64_t together_;
  std::uint64_t under_way_ = 0;
  std::uint64_t asked_ = 0;
};

struct bundle_world : fetcher_world {
  std::shared_ptr<call_ledger> org;
  std::shared_ptr<run_budget> run;
  std::shared_ptr<bundle_talk> talk;

  void ask(std::uint64_t things, call_limit run_limit) {
    open_pool(1 << 20);
    org = std::make_shared<call_ledger>(budget_rules{{}, run_limit});
    run = std::make_shared<run_budget>(org);
    run->note({1000, 100'000});
    talk = std::make_shared<bundle_talk>(things);
    fetcher_config config;
    config.talk = talk;
    config.http = http;
    config.pool = pool;
    config.owner = owner;
    config.budget = run;
    config.usage_of = [](const http_head& head) -> std::optional<call_usage> {
      const auto used = head.find("Used");
      if (!used) return {};
      return call_usage{std::stoull(std::string(*used)), 100'000};
    };
    config.now = [this] {
      return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())};
    };
    config.chance = [] { return 1.0; };
    caf::anon_send(spawn_fetcher(system(), std::move(config)), atom::go_v);
    settle();
  }
  [[nodiscard]] std::uint64_t charged() const { return run->calls()["describe"]; }
};

fake_answer used(std::uint64_t calls, int status = 200) {
  return {status, {}, false, {{"Used", std::to_string(calls)}}};
}

TEST_CASE_FIXTURE(bundle_world, "I13 a bundle is charged with what the org's count shows") {
  net.serve = [](const http_request&) { return used(1001); };
  ask(25, {});
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(charged() == 1);
  CHECK(run->counting() == bundle_counting::once);
  CHECK(run->usage().used == 1001);
}

TEST_CASE_FIXTURE(bundle_world, "I13 one that the org counts each by each is charged so") {
  net.serve = [](const http_request&) { return used(1025); };
  ask(25, {});
  CHECK(charged() == 25);
  CHECK(run->counting() == bundle_counting::each);
}

TEST_CASE_FIXTURE(bundle_world,
                  "I13 each attempt is charged, and one without an answer with the most") {
  int asked = 0;
  net.serve = [&](const http_request&) {
    return ++asked == 1 ? fake_answer{503, {}, false, {}} : used(1027);
  };
  ask(25, {});
  advance(std::chrono::hours(1));
  REQUIRE(log.ends.size() == 1);
  CHECK(asked == 2);
  CHECK(charged() == 26 + 1);
}

TEST_CASE_FIXTURE(bundle_world,
                  "I13 without room for its most a bundle is not asked, and less of it is") {
  std::uint64_t calls = 1000;
  net.serve = [&](const http_request&) { return used(calls += 1); };
  ask(6, {4, {}});
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(talk->refusals.size() == 2);  // of six, and of another three
  CHECK(net.asked.size() == 4);       // three together, then three alone
  CHECK(charged() == 4);
}

TEST_CASE_FIXTURE(bundle_world, "I13 what has room for no call ends") {
  std::uint64_t calls = 1000;
  net.serve = [&](const http_request&) { return used(calls += 2); };
  ask(8, {4, {}});
  REQUIRE(log.ends.size() == 1);
  REQUIRE(ended().why);
  CHECK(ended().why->code == errc::request_limit);
  CHECK(charged() == 4);
  CHECK(net.asked.size() == 3);  // a pair, and two alone
}

TEST_CASE_FIXTURE(bundle_world, "I13 a repetition for which there is no room gives way to less") {
  std::uint64_t calls = 1000;
  int asked = 0;
  net.serve = [&](const http_request&) {
    return ++asked == 1 ? fake_answer{503, {}, false, {}} : used(calls += 1);
  };
  ask(8, {12, {}});
  advance(std::chrono::hours(1));
  REQUIRE(log.ends.size() == 1);
  CHECK(ended().why->code == errc::request_limit);
  // Eight, which are charged with nine; then a pair, of which a count below that shows nothing.
  CHECK(net.asked.size() == 2);
  CHECK(charged() == 12);
}

// -- first pages that are there

TEST_CASE_FIXTURE(fetcher_world,
                  "a page that is there is read without a call, and its credit is given back") {
  open_pool(slice);
  net.serve = [](const http_request&) {
    return fake_answer{200, scripted::lines(10, 40), false, {}};
  };
  first_page = known_answer{"leads/1?session1", {{200, {}}, scripted::lines(3, 40)}};
  start(std::make_shared<scripted::page_reader>(
      "leads", 2, std::make_shared<const scripted::numbered_session>(1)));
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(net.asked == std::vector<std::string>{"GET leads/2?session1"});
  CHECK(ended().counts.records == 13);
  CHECK(ended().counts.rows_merged == 13);
  CHECK(ended().counts.requests == 1);
  // Another reading gets all the credit that there is.
  start(std::make_shared<scripted::page_reader>("cases", 1), "cases");
  settle();
  CHECK(log.ends.size() == 2);
}

TEST_CASE_FIXTURE(fetcher_world,
                  "a page of another request, or no page, is not taken for what was asked") {
  net.serve = [](const http_request&) {
    return fake_answer{200, scripted::lines(10, 40), false, {}};
  };
  for (const auto& other : {std::pair("leads/1?session0", 200), {"leads/1?session1", 400}}) {
    const char* url = other.first;
    CAPTURE(url);
    net.asked.clear();
    first_page = known_answer{url, {{other.second, {}}, scripted::lines(3, 40)}};
    start(std::make_shared<scripted::page_reader>(
        "leads", 2, std::make_shared<const scripted::numbered_session>(1)));
    settle();
    CHECK(net.asked == std::vector<std::string>{"GET leads/1?session1", "GET leads/2?session1"});
    CHECK(log.ends.back()->counts.records == 20);
  }
}

}  // namespace
