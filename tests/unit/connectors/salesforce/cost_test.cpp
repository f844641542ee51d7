// What readings cost, against what the readers ask for.
#include "connectors/salesforce/cost.hpp"

#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/wide_reader.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;
using salesforce::cost_of_reading;

read_order by_bulk(const collection& what) {
  read_order order = order_of(what);
  order.method = read_method::bulk;
  return order;
}

/// More fields than one URL takes.
collection wide_leads() {
  collection what = leads();
  for (int i = 0; i < 600; ++i) {
    field f;
    f.name = fmt::format("A_Field_With_A_Rather_Long_Name_{:03}__c", i);
    what.fields.push_back(f);
  }
  return what;
}

TEST_CASE("REST costs a call for each 2,000 records, and one when there are none") {
  const auto calls = [](std::uint64_t records) {
    return cost_of_reading(order_of(leads()), records);
  };
  CHECK(calls(0) == exactly(1));
  CHECK(calls(1) == exactly(1));
  CHECK(calls(2'000) == exactly(1));
  CHECK(calls(2'001) == exactly(2));
  CHECK(calls(10'000) == exactly(5));
}

TEST_CASE("what is not known leaves the estimate open") {
  CHECK(cost_of_reading(order_of(leads()), {}) == call_estimate{1, 1, true});
  // Of wide rows an org may send fewer on a page.
  collection wide = leads();
  wide.fields.resize(100, wide.fields[1]);
  CHECK(cost_of_reading(order_of(wide), 2'000) == exactly(1));
  CHECK(cost_of_reading(order_of(wide), 2'001) == call_estimate{2, 2, true});
}

TEST_CASE("a Bulk job costs its creation, its deletion, its results and the looks at it") {
  CHECK(cost_of_reading(by_bulk(leads()), 0).least == 3);
  CHECK(cost_of_reading(by_bulk(leads()), 1).least == 4);
  CHECK(cost_of_reading(by_bulk(leads()), 50'001).least == 5);
  CHECK_FALSE(cost_of_reading(by_bulk(leads()), 1).open);
}

TEST_CASE("I13: the lists of a large result's pages are counted") {
  // 200,000 records are four pages on one list, 1,000,000 are twenty on four.
  CHECK(cost_of_reading(by_bulk(leads()), 199'999).least == 3 + 4);
  CHECK(cost_of_reading(by_bulk(leads()), 200'000).least == 3 + 4 + 1);
  CHECK(cost_of_reading(by_bulk(leads()), 1'000'000).least == 3 + 20 + 4);
}

TEST_CASE("the looks at a job that lasts ten minutes are those that the reader makes") {
  const auto talk = salesforce::make_bulk_reader(session_of(), by_bulk(leads()));
  const std::string running = R"({"id":"750000000000001AAA","state":"InProgress"})";
  const std::string done =
      R"({"id":"750000000000001AAA","state":"JobComplete","numberRecordsProcessed":0})";
  const time_point end = noon + std::chrono::minutes{10};
  time_point now = noon;
  std::uint64_t asks = 0;
  for (int i = 0; i < 1000; ++i) {
    next_step step = talk->next(now);
    if (std::holds_alternative<finished>(step)) step = talk->wind_up(now);
    if (std::holds_alternative<finished>(step)) break;
    if (const auto* pause = std::get_if<wait_until>(&step)) {
      now = pause->when;
      continue;
    }
    ++asks;
    const ask& a = std::get<ask>(step);
    talk->answered(a.id, json_answer(a.purpose == "bulk_poll" && now >= end ? done : running), now);
  }
  CHECK(cost_of_reading(by_bulk(leads()), 0).most == asks);
}

TEST_CASE("a wide object costs as many calls for a slice as it has parts") {
  const read_order order = order_of(wide_leads());
  const std::uint64_t parts = salesforce::parts_of(order);
  REQUIRE(parts > 1);
  // The question behind the last full slice finds nothing.
  CHECK(cost_of_reading(order, 0) == exactly(1));
  CHECK(cost_of_reading(order, 499) == exactly(parts));
  CHECK(cost_of_reading(order, 500) == exactly(parts + 1));
  CHECK(cost_of_reading(order, 501) == exactly(2 * parts));
}

TEST_CASE(
    "deletions cost a call, and more when there are some; within a minute they cannot be asked "
    "for") {
  CHECK(salesforce::cost_of_deletions({noon, noon + std::chrono::hours{6}}) ==
        call_estimate{1, 1, true});
  CHECK(salesforce::cost_of_deletions({noon, noon + std::chrono::seconds{59}}) == exactly(0));
}

}  // namespace
}  // namespace millrace
