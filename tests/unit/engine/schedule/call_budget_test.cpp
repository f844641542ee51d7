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

/// A bundle of so many, answered with what the org says that its clients have used.
std::uint64_t cost_of_bundle(const std::shared_ptr<run_budget>& run, std::uint64_t requests,
                             std::optional<std::uint64_t> used) {
  const std::uint64_t before = run->calls()["describe"];
  const auto charge = bundle_charge::make(run, "describe", requests);
  REQUIRE(charge);
  CHECK(run->calls()["describe"] == before + requests + 1);  // the most, while it is under way
  (*charge)->settle(used ? std::optional(call_usage{*used, 10'000}) : std::nullopt);
  return run->calls()["describe"] - before;
}

TEST_CASE("I13 a bundle costs the most that it can, unless the org's own count shows less") {
  auto org = std::make_shared<call_ledger>(budget_rules{});
  auto run = std::make_shared<run_budget>(org);
  CHECK(cost_of_bundle(run, 25, 101) == 26);  // nothing to compare with
  CHECK(org->counting() == bundle_counting::unknown);
  CHECK(cost_of_bundle(run, 25, 102) == 1);
  CHECK(org->counting() == bundle_counting::once);
  CHECK(cost_of_bundle(run, 25, 108) == 6);   // another client called five times
  CHECK(cost_of_bundle(run, 25, 118) == 26);  // ten calls may be anybody's
  CHECK(cost_of_bundle(run, 25, 118) == 26);  // a count that stands still shows nothing
  CHECK(cost_of_bundle(run, 25, 90) == 26);   // nor one from which older calls fell out
  CHECK(cost_of_bundle(run, 25, {}) == 26);
  CHECK(org->counting() == bundle_counting::once);
  CHECK(org->usage().used == 90 + 26);
  CHECK(cost_of_bundle(run, 25, 116 + 25) == 25);
  CHECK(org->counting() == bundle_counting::each);
  CHECK(cost_of_bundle(run, 25, 141 + 400) == 26);
  CHECK(cost_of_bundle(run, 5, 542) == 1);
  CHECK(cost_of_bundle(run, 5, 544) == 6);
  CHECK(cost_of_bundle(run, 2, 545) == 1);
  CHECK(cost_of_bundle(run, 2, 547) == 2);
  CHECK(org->counting() == bundle_counting::each);
}

TEST_CASE(
    "I13 a bundle that has no room for its most is not made, and counts while it is under way") {
  auto org = std::make_shared<call_ledger>(budget_rules{limit("100"), limit("40")});
  auto run = std::make_shared<run_budget>(org);
  run->note({70, 1000});
  CHECK(bundle_charge::make(run, "describe", 40).error().code == errc::request_limit);
  CHECK(bundle_charge::make(run, "describe", 30).error().message.find("day's budget") !=
        std::string::npos);
  {
    const auto charge = bundle_charge::make(run, "describe", 28);
    REQUIRE(charge);
    CHECK(org->usage().used == 99);
    run->note({70, 1000});  // another answer that does not count it yet
    CHECK(!run->spend("query"));
    CHECK(run->spend("query"));
    CHECK(!bundle_charge::make(run, "describe", 2));
  }
  // It ended without an answer.
  CHECK(org->usage().used == 71 + 29);
  CHECK(run->calls() == std::map<std::string, std::uint64_t>{{"describe", 29}, {"query", 1}});
  org->note({50, 1000});
  CHECK(org->usage().used == 50);                    // nothing is under way any more
  CHECK(!bundle_charge::make(run, "describe", 10));  // 30 of 40
  CHECK(bundle_charge::make(run, "describe", 9));
}

TEST_CASE("what bundles will cost is a range until it is known how they are counted") {
  const request_tally catalog{2, 2, 47};
  CHECK(cost_of(catalog, bundle_counting::once) == exactly(4));
  CHECK(cost_of(catalog, bundle_counting::each) == exactly(49));
  CHECK(cost_of(catalog, bundle_counting::unknown) == call_estimate{4, 51, false});
}

}  // namespace
