// Jobs that an earlier run left: known again by their question, taken over, removed.
#include "connectors/salesforce/bulk_job.hpp"

#include "connectors/salesforce/bulk_reader.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <chrono>

namespace millrace {
namespace {

using namespace dialogues;
using namespace std::chrono_literals;

std::shared_ptr<salesforce::org_session> user_session() {
  auto made = std::make_shared<salesforce::org_session>();
  made->access_token = "token-1";
  made->instance_url = host;
  made->api_version = "62.0";
  made->org_id = "00D000000000001AAA";
  made->user_id = "005000000000001AAA";
  return made;
}

window from(const char* text) {
  window range;
  range.from = parse_timestamp(text);
  return range;
}

constexpr const char* monday = "2024-05-06T09:00:00Z";

TEST_CASE("the same question has the same text, and fits into a checkpoint") {
  const auto who = user_session();
  const std::string question = salesforce::question_of(*who, order_of(leads(), from(monday)));
  CHECK(question.starts_with("62.0 "));
  CHECK(question == salesforce::question_of(*user_session(), order_of(leads(), from(monday))));
  // Beside the Id and a blank; `chosen` has 64 characters.
  CHECK(question.size() + 19 <= 64);
  const auto short_user = user_session();
  short_user->user_id = "005000000000001";  // the same user, in the short form
  CHECK(question == salesforce::question_of(*short_user, order_of(leads(), from(monday))));
}

TEST_CASE(
    "I2: another window, condition, field, object, user, org or version is another question") {
  const std::string question =
      salesforce::question_of(*user_session(), order_of(leads(), from(monday)));
  const auto differs = [&](const salesforce::org_session& who, const read_order& order) {
    return salesforce::question_of(who, order) != question;
  };
  CHECK(differs(*user_session(), order_of(leads(), from("2024-05-06T09:00:01Z"))));
  CHECK(differs(*user_session(), order_of(leads())));
  collection what = leads();
  what.where = "Country = 'DE'";
  CHECK(differs(*user_session(), order_of(what, from(monday))));
  what = leads();
  what.object = "Contact";
  CHECK(differs(*user_session(), order_of(what, from(monday))));
  what = leads();
  what.fields[1].name = "Nickname";
  CHECK(differs(*user_session(), order_of(what, from(monday))));
  for (std::string salesforce::org_session::*part :
       {&salesforce::org_session::user_id, &salesforce::org_session::org_id}) {
    auto other = user_session();
    ((*other).*part)[14] = '9';
    CHECK(differs(*other, order_of(leads(), from(monday))));
  }
  auto newer = user_session();
  newer->api_version = "63.0";
  CHECK(differs(*newer, order_of(leads(), from(monday))));
}

TEST_CASE("without a user nothing is proven") {
  auto nobody = user_session();
  nobody->user_id.clear();
  CHECK(salesforce::question_of(*nobody, order_of(leads())).empty());
}

TEST_CASE("a job has the path of the version that it was made with") {
  CHECK(salesforce::path_of({"750A", "58.0 abc"}) == "/services/data/v58.0/jobs/query/750A");
  for (const standing_job& odd : {standing_job{"../x", "58.0 abc"}, standing_job{"750A", "/.. abc"},
                                  standing_job{"750A", ""}, standing_job{"", "58.0 abc"}})
    CHECK(salesforce::path_of(odd).empty());
}

struct taking_over {
  read_order order = order_of(leads());
  std::unique_ptr<reader> pages;
  taking_over() {
    order.taken_over = standing_job{"750A", "61.0 abc"};
    pages = salesforce::make_bulk_reader(user_session(), order);
  }
  verdict answer(const http_response& with) {
    return pages->answered(next_ask(*pages).id, with, noon);
  }
  /// The purposes of all that is asked last.
  std::vector<std::string> last_asks() {
    std::vector<std::string> out;
    for (;;) {
      const next_step step = pages->wind_up(noon);
      const auto* wanted = std::get_if<ask>(&step);
      if (wanted == nullptr) return out;
      out.push_back(wanted->purpose);
      pages->answered(wanted->id, json_answer("", 204), noon);
    }
  }
};

TEST_CASE_FIXTURE(taking_over, "I18: a job that is taken over is looked at and read, not made") {
  const ask poll = next_ask(*pages);
  CHECK(poll.purpose == "bulk_poll");
  CHECK(poll.request.url == std::string(host) + "/services/data/v61.0/jobs/query/750A");
  CHECK(proceeds(pages->answered(
      poll.id, json_answer(R"({"id":"750A","state":"InProgress","object":"Lead"})"), noon)));
  CHECK(pages->job() == standing_job{"750A", "61.0 abc"});
  CHECK(std::holds_alternative<wait_until>(pages->next(noon)));
  const ask again = next_ask(*pages, noon + 1min);
  CHECK(proceeds(pages->answered(
      again.id, json_answer(R"({"id":"750A","state":"JobComplete","numberRecordsProcessed":0})"),
      noon)));
  CHECK(is_finished(*pages));
  // Committed: nobody needs it any more.
  pages->leave_job(false);
  CHECK(last_asks() == std::vector<std::string>{"bulk_delete"});
  CHECK_FALSE(pages->job());
}

TEST_CASE_FIXTURE(taking_over, "broken off, it stays for the run after this one") {
  CHECK(proceeds(answer(json_answer(R"({"id":"750A","state":"InProgress"})"))));
  CHECK(last_asks().empty());
  CHECK(pages->job());
}

TEST_CASE_FIXTURE(taking_over, "a job that is gone, or of another object, is told so") {
  SUBCASE("gone") {
    CHECK(gives_up(answer(refusal(404, "NOT_FOUND"))).code == errc::job_gone);
    CHECK(last_asks().empty());
    CHECK_FALSE(pages->job());
  }
  SUBCASE("failed meanwhile") {
    CHECK(gives_up(answer(json_answer(R"({"id":"750A","state":"Failed"})"))).code ==
          errc::job_gone);
    CHECK(last_asks() == std::vector<std::string>{"bulk_delete"});
  }
  SUBCASE("another object") {
    CHECK(gives_up(answer(json_answer(R"({"id":"750A","state":"JobComplete","object":"Case"})")))
              .code == errc::job_gone);
  }
  SUBCASE("I3: its results do not add up") {
    CHECK(proceeds(
        answer(json_answer(R"({"id":"750A","state":"JobComplete","numberRecordsProcessed":2})"))));
    const http_head head =
        head_of(200, "text/csv", {{"Sforce-NumberOfRecords", "1"}, {"Sforce-Locator", "null"}});
    const auto page = give_page(*pages, order, next_ask(*pages), head,
                                "\"Id\",\"Name\",\"IsDeleted\",\"SystemModstamp\"\n"
                                "\"a\",\"n\",\"false\",\"2024-05-01T10:00:00.000Z\"\n");
    CHECK(gives_up(page).code == errc::job_gone);
    CHECK(last_asks() == std::vector<std::string>{"bulk_delete"});
  }
}

/// What is asked, when each ask is answered with the next status.
std::vector<std::string> removal(std::vector<standing_job> jobs, const std::vector<int>& statuses) {
  const auto talk = salesforce::make_job_removal(user_session(), std::move(jobs));
  std::vector<std::string> asked;
  for (const int status : statuses) {
    const ask a = next_ask(*talk);
    asked.push_back(fmt::format("{} {}", name_of(a.request.method),
                                a.request.url.substr(a.request.url.find("/v") + 2)));
    CHECK(waits(*talk));
    CHECK(proceeds(talk->answered(
        a.id, status == 204 ? http_response{{204, {}}, ""} : refusal(status, "INVALIDJOBSTATE"),
        noon)));
  }
  CHECK(is_finished(*talk));
  return asked;
}

TEST_CASE("jobs that nobody takes over are deleted, and aborted first when they run") {
  const std::string path = "62.0/jobs/query/750";
  CHECK(removal({{"750A", "62.0 x"}, {"750B", "62.0 x"}}, {204, 404}) ==
        std::vector<std::string>{"DELETE " + path + "A", "DELETE " + path + "B"});
  CHECK(removal({{"750A", "62.0 x"}, {"750B", "62.0 x"}}, {400, 204, 204, 204}) ==
        std::vector<std::string>{"DELETE " + path + "A", "PATCH " + path + "A",
                                 "DELETE " + path + "A", "DELETE " + path + "B"});
  // Whatever the org says to the second deletion, this ends.
  CHECK(removal({{"750A", "62.0 x"}}, {400, 400, 400}).size() == 3);
  CHECK(removal({{"../x", "62.0 x"}}, {}).empty());
}

TEST_CASE("I13: a removal that the day's calls do not suffice for is left to the next run") {
  const auto talk = salesforce::make_job_removal(user_session(), {{"750A", "62.0 x"}});
  CHECK(gives_up(talk->answered(next_ask(*talk).id,
                                refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests"), noon))
            .code == errc::request_limit);
}

}  // namespace
}  // namespace millrace
