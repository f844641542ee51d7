// The first pages of several readings in one request: what is asked, what is kept, what is left to
// the readings themselves.
#include "connectors/salesforce/first_pages.hpp"

#include "connectors/salesforce/rest_reader.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <functional>

namespace millrace {
namespace {

using namespace dialogues;

struct asking {
  explicit asking(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      collection what = leads();
      what.name = fmt::format("leads{}", i);
      orders.push_back(order_of(what, {noon, {}}));
    }
    talk = salesforce::make_first_pages(session_of(), orders, manners);
  }

  /// Asks until nothing more is wanted; how many each request held.
  std::vector<std::uint64_t> run() {
    std::vector<std::uint64_t> asked;
    for (int i = 0; i < 50; ++i) {
      const next_step step = talk->next(noon);
      if (std::holds_alternative<finished>(step)) return asked;
      REQUIRE(std::holds_alternative<ask>(step));
      const ask& a = std::get<ask>(step);
      CHECK(a.use == body_use::whole);
      CHECK(waits(*talk));  // nothing beside it, so that what it costs can be told
      asked.push_back(a.requests);
      const verdict v = talk->answered(a.id, answer(a), noon);
      if (const auto* more = std::get_if<ask_again>(&v)) talk->gave_up(a.id, more->why, noon);
    }
    FAIL("it does not end");
    return asked;
  }

  http_response answer(const ask& a) {
    if (whole) return *whole;
    std::vector<std::string> parts;
    for (std::uint64_t i = 0; i < a.requests; ++i) {
      const http_response one = part ? part(served++) : json_answer(rest_page(0, {}));
      parts.push_back(
          fmt::format(R"({{"body":{},"httpHeaders":{{}},"httpStatusCode":{},"referenceId":"r{}"}})",
                      one.body, one.head.status, i));
    }
    return json_answer(fmt::format(R"({{"compositeResponse":[{}]}})", fmt::join(parts, ",")));
  }
  /// Places of the readings that have a page.
  std::vector<std::size_t> kept() {
    std::vector<std::size_t> out;
    pages = talk->take_pages();
    for (std::size_t i = 0; i < pages.size(); ++i)
      if (pages[i]) out.push_back(i);
    return out;
  }

