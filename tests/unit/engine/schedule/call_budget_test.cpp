// I13: no call beyond the budget.
#include "engine/schedule/call_budget.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

using namespace millrace;

call_limit limit(std::string_view text) {
  const auto parsed = parse_call_limit(text);
  REQUIRE(parsed);
  return *parsed;
}

TEST_CASE("limits are numbers of calls, or parts of what the source allows") {
  CHECK(limit("5000").of(100) == 5000U);
  CHECK(limit("60%").of(115'001) == 69'000U);
  CHECK(limit("100%").of(7) == 7U);
  CHECK(!limit("60%").of(0));  // not known yet
  CHECK(!call_limit{}.of(100));
  for (const char* text : {"", "%", "0", "0%", "101%", "-5", "5 %", "many", "1.5%"}) {
    CAPTURE(text);
    CHECK(!parse_call_limit(text));
  }
}

TEST_CASE("I13 the day's budget is on what all clients use together") {
  auto org = std::make_shared<call_ledger>(budget_rules{limit("60%"), {}});
  run_budget run(org);
  CHECK(!run.spend("login"));  // nothing is known
  run.note({58, 100});
  CHECK(!run.spend("query"));
  CHECK(!run.spend("query"));  // answers have not told yet
  const auto refused = run.spend("query");
  REQUIRE(refused);
  CHECK(refused->code == errc::request_limit);
  CHECK(refused->message.find("60 of its 100") != std::string::npos);
  CHECK(run.calls() == std::map<std::string, std::uint64_t>{{"login", 1}, {"query", 2}});
  // Another pipeline of the same org is refused as well, until the day has freed some calls.
  run_budget other(org);
  CHECK(other.spend("login"));
  other.note({40, 100});
  CHECK(!run.spend("query"));
}

TEST_CASE("I13 a run's budget is its own") {
  auto org = std::make_shared<call_ledger>(budget_rules{{}, limit("2")});
  run_budget run(org);
  CHECK(!run.spend("describe"));
  CHECK(!run.spend("query"));
  CHECK(run.spend("query"));
  CHECK(run.calls() == std::map<std::string, std::uint64_t>{{"describe", 1}, {"query", 1}});
  CHECK(!run_budget(org).spend("query"));
}

TEST_CASE("I13 many who ask at once share exactly what there is") {
  auto org = std::make_shared<call_ledger>(budget_rules{{}, limit("100")});
  run_budget run(org);
  std::atomic<int> made = 0;
  std::vector<std::thread> fetchers;
  fetchers.reserve(4);
  for (int t = 0; t < 4; ++t)
    fetchers.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        if (!run.spend("query")) ++made;
    });
  for (std::thread& f : fetchers)
    f.join();
  CHECK(made == 100);
}

}  // namespace
