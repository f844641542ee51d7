// What follows from the outcomes of collections: a run's outcome and its exit code.
#include "engine/model/run_summary.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

collection_outcome outcome_of(outcome_kind kind, errc code = errc::ok) {
  collection_outcome c;
  c.kind = kind;
  if (code != errc::ok) c.why = error{code, "message", {}, retry::never, {}, {}};
  return c;
}

run_summary concluded(std::vector<collection_outcome> collections, errc why = errc::ok) {
  run_summary s;
  s.collections = std::move(collections);
  if (why != errc::ok) s.why = error{why, "message", {}, retry::never, {}, {}};
  conclude_run(s);
  return s;
}

void check(const run_summary& s, outcome_kind outcome, int exit_code) {
  CHECK(s.outcome == outcome);
  CHECK(s.exit_code == exit_code);
}

const collection_outcome good = outcome_of(outcome_kind::success);
const collection_outcome skipped = outcome_of(outcome_kind::skipped);
const collection_outcome throttled = outcome_of(outcome_kind::throttled, errc::request_limit);
const collection_outcome failed = outcome_of(outcome_kind::failure, errc::query_refused);

TEST_CASE("I4: success only when every collection succeeded or was skipped, and the run ended") {
  check(concluded({good, good}), outcome_kind::success, 0);
  check(concluded({good, skipped}), outcome_kind::success, 0);
  check(concluded({}), outcome_kind::success, 0);
  check(concluded({skipped}), outcome_kind::skipped, 0);
  check(concluded({good, good}, errc::interrupted), outcome_kind::partial, 3);
  check(concluded({}, errc::interrupted), outcome_kind::failure, 4);
  check(concluded({skipped}, errc::internal), outcome_kind::failure, 1);
}

TEST_CASE("I4: what was never concluded is no success") {
  const run_summary untouched;
  check(untouched, outcome_kind::failure, 1);
  check(concluded({collection_outcome{}}), outcome_kind::failure, 1);
  check(concluded({good, collection_outcome{}}), outcome_kind::partial, 3);
}

TEST_CASE("some loaded: partial") {
  check(concluded({good, failed}), outcome_kind::partial, 3);
  check(concluded({failed, good}), outcome_kind::partial, 3);
  check(concluded({good, throttled}), outcome_kind::partial, 3);
  check(concluded({outcome_of(outcome_kind::partial, errc::page_malformed)}), outcome_kind::partial,
        3);
  check(concluded({good}, errc::warehouse_unreachable), outcome_kind::partial, 3);
}

TEST_CASE("I4: what was only looked at is no success, and not all of it is refused for one") {
  const auto looked = [](std::vector<collection_outcome> collections, errc why = errc::ok) {
    run_summary s = concluded(std::move(collections), why);
    s.looked_at = 2;
    conclude_run(s);
    return s;
  };
  check(looked({}), outcome_kind::skipped, 0);
  check(looked({failed}), outcome_kind::partial, 3);
  check(looked({}, errc::login_refused), outcome_kind::failure, 5);
}

TEST_CASE("nothing loaded: the error's own exit code") {
  check(concluded({}, errc::login_refused), outcome_kind::failure, 5);
  check(concluded({}, errc::request_limit), outcome_kind::throttled, 6);
  check(concluded({}, errc::warehouse_unreachable), outcome_kind::failure, 7);
  check(concluded({failed, failed}), outcome_kind::failure, 4);
  check(concluded({throttled, throttled}), outcome_kind::throttled, 6);
  check(concluded({throttled, skipped}), outcome_kind::throttled, 6);
  check(concluded({failed}, errc::warehouse_unreachable), outcome_kind::failure, 7);
}

TEST_CASE("nothing loaded for different reasons: failure") {
  check(concluded({throttled, failed}), outcome_kind::failure, 4);
  check(concluded({failed, throttled}), outcome_kind::failure, 4);
  const collection_outcome session = outcome_of(outcome_kind::failure, errc::session_expired);
  check(concluded({session, throttled}), outcome_kind::failure, 4);
  check(concluded({session, session}), outcome_kind::failure, 5);
}

run_summary ended_with(int exit_code) {
  run_summary s;
  s.exit_code = exit_code;
  return s;
}

TEST_CASE("the exit code of several runs") {
  CHECK(exit_code_of({ended_with(0), ended_with(0)}) == 0);
  CHECK(exit_code_of({ended_with(0), ended_with(5)}) == 3);
  CHECK(exit_code_of({ended_with(5), ended_with(0)}) == 3);
  CHECK(exit_code_of({ended_with(3), ended_with(5)}) == 3);
  CHECK(exit_code_of({ended_with(5), ended_with(5)}) == 5);
  CHECK(exit_code_of({ended_with(5), ended_with(7)}) == 4);
  CHECK(exit_code_of({ended_with(5), ended_with(7), ended_with(5)}) == 4);
  CHECK(exit_code_of({ended_with(6)}) == 6);
  CHECK(exit_code_of(std::vector<run_summary>{}) == 1);  // nothing was done, so nothing is good
}

}  // namespace
}  // namespace millrace