  std::shared_ptr<salesforce::composite_manners> manners =
      std::make_shared<salesforce::composite_manners>();
  std::vector<read_order> orders;
  std::unique_ptr<first_pages_conversation> talk;
  std::optional<http_response> whole;
  std::function<http_response(std::size_t)> part;
  std::size_t served = 0;
  std::vector<std::optional<known_answer>> pages;
};

using counts = std::vector<std::uint64_t>;
using places = std::vector<std::size_t>;

TEST_CASE("I13 five queries go in one request, and one that is left over goes where it belongs") {
  asking eleven(11);
  CHECK(eleven.run() == counts{5, 5});
  CHECK(eleven.kept() == places{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  asking seven(7);
  CHECK(seven.run() == counts{5, 2});
}

TEST_CASE("I8, I3 a page is the answer to what its reading asks first, byte for byte") {
  asking two(2);
  const std::string body = rest_page(2, {lead("00Q000000000001AAA"), lead("00Q000000000002AAA")});
  two.part = [&](std::size_t) { return json_answer(body); };
  CHECK(two.run() == counts{2});
  REQUIRE(two.kept() == places{0, 1});
  const known_answer& page = *two.pages[1];
  CHECK(page.response.body == body);
  const auto alone = salesforce::make_rest_reader(session_of(), two.orders[1]);
  const ask first = next_ask(*alone);
  CHECK(first.request.url == page.url);
  const page_end got =
      give_page(*alone, two.orders[1], first, page.response.head, page.response.body);
  CHECK(proceeds(got));
  CHECK(is_finished(*alone));
  // And what it miscounts is found as it always is.
  const auto other = salesforce::make_rest_reader(session_of(), two.orders[1]);
  CHECK(gives_up(give_page(*other, two.orders[1], next_ask(*other), page.response.head,
                           rest_page(3, {lead("00Q000000000001AAA")})))
            .code == errc::count_mismatch);
}

TEST_CASE("I6 what a query meets is left to its own reading") {
  asking five(5);
  five.part = [](std::size_t i) {
    if (i == 1) return refusal(400, "QUERY_TIMEOUT");
    if (i == 3) return refusal(400, "INVALID_FIELD");
    return json_answer(rest_page(0, {}));
  };
  CHECK(five.run() == counts{5});
  CHECK(five.kept() == places{0, 2, 4});
  CHECK(five.manners->queries() == 5);
}

TEST_CASE("an org that refuses queries in composites, or composites, is not asked again") {
  asking parts(12);
  parts.part = [](std::size_t) { return refusal(400, "INVALID_INPUT"); };
  CHECK(parts.run() == counts{5});
  CHECK(parts.kept().empty());
  CHECK(parts.manners->queries() == 1);
  CHECK(parts.manners->describes() == 25);
  asking all(12);
  all.whole = refusal(404, "NOT_FOUND");
  CHECK(all.run() == counts{5});
  CHECK(all.manners->describes() == 1);
  asking fewer(12);
  fewer.whole = refusal(400, "INVALID_INPUT");
  CHECK(fewer.run() == counts{5, 2});
  CHECK(fewer.manners->queries() == 1);
  CHECK(fewer.manners->describes() == 25);
}

TEST_CASE(
    "what passes, and what concerns the org, ends it without a word: each reading finds out") {
  for (const http_response& answer :
       {refusal(503, "SERVER_UNAVAILABLE"), refusal(403, "REQUEST_LIMIT_EXCEEDED"),
        json_answer("{\"compositeResponse\":[{")}) {
    asking some(12);
    some.whole = answer;
    CHECK(some.run() == counts{5});
    CHECK(some.kept().empty());
    CHECK(some.manners->queries() == 5);
  }
  asking within(12);
  within.part = [](std::size_t) { return refusal(403, "REQUEST_LIMIT_EXCEEDED"); };
  CHECK(within.run() == counts{5});
  CHECK(within.manners->queries() == 5);
}

TEST_CASE("I13 without room for five in the budget, fewer are asked for") {
  asking some(5);
  const ask a = next_ask(*some.talk);
  CHECK(a.requests == 5);
  CHECK(proceeds(some.talk->gave_up(
      a.id, {errc::request_limit, "no room", "wait", retry::never, {}, {}}, noon)));
  CHECK(some.run() == counts{2, 2});
}

TEST_CASE("I12 pages that are not small are not kept, and all together are bounded") {
  asking one_large(5);
  one_large.part = [](std::size_t i) {
    return json_answer(i == 2 ? "[\"" + std::string(1 << 20, 'x') + "\"]" : rest_page(0, {}));
  };
  one_large.run();
  CHECK(one_large.kept() == places{0, 1, 3, 4});
  asking many(40);
  many.part = [](std::size_t) { return json_answer("[\"" + std::string(900'000, 'x') + "\"]"); };
  CHECK(many.run() == counts{5, 5});
  CHECK(many.kept().size() == 9);
}

TEST_CASE("only a reading that is one query by REST can begin with others") {
  const salesforce::composite_manners manners;
  read_order order = order_of(leads(), {noon, {}});
  CHECK(salesforce::first_pages_together(order, manners) == 5);
  read_order keyed = order;
  keyed.keys = {"00Q000000000001AAA"};
  CHECK(salesforce::first_pages_together(keyed, manners) == 1);
  read_order bulk = order;
  bulk.method = read_method::bulk;
  CHECK(salesforce::first_pages_together(bulk, manners) == 1);
  collection wide = leads();
  for (int i = 0; i < 900; ++i) {
    field f;
    f.name = fmt::format("A_field_with_a_long_name_{}__c", i);
    wide.fields.push_back(f);
  }
  CHECK(salesforce::first_pages_together(order_of(wide), manners) == 1);
}

}  // namespace
}  // namespace millrace
