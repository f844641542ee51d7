// What the Bulk reader asks when its reading is broken off.
#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/session.hpp"

#include <doctest/doctest.h>

#include "page_decoding.hpp"

namespace {

using namespace millrace;

struct broken_off {
  std::unique_ptr<reader> bulk;
  time_point now{};

  broken_off() {
    auto session = std::make_shared<salesforce::org_session>();
    session->instance_url = "https://example.my.salesforce.com";
    session->api_version = "62.0";
    session->org_id = "00D000000000001AAA";
    session->user_id = "005000000000001AAA";
    read_order order;
    order.what = decoding::collection_of({{"Id", value_type::text}});
    order.method = read_method::bulk;
    bulk = salesforce::make_bulk_reader(session, order);
  }

  ask next() { return std::get<ask>(bulk->next(now)); }
  void answer(const ask& to, int status, const std::string& body) {
    bulk->answered(to.id, {{status, {}}, body}, now);
  }
  void answer_job(const ask& to, const std::string& state) {
    answer(to, 200, R"({"id":"750x","state":")" + state + R"(","numberRecordsProcessed":5})");
  }
  /// The purposes of all that it asks last, each answered with this status.
  std::vector<std::string> last_asks(int status = 204) {
    std::vector<std::string> out;
    for (;;) {
      const next_step step = bulk->wind_up(now);
      const auto* wanted = std::get_if<ask>(&step);
      if (wanted == nullptr) return out;
      CHECK(wanted->request.url.find("/jobs/query/750x") != std::string::npos);
      out.push_back(wanted->purpose);
      answer(*wanted, status, {});
    }
  }
};

using purposes = std::vector<std::string>;

TEST_CASE_FIXTURE(broken_off, "a job that was never created leaves nothing to clean up") {
  CHECK(std::holds_alternative<finished>(bulk->wind_up(now)));
}

TEST_CASE_FIXTURE(broken_off, "the answer to a creation under way is waited for") {
  const ask create = next();
  CHECK(std::holds_alternative<wait_for_answer>(bulk->wind_up(now)));
  SUBCASE("it names the job") {
    answer_job(create, "UploadComplete");
    CHECK(last_asks() == purposes{"bulk_abort", "bulk_delete"});
  }
  SUBCASE("it was refused") {
    answer(create, 400, "[]");
    CHECK(last_asks().empty());
  }
}

TEST_CASE_FIXTURE(broken_off, "a job that runs is aborted and deleted, whatever the answers say") {
  answer_job(next(), "InProgress");
  now += std::chrono::hours{1};
  CHECK(next().purpose == "bulk_poll");  // under way when it is broken off
  CHECK(last_asks(500) == purposes{"bulk_abort", "bulk_delete"});
  CHECK(std::holds_alternative<finished>(bulk->wind_up(now)));
}

TEST_CASE_FIXTURE(broken_off, "a job that is over is deleted only") {
  SUBCASE("complete") {
    answer_job(next(), "JobComplete");
    CHECK(next().purpose == "bulk_results");
  }
  SUBCASE("failed") {
    answer_job(next(), "Failed");
  }
  CHECK(last_asks() == purposes{"bulk_delete"});
}

TEST_CASE_FIXTURE(broken_off, "a job whose records are committed is deleted, once") {
  answer(next(), 200, R"({"id":"750x","state":"JobComplete","numberRecordsProcessed":0})");
  CHECK(std::holds_alternative<finished>(bulk->next(now)));
  const next_step step = bulk->wind_up(now);
  REQUIRE(std::holds_alternative<ask>(step));
  CHECK(std::holds_alternative<wait_for_answer>(bulk->wind_up(now)));
  CHECK(bulk->job());
  answer(std::get<ask>(step), 204, {});
  CHECK(last_asks().empty());
  CHECK_FALSE(bulk->job());
}

TEST_CASE_FIXTURE(broken_off, "I18: a job that the next run takes over stays where it is") {
  answer_job(next(), "InProgress");
  bulk->leave_job(true);
  CHECK(last_asks().empty());
  CHECK(bulk->job());
}

TEST_CASE_FIXTURE(broken_off, "a job that nobody can use is deleted, whoever wanted it") {
  answer_job(next(), "JobComplete");
  bulk->leave_job(true);
  answer(next(), 400, R"([{"errorCode":"INVALID_QUERY_LOCATOR","message":"no"}])");
  CHECK(last_asks() == purposes{"bulk_delete"});
}

TEST_CASE_FIXTURE(broken_off, "a job that somebody deleted is told so, and not deleted again") {
  answer_job(next(), "JobComplete");
  const ask page = next();
  const verdict v =
      bulk->answered(page.id, {{404, {}}, R"([{"errorCode":"NOT_FOUND","message":"no"}])"}, now);
  REQUIRE(std::holds_alternative<give_up>(v));
  CHECK(std::get<give_up>(v).why.code == errc::job_aborted);
  CHECK(std::get<give_up>(v).why.message.find("750x") != std::string::npos);
  CHECK(last_asks().empty());
  CHECK_FALSE(bulk->job());
}

TEST_CASE_FIXTURE(broken_off, "I13: a job whose results the day's calls do not suffice for stays") {
  answer_job(next(), "JobComplete");
  bulk->leave_job(true);
  answer(next(), 403, R"([{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests"}])");
  CHECK(last_asks().empty());
}

}  // namespace
