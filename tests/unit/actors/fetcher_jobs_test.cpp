// What a fetcher does with a job that the source begins for its reading.
#include <doctest/doctest.h>

#include "fetcher_world.hpp"

namespace {

using namespace millrace;
using scripted::lines;

/// The source has a job as soon as the first question, which is no page, is answered.
class job_reader final : public reader {
 public:
  next_step next(time_point) override {
    if (asking_) return wait_for_answer{};
    if (step_ == 2) return finished{};
    asking_ = true;
    return step_ == 0 ? ask{1, {http_method::post, "create", {}, {}, {}}, body_use::whole, "create"}
                      : ask{2, {http_method::get, "results", {}, {}, {}}, body_use::page, "page"};
  }
  std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) override {
    if (id != 2 || head.status != 200) return nullptr;
    return std::make_unique<scripted::line_decoder>();
  }
  verdict page_done(std::uint64_t, const http_head&, const page_facts&, time_point) override {
    asking_ = false;
    ++step_;
    return proceed{};
  }
  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (id == 3) removed = true;
    if (response.head.status != 200) return scripted::verdict_of(response);
    asking_ = false;
    if (id == 1) ++step_;
    return proceed{};
  }
  next_step wind_up(time_point) override {
    if (left || removed || step_ == 0 || std::exchange(removing_, true)) return finished{};
    return ask{3, {http_method::del, "remove", {}, {}, {}}, body_use::whole, "remove"};
  }
  std::optional<standing_job> job() const override {
    if (step_ == 0 || removed) return {};
    return standing_job{"750A", "62.0 abc"};
  }
  void leave_job(bool wanted) override { left = wanted; }
  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override { return {}; }
  read_method method() const override { return read_method::bulk; }
  std::vector<notice> take_notices() override { return {}; }

  bool left = false;
  bool removed = false;

 private:
  int step_ = 0;
  bool asking_ = false;
  bool removing_ = false;
};

struct job_world : fetcher_world {
  std::shared_ptr<job_reader> pages = std::make_shared<job_reader>();
  job_world() {
    net.serve = [](const http_request& r) {
      return r.url == "results" ? fake_answer{200, lines(10, 100), false, {}} : fake_answer{};
    };
    jobs.emplace();
    jobs->record.place = "t/job";
    jobs->record.source_time = time_point{std::chrono::hours{1}};
    jobs->next_run_takes_it = true;
  }
  void hang_at(const std::string& where) {
    net.serve = [where](const http_request& r) {
      return r.url == where ? fake_answer{200, {}, true, {}} : fake_answer{};
    };
  }
};

TEST_CASE_FIXTURE(job_world, "I18: a job is remembered before its result is asked for") {
  hang_at("results");
  start(pages);
  settle();
  REQUIRE(log.jobs.size() == 1);
  CHECK(log.jobs[0]->place == "t/job");
  CHECK(log.jobs[0]->job == standing_job{"750A", "62.0 abc"});
  CHECK(log.jobs[0]->source_time == time_point{std::chrono::hours{1}});
  CHECK(pages->left);
}

TEST_CASE_FIXTURE(job_world, "I18: a job is removed only after its last row is committed") {
  house.holds = true;
  start(pages);
  settle();
  CHECK(net.times_asked("remove") == 0);
  release_batches();
  CHECK(net.times_asked("remove") == 1);
  REQUIRE(log.ends.size() == 1);
  CHECK(!ended().why);
  CHECK(!pages->job());
}

TEST_CASE_FIXTURE(job_world, "a run that is drained leaves a job that the next one takes over") {
  hang_at("results");
  const auto reading = start(pages);
  settle();
  caf::anon_send(reading, atom::drain_v);
  settle();
  REQUIRE(log.ends.size() == 1);
  CHECK(net.times_asked("remove") == 0);
  CHECK(pages->job());
}

TEST_CASE_FIXTURE(job_world, "a warehouse that refuses a row leaves the job to the next run") {
  house.refuses = error{errc::warehouse_statement, "no", {}, retry::never, {}, {}};
  start(pages);
  settle();
  REQUIRE(log.ends.size() == 1);
  REQUIRE(ended().why);
  CHECK(net.times_asked("remove") == 0);
}

TEST_CASE_FIXTURE(job_world,
                  "a job that nobody could find again is removed when the reading breaks off") {
  SUBCASE("it could not be remembered") {
    log.remembers = false;
  }
  SUBCASE("nobody takes it over") {
    jobs->next_run_takes_it = false;
  }
  SUBCASE("nobody remembers any") {
    jobs.reset();
  }
  hang_at("results");
  const auto reading = start(pages);
  settle();
  caf::anon_send(reading, atom::drain_v);
  settle();
  CHECK(net.times_asked("remove") == 1);
  REQUIRE(log.ends.size() == 1);
}

TEST_CASE_FIXTURE(job_world, "a job that is remembered already is not told again") {
  jobs->known = "750A";
  start(pages);
  settle();
  CHECK(log.jobs.empty());
}

}  // namespace
