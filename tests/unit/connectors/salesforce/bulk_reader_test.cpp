// Dialogues of the Bulk reader: a job from its creation to its deletion.
#include "connectors/salesforce/bulk_reader.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <chrono>

namespace millrace {
namespace {

using namespace dialogues;
using namespace std::chrono_literals;

constexpr const char* job = "750000000000001AAA";

std::string job_text(std::string_view state, const std::string& more = {},
                     std::string_view id = job) {
  return fmt::format(R"({{"id":"{}","state":"{}"{}}})", id, state, more);
}

std::string csv_of(std::initializer_list<const char*> ids) {
  std::string body = "\"Id\",\"Name\",\"IsDeleted\",\"SystemModstamp\"\n";
  for (const char* id : ids)
    body += fmt::format("\"{}\",\"n\",\"false\",\"2024-05-01T10:00:00.000Z\"\n", id);
  return body;
}

http_head csv_head(std::optional<int> records, const std::string& locator = "null") {
  std::vector<http_header> more;
  if (records) more.push_back({"Sforce-NumberOfRecords", std::to_string(*records)});
  if (!locator.empty()) more.push_back({"Sforce-Locator", locator});
  return head_of(200, "text/csv; charset=UTF-8", std::move(more));
}

struct reading {
  explicit reading(window range = {})
      : order(order_of(leads(), range)), pages(salesforce::make_bulk_reader(session_of(), order)) {}
  verdict answer(const http_response& with, time_point now = noon) {
    return pages->answered(next_ask(*pages, now).id, with, now);
  }
  /// A job that is complete at once. `records` empty: it does not say how many.
  void complete(const std::string& records) {
    const std::string more =
        records.empty() ? std::string() : ",\"numberRecordsProcessed\":" + records;
    CHECK(proceeds(answer(json_answer(job_text("JobComplete", more)))));
  }
  page_end page(const http_head& head, const std::string& body) {
    return give_page(*pages, order, next_ask(*pages), head, body);
  }
  read_order order;
  std::unique_ptr<reader> pages;
};

TEST_CASE("a job: created, polled with growing pauses, read page by page, deleted") {
  window range;
  range.from = parse_timestamp("2024-05-01T09:00:00Z");
  reading r(range);
  const ask create = next_ask(*r.pages);
  CHECK(create.purpose == "bulk_create");
  CHECK(create.request.method == http_method::post);
  CHECK(create.request.url == std::string(host) + "/services/data/v62.0/jobs/query");
  CHECK(create.request.body.find("\"operation\":\"queryAll\"") != std::string::npos);
  CHECK(create.request.body.find("WHERE SystemModstamp >= 2024-05-01T09:00:00.000Z\"") !=
        std::string::npos);
  CHECK(waits(*r.pages));
  CHECK(proceeds(r.pages->answered(create.id, json_answer(job_text("UploadComplete")), noon)));
  time_point now = noon;
  milliseconds pause{0};
  for (int i = 0; i < 10; ++i) {
    const next_step step = r.pages->next(now);
    REQUIRE(std::holds_alternative<wait_until>(step));
    const milliseconds next_pause = std::get<wait_until>(step).when - now;
    CHECK(next_pause >= pause);
    CHECK(next_pause <= 30s);
    pause = next_pause;
    now += pause;
    const ask poll = next_ask(*r.pages, now);
    CHECK(poll.purpose == "bulk_poll");
    CHECK(proceeds(r.pages->answered(poll.id, json_answer(job_text("InProgress")), now)));
  }
  now += 30s;
  CHECK(proceeds(
      r.answer(json_answer(job_text("JobComplete", ",\"numberRecordsProcessed\":3")), now)));
  CHECK(r.pages->expected_records() == 3U);
  const ask first = next_ask(*r.pages);
  CHECK(first.request.url.ends_with(fmt::format("/jobs/query/{}/results?maxRecords=50000", job)));
  const page_end one =
      give_page(*r.pages, r.order, first, csv_head(2, "Mj+U&w"), csv_of({"a", "b"}));
  CHECK(proceeds(one));
  CHECK(one.rows == "[a|n|0|2024-05-01 10:00:00.000][b|n|0|2024-05-01 10:00:00.000]");
  const ask more = next_ask(*r.pages);
  CHECK(more.request.url.ends_with("&locator=Mj%2BU%26w"));
  CHECK(proceeds(give_page(*r.pages, r.order, more, csv_head(1), csv_of({"c"}))));
  CHECK_FALSE(r.pages->progress());  // pages come in any order
  // The job stays until what it yielded is committed.
  CHECK(is_finished(*r.pages));
  const next_step last = r.pages->wind_up(noon);
  REQUIRE(std::holds_alternative<ask>(last));
  const ask& clean = std::get<ask>(last);
  CHECK(clean.request.method == http_method::del);
  // A courtesy that fails does not undo what is here.
  CHECK(proceeds(r.pages->answered(clean.id, refusal(500, "UNKNOWN_EXCEPTION"), noon)));
  CHECK(std::holds_alternative<finished>(r.pages->wind_up(noon)));
}

TEST_CASE("I3 a page is counted against its header, and asked for again") {
  reading r;
  r.complete("2");
  const ask first = next_ask(*r.pages);
  for (const int announced : {1, 3}) {
    const page_end cut =
        give_page(*r.pages, r.order, first, csv_head(announced), csv_of({"a", "b"}));
    REQUIRE(cut.then);
    const error why = again(*cut.then);
    CHECK(why.code == errc::count_mismatch);
    CHECK(why.again == retry::later);
    CHECK_FALSE(why.advice.empty());
  }
  CHECK(waits(*r.pages));
  CHECK(proceeds(give_page(*r.pages, r.order, first, csv_head(2), csv_of({"a", "b"}))));
}

TEST_CASE("I3 all pages are counted against what the job processed") {
  SUBCASE("fewer") {
    reading r;
    r.complete("3");
    CHECK(gives_up(r.page(csv_head(2), csv_of({"a", "b"}))).code == errc::count_mismatch);
  }
  SUBCASE("more, before the last page") {
    reading r;
    r.complete("1");
    CHECK(gives_up(r.page(csv_head(2, "x"), csv_of({"a", "b"}))).code == errc::count_mismatch);
  }
  SUBCASE("none of them") {
    reading r;
    r.complete("1");
    CHECK(gives_up(r.page(csv_head({}), "")).code == errc::count_mismatch);
  }
  SUBCASE("a locator that a proxy took out") {
    reading r;
    r.complete("4");
    CHECK(gives_up(r.page(csv_head(2, ""), csv_of({"a", "b"}))).code == errc::count_mismatch);
  }
}

TEST_CASE("I3 a job that tells no number is counted by its pages, and not at all is no success") {
  for (const char* records : {"", "null"}) {
    reading counted;
    counted.complete(records);
    CHECK(proceeds(counted.page(csv_head(1, "x"), csv_of({"a"}))));
    CHECK(proceeds(counted.page(csv_head(1), csv_of({"b"}))));
    CHECK(counted.pages->expected_records() == 2U);
    reading uncounted;
    uncounted.complete(records);
    CHECK(proceeds(uncounted.page(csv_head({}, "x"), csv_of({"a"}))));
    CHECK(gives_up(uncounted.page(csv_head(1), csv_of({"b"}))).code == errc::count_mismatch);
  }
}

TEST_CASE("I3 a page that comes again in place of another one is asked for again") {
  for (const char* records : {"4", ""}) {
    reading r;
    r.complete(records);
    CHECK(proceeds(r.page(csv_head(2, "x"), csv_of({"a", "b"}))));
    const ask more = next_ask(*r.pages);
    const page_end repeated = give_page(*r.pages, r.order, more, csv_head(2), csv_of({"a", "b"}));
    REQUIRE(repeated.then);
    CHECK(again(*repeated.then).again == retry::later);
    SUBCASE("and is right then") {
      CHECK(proceeds(give_page(*r.pages, r.order, more, csv_head(2), csv_of({"c", "d"}))));
      CHECK(is_finished(*r.pages));
    }
    SUBCASE("and is the same each time") {
      CHECK(gives_up(r.pages->gave_up(more.id, again(*repeated.then), noon)).code ==
            errc::page_malformed);
    }
  }
}

TEST_CASE("an empty result needs no page") {
  reading r;
  r.complete("0");
  CHECK(is_finished(*r.pages));
}

TEST_CASE("jobs that end otherwise, and answers that are no job of ours") {
  const auto code_after = [](const std::string& text) {
    reading r;
    CHECK(proceeds(r.answer(json_answer(job_text("InProgress")))));
    return gives_up(r.answer(json_answer(text), noon + 1s)).code;
  };
  CHECK(code_after(job_text("Failed", ",\"errorMessage\":\"too much\"")) == errc::job_failed);
  CHECK(code_after(job_text("Failed")) == errc::job_failed);
  CHECK(code_after(job_text("Aborted")) == errc::job_aborted);
  CHECK(code_after("[]") == errc::http_content);
  CHECK(code_after("{}") == errc::http_content);
  {
    reading cut;
    CHECK(again(cut.answer(json_answer(job_text("InProgress").substr(0, 20)))).again ==
          retry::later);
  }
  CHECK(code_after(job_text("JobComplete", "", "750000000000002AAA")) == errc::http_content);
  reading r;
  CHECK(gives_up(r.answer(json_answer(job_text("InProgress", "", "../x")))).code ==
        errc::http_content);
}

TEST_CASE("a result that names itself, is a web page, or was cut") {
  reading r;
  r.complete("4");
  const ask first = next_ask(*r.pages);
  CHECK(r.pages->open_page(first.id, head_of(200, "text/html")) == nullptr);
  CHECK(again(r.pages->answered(first.id, {head_of(200, "text/html"), "<html>"}, noon)).code ==
        errc::http_content);
  const page_end cut = give_page(*r.pages, r.order, first, csv_head(1), csv_of({"a"}) + "\"b");
  REQUIRE(cut.undecoded);
  CHECK(cut.undecoded->again == retry::later);
  CHECK(proceeds(give_page(*r.pages, r.order, first, csv_head(1, "x"), csv_of({"a"}))));
  CHECK(gives_up(r.page(csv_head(1, "x"), csv_of({"b"}))).code == errc::page_malformed);
}

}  // namespace
}  // namespace millrace
