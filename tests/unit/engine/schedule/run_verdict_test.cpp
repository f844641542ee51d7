// Whose fault a failed run is, and when it is tried again.
#include "engine/schedule/run_verdict.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

error fault(errc code, retry again) {
  return {code, "m", {}, again, {}, {}};
}

run_summary failed(errc code, retry again = retry::later) {
  run_summary out;
  out.why = fault(code, again);
  conclude_run(out);
  return out;
}

run_summary with_collection(outcome_kind kind, std::optional<error> why) {
  run_summary out;
  out.collections.push_back({"leads", "Lead", kind, std::move(why), {}, {}});
  conclude_run(out);
  return out;
}

TEST_CASE("I6: a failure is of whoever it concerns, and of nobody else") {
  CHECK(judge(with_collection(outcome_kind::success, {})).blame == blame_kind::nobody);
  for (const errc code :
       {errc::warehouse_unreachable, errc::warehouse_refused, errc::driver_missing})
    CHECK(judge(failed(code)).blame == blame_kind::warehouse);
  for (const errc code : {errc::http_connect, errc::http_stalled, errc::http_status,
                          errc::login_refused, errc::reconnect, errc::http_content})
    CHECK(judge(failed(code)).blame == blame_kind::source);
  for (const errc code : {errc::table_conflict, errc::internal, errc::config_invalid})
    CHECK(judge(failed(code)).blame == blame_kind::pipeline);
}

TEST_CASE("I6: what one collection met at the source is no verdict on the source") {
  const auto stalled =
      with_collection(outcome_kind::failure, fault(errc::http_stalled, retry::later));
  CHECK(judge(stalled).blame == blame_kind::pipeline);
  CHECK(judge(stalled).again_soon);
}

TEST_CASE("a warehouse that went away under a collection is gone for all") {
  run_summary out;
  out.collections.push_back(
      {"a", "A", outcome_kind::failure, fault(errc::query_refused, retry::never), {}, {}});
  out.collections.push_back(
      {"b", "B", outcome_kind::failure, fault(errc::warehouse_unreachable, retry::later), {}, {}});
  conclude_run(out);
  const run_verdict verdict = judge(out);
  CHECK(verdict.blame == blame_kind::warehouse);
  REQUIRE(verdict.why);
  CHECK(verdict.why->code == errc::warehouse_unreachable);
}

TEST_CASE("only what may be better in a while is tried again before the next tick") {
  CHECK(judge(failed(errc::http_connect, retry::later)).again_soon);
  CHECK_FALSE(judge(failed(errc::login_refused, retry::never)).again_soon);
  const auto throttled =
      with_collection(outcome_kind::throttled, fault(errc::request_limit, retry::later));
  CHECK(throttled.outcome == outcome_kind::throttled);
  CHECK_FALSE(judge(throttled).again_soon);
}

TEST_CASE("the wait doubles with each failure, is jittered, and is bounded both ways") {
  const rerun_policy policy{1min, 1h};
  CHECK(wait_before_rerun(policy, 1, 0.999) > 59s);
  CHECK(wait_before_rerun(policy, 1, 0.0) == 6s);
  CHECK(wait_before_rerun(policy, 3, 0.5) == 2min);
  CHECK(wait_before_rerun(policy, 0, 0.5) == 30s);
  CHECK(wait_before_rerun(policy, 4'000'000'000U, 0.5) == 30min);
}

}  // namespace
}  // namespace millrace
