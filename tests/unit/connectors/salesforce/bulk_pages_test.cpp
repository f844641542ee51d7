// Result pages of one job side by side, and what is done when the org does not list them.
#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/paging.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <map>
#include <set>

namespace millrace {
namespace {

using namespace dialogues;

constexpr const char* job = "750000000000001AAA";

std::string job_path() {
  return fmt::format("/services/data/v62.0/jobs/query/{}", job);
}

/// A page of `count` records whose Ids begin with the page's number.
std::string csv_page(int page, std::uint64_t count) {
  std::string body = "\"Id\",\"Name\",\"IsDeleted\",\"SystemModstamp\"\n";
  for (std::uint64_t i = 0; i < count; ++i)
    body += fmt::format("\"{}-{}\",\"n\",\"false\",\"2024-05-01T10:00:00.000Z\"\n", page, i);
  return body;
}

http_head csv_head(std::uint64_t records) {
  return head_of(200, "text/csv",
                 {{"Sforce-NumberOfRecords", std::to_string(records)}, {"Sforce-Locator", "null"}});
}

/// Pages from the first one to the last, and the page of lists that follows.
std::string list_of(int first, int last, const std::string& next) {
  std::vector<std::string> pages;
  for (int p = first; p <= last; ++p)
    pages.push_back(fmt::format(R"({{"resultUrl":"{}/results?locator=P{}"}})", job_path(), p));
  return fmt::format(R"({{"resultPages":[{}],"done":{}{}}})", fmt::join(pages, ","), next.empty(),
                     next.empty() ? ""
                                  : fmt::format(R"(,"nextRecordsUrl":"{}/resultPages?locator={}")",
                                                job_path(), next));
}

/// A job of seven pages of 30,000 records each.
struct large_reading {
  static constexpr std::uint64_t of_page = 30'000;
  static constexpr int pages_there = 7;

  large_reading()
      : order(order_of(leads())), pages(salesforce::make_bulk_reader(session_of(), order)) {
    const ask create = next_ask(*pages);
    CHECK(proceeds(pages->answered(
        create.id,
        json_answer(
            fmt::format(R"({{"id":"{}","state":"JobComplete","numberRecordsProcessed":{}}})", job,
                        of_page * pages_there)),
        noon)));
  }
  /// All that it asks until it waits, by the end of the URL.
  std::map<std::string, ask> asks() {
    std::map<std::string, ask> out;
    for (;;) {
      next_step step = pages->next(noon);
      auto* wanted = std::get_if<ask>(&step);
      if (wanted == nullptr) return out;
      const std::string& url = wanted->request.url;
      out.emplace(url.substr(url.find(job) + std::string(job).size()), *wanted);
    }
  }
  page_end give(const ask& to, std::uint64_t records = of_page) {
    return give_page(*pages, order, to, csv_head(records), csv_page(++given, records));
  }
  verdict answer_list(const ask& to, const std::string& text) {
    return pages->answered(to.id, json_answer(text), noon);
  }
  /// By locators: as many pages as there are, one after the other.
  void read_chain() {
    for (int p = 1; p <= pages_there; ++p) {
      auto asked = asks();
      REQUIRE(asked.size() == 1);
      CHECK(asked.begin()->first.find("maxRecords") != std::string::npos);
      http_head head = csv_head(of_page);
      head.headers[1].value = p == pages_there ? "null" : fmt::format("L{}", p);
      CHECK(proceeds(give_page(*pages, order, asked.begin()->second, head, csv_page(p, of_page))));
    }
    CHECK(is_finished(*pages));
  }

