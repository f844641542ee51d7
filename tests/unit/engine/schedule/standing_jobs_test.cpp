// How a job is remembered among the checkpoints, and when it is of no use any more.
#include "engine/schedule/standing_jobs.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;

time_point at(int hours) {
  return time_point{std::chrono::hours{hours}};
}

remembered_job job_of_leads() {
  return {"leads/job", "Lead", "00D", {"750A", "62.0 abc"}, at(5)};
}

TEST_CASE("I18: a job is remembered as it was, and forgotten by the same row") {
  const remembered_job left = job_of_leads();
  const checkpoint record = record_of(left, at(6));
  CHECK(record.collection == "leads/job");
  CHECK_FALSE(record.complete);
  CHECK_FALSE(record.cursor);
  const auto found = jobs_in({record});
  REQUIRE(found.size() == 1);
  CHECK(found[0].place == left.place);
  CHECK(found[0].object == left.object);
  CHECK(found[0].source_id == left.source_id);
  CHECK(found[0].job == left.job);
  CHECK(found[0].source_time == left.source_time);
  CHECK(record_of_none(left, at(7)).collection == record.collection);
  CHECK(jobs_in({record_of_none(left, at(7))}).empty());
}

TEST_CASE("other checkpoints are no jobs, whatever they hold") {
  checkpoint main;
  main.collection = "leads";
  main.chosen = "a choice";
  main.source_time = at(1);
  checkpoint census = main;
  census.collection = "leads/census";
  checkpoint timeless = record_of(job_of_leads(), at(6));
  timeless.source_time.reset();
  CHECK(jobs_in({main, census, timeless}).empty());
  remembered_job beside = job_of_leads();
  beside.place = "leads/upkeep_job";
  CHECK(jobs_in({record_of(beside, at(6))}).size() == 1);
}

TEST_CASE("I2: a job is out of date once its collection was read to its end by a later run") {
  checkpoint main;
  main.collection = "leads";
  const auto is_old = [&] { return is_out_of_date(job_of_leads(), {main}); };
  CHECK_FALSE(is_out_of_date(job_of_leads(), {}));
  CHECK_FALSE(is_old());  // a first load that is under way
  main.source_time = at(4);
  CHECK_FALSE(is_old());
  main.source_time = at(5);  // by the job itself
  CHECK(is_old());
  main.source_time = at(6);
  CHECK(is_old());
  main.collection = "contacts";
  CHECK_FALSE(is_old());
}

}  // namespace