  int given = 0;  ///< pages, each with Ids of its own
  read_order order;
  std::unique_ptr<reader> pages;
};

TEST_CASE_FIXTURE(large_reading, "pages that the org lists are asked for side by side") {
  auto first = asks();
  REQUIRE(first.size() == 1);
  REQUIRE(first.contains("/resultPages"));
  CHECK(first.at("/resultPages").purpose == "bulk_result_pages");
  CHECK(proceeds(answer_list(first.at("/resultPages"), list_of(1, 5, "M"))));
  auto five = asks();
  // The list that follows is asked for when places are free.
  CHECK(five.size() == 6);
  CHECK(five.contains("/resultPages?locator=M"));
  for (const char* page : {"P1", "P2", "P3", "P4", "P5"})
    CHECK(five.contains(std::string("/results?locator=") + page));
  CHECK(proceeds(answer_list(five.at("/resultPages?locator=M"), list_of(6, 7, ""))));
  CHECK(asks().empty());
  CHECK(proceeds(give(five.at("/results?locator=P4"))));
  auto more = asks();
  REQUIRE(more.size() == 1);
  CHECK(proceeds(give(more.at("/results?locator=P6"))));
  for (const char* page : {"P1", "P2", "P3", "P5"})
    CHECK(proceeds(give(five.at(std::string("/results?locator=") + page))));
  auto rest = asks();
  CHECK_FALSE(is_finished(*pages));
  CHECK(proceeds(give(rest.at("/results?locator=P7"))));
  CHECK(is_finished(*pages));
  CHECK(pages->expected_records() == of_page * pages_there);
  CHECK(pages->take_notices().empty());
}

TEST_CASE_FIXTURE(large_reading, "I3: a page side by side is counted against its header") {
  CHECK(proceeds(answer_list(asks().at("/resultPages"), list_of(1, 2, ""))));
  auto two = asks();
  const ask& page = two.at("/results?locator=P1");
  const page_end cut = give_page(*pages, order, page, csv_head(of_page), csv_page(1, 5));
  REQUIRE(cut.then);
  CHECK(again(*cut.then).code == errc::count_mismatch);
  CHECK(proceeds(give(page)));
}

TEST_CASE_FIXTURE(large_reading, "an org without the list is read by locators") {
  int status = 404;
  SUBCASE("not found") {}
  SUBCASE("not allowed") {
    status = 405;
  }
  SUBCASE("not understood") {
    status = 400;
  }
  CHECK(
      proceeds(pages->answered(asks().at("/resultPages").id, refusal(status, "NOT_FOUND"), noon)));
  read_chain();
  CHECK(pages->take_notices().empty());
}

TEST_CASE_FIXTURE(large_reading, "a list that is none, or goes round, is not gone by") {
  auto first = asks();
  SUBCASE("none") {
    CHECK(proceeds(answer_list(first.at("/resultPages"), R"({"resultPages":null})")));
  }
  SUBCASE("the same page twice") {
    CHECK(proceeds(answer_list(first.at("/resultPages"), list_of(1, 1, "M"))));
    auto both = asks();
    CHECK(proceeds(answer_list(both.at("/resultPages?locator=M"), list_of(1, 1, ""))));
    // What is under way ends first: its records are not counted.
    CHECK(waits(*pages));
    CHECK(proceeds(give(both.at("/results?locator=P1"))));
  }
  SUBCASE("a list without a page, and with another list behind it") {
    CHECK(proceeds(answer_list(first.at("/resultPages"), list_of(1, 0, "M"))));
  }
  read_chain();
}

TEST_CASE_FIXTURE(large_reading, "I3: listed pages that do not add up are read by locators") {
  SUBCASE("a page is not on the list") {
    CHECK(proceeds(answer_list(asks().at("/resultPages"), list_of(1, 2, ""))));
    for (const auto& [url, page] : asks())
      CHECK(proceeds(give(page)));
  }
  SUBCASE("a page is not there") {
    CHECK(proceeds(answer_list(asks().at("/resultPages"), list_of(1, 2, ""))));
    auto two = asks();
    CHECK(proceeds(pages->answered(two.at("/results?locator=P1").id,
                                   refusal(400, "INVALID_QUERY_LOCATOR"), noon)));
    CHECK(proceeds(give(two.at("/results?locator=P2"))));
  }
  SUBCASE("more records than there are") {
    CHECK(proceeds(answer_list(asks().at("/resultPages"), list_of(1, 2, ""))));
    auto two = asks();
    CHECK(proceeds(give(two.at("/results?locator=P1"), of_page * pages_there + 1)));
    CHECK(proceeds(give(two.at("/results?locator=P2"))));
  }
  read_chain();
  const auto told = pages->take_notices();
  REQUIRE(told.size() == 1);
  CHECK(told[0].code == "result_pages_read_again");
}

TEST_CASE_FIXTURE(large_reading,
                  "I13: a list that the day's calls do not suffice for ends the reading") {
  CHECK(gives_up(pages->answered(asks().at("/resultPages").id,
                                 refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests"), noon))
            .code == errc::request_limit);
}

TEST_CASE("a small result is not worth the list") {
  const read_order order = order_of(leads());
  const auto pages = salesforce::make_bulk_reader(session_of(), order);
  CHECK(proceeds(pages->answered(
      next_ask(*pages).id,
      json_answer(fmt::format(R"({{"id":"{}","state":"JobComplete","numberRecordsProcessed":{}}})",
                              job, salesforce::bulk_listed_records_min - 1)),
      noon)));
  CHECK(next_ask(*pages).purpose == "bulk_results");
}

}  // namespace
}  // namespace millrace
