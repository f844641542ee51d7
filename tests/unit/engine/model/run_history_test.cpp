// What a run leaves in its warehouse.
#include "engine/model/run_history.hpp"

#include "engine/model/utf8.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

const time_point noon = *parse_timestamp("2026-11-30T12:00:00.000Z");
constexpr milliseconds month = std::chrono::hours(24 * 30);

collection_outcome outcome(const std::string& name, outcome_kind kind) {
  collection_outcome c;
  c.collection = name;
  c.object = "O" + name;
  c.kind = kind;
  c.counts.requests = 1;
  if (kind != outcome_kind::success)
    c.why = error{errc::query_refused, "no such field", {}, {}, {}, {}};
  return c;
}

run_summary idle(time_point started = noon) {
  run_summary s;
  s.pipeline = "acme";
  s.started = started;
  s.ended = started + 2s;
  s.collections = {outcome("accounts", outcome_kind::success),
                   outcome("leads", outcome_kind::success)};
  s.requests_other = 3;
  conclude_run(s);
  return s;
}

TEST_CASE("a run in which nothing happened leaves one row") {
  const run_history kept = history_of(idle(), {}, month);
  REQUIRE(kept.runs.size() == 1);
  const kept_run& run = kept.runs.front();
  CHECK(run.run == "acme-20261130T120000000Z");
  CHECK(run.pipeline == "acme");
  CHECK(run.collection.empty());
  CHECK(run.outcome == "success");
  CHECK(run.exit_code == 0);
  CHECK(run.ended - run.started == 2s);
  CHECK(run.collections == 2);
  CHECK(run.requests == 5);
  CHECK(run.calls == 5);
  CHECK(run.notices_of.empty());
  CHECK(kept.notices.empty());
}

TEST_CASE("what collections came to has rows where rows moved or something went wrong") {
  run_summary s = idle();
  s.collections.push_back(outcome("cases", outcome_kind::failure));
  s.collections.push_back(outcome("tasks", outcome_kind::throttled));
  s.collections.push_back(outcome("users", outcome_kind::success));
  s.collections.back().counts.rows_written = 4;
  s.collections.back().counts.records = 9;
  s.collections.push_back(outcome("notes", outcome_kind::success));
  s.collections.back().counts.deleted = 2;
  s.calls = {{"query", 7}, {"describe", 1}};
  s.skipped_ticks = 3;
  conclude_run(s);
  const run_history kept = history_of(s, {}, month);
  REQUIRE(kept.runs.size() == 5);
  const kept_run& whole = kept.runs[0];
  CHECK(whole.outcome == "partial");
  CHECK(whole.exit_code == 3);
  CHECK(whole.calls == 8);
  CHECK(whole.skipped_ticks == 3);
  CHECK(whole.records == 9);
  CHECK(whole.rows_written == 4);
  CHECK(whole.deleted == 2);
  CHECK(kept.runs[1].collection == "cases");
  CHECK(kept.runs[1].object == "Ocases");
  CHECK(kept.runs[1].outcome == "failure");
  CHECK(kept.runs[1].error_code == "query_refused");
  CHECK(kept.runs[1].error == "no such field");
  CHECK(kept.runs[2].outcome == "throttled");
  CHECK(kept.runs[3].rows_written == 4);
  CHECK(kept.runs[3].error_code.empty());
  CHECK(kept.runs[4].deleted == 2);
  for (const kept_run& r : kept.runs)
    CHECK(r.run == whole.run);
}

TEST_CASE("a run that did not reach its end has its own error") {
  run_summary s;
  s.pipeline = "acme";
  s.why = error{errc::login_refused, "bad token", {}, {}, {}, {}};
  conclude_run(s);
  const run_history kept = history_of(s, {}, month);
  REQUIRE(kept.runs.size() == 1);
  CHECK(kept.runs[0].outcome == "failure");
  CHECK(kept.runs[0].exit_code == 5);
  CHECK(kept.runs[0].error_code == "login_refused");
  CHECK(kept.runs[0].error == "bad token");
}

TEST_CASE("notices that every run tells are written once a day, and each run names them") {
  run_summary first = idle();
  first.notices = {{"names", "object_absent", "skipped"}, {"leads", "column_kept", "fax"}};
  first.collections[1].counts.rows_written = 1;
  const run_history one = history_of(first, {}, month);
  REQUIRE(one.notices.size() == 2);
  CHECK(one.notices[0].run == one.runs[0].run);
  CHECK(one.notices[0].collection == "names");
  CHECK(one.notices[0].code == "object_absent");
  CHECK(one.notices[0].text == "skipped");
  CHECK(one.notices[0].told == first.ended);
  for (const kept_run& r : one.runs)
    CHECK(r.notices_of == one.runs[0].run);
  REQUIRE(one.note);

  run_summary again = idle(noon + 3h);
  again.notices = {first.notices[1], first.notices[0]};
  const run_history two = history_of(again, {*one.note}, month);
  CHECK(two.notices.empty());
  CHECK(two.runs[0].notices_of == one.runs[0].run);
  CHECK_FALSE(two.note);

  // One more, one less, another text: all are written, so that a run's notices are in one place.
  again.notices.push_back({"", "connection", "slow"});
  CHECK(history_of(again, {*one.note}, month).notices.size() == 3);
  again.notices = {first.notices[0]};
  CHECK(history_of(again, {*one.note}, month).notices.size() == 1);
  again.notices = {};
  const run_history none = history_of(again, {*one.note}, month);
  CHECK(none.notices.empty());
  CHECK(none.runs[0].notices_of.empty());
  REQUIRE(none.note);
  // What was told before that is news again.
  again.notices = first.notices;
  CHECK(history_of(again, {*none.note}, month).notices.size() == 2);

  // Another day, and another pipeline of the same schema.
  run_summary tomorrow = idle(noon + 12h);
  tomorrow.notices = first.notices;
  const run_history three = history_of(tomorrow, {*one.note}, month);
  CHECK(three.notices.size() == 2);
  CHECK(three.runs[0].notices_of == three.runs[0].run);
  run_summary other = idle(noon + 3h);
  other.pipeline = "beta";
  other.notices = first.notices;
  CHECK(history_of(other, {*one.note}, month).notices.size() == 2);
}

TEST_CASE("old rows are looked for once a day, unless they are kept for ever") {
  const run_history first = history_of(idle(), {}, month);
  CHECK(first.remove_before == noon - month);
  REQUIRE(first.note);
  CHECK_FALSE(history_of(idle(noon + 3h), {*first.note}, month).remove_before);
  CHECK(history_of(idle(noon + 24h), {*first.note}, month).remove_before == noon + 24h - month);
  CHECK_FALSE(history_of(idle(), {}, 0ms).remove_before);
}

TEST_CASE("what is kept of a run is valid text within bounds, however much it tells") {
  run_summary s = idle();
  s.why = error{errc::internal, std::string(9000, 'x') + "\xff", {}, {}, {}, {}};
  for (int i = 0; i < 1500; ++i)
    s.notices.push_back({"leads", "odd", std::to_string(i) + "\xff"});
  s.notices[0].text = std::string(5000, '\xC3');
  s.notices[1].collection = std::string(300, 'c');
  const run_history kept = history_of(s, {}, month);
  CHECK(kept.runs[0].error.size() <= 4000);
  CHECK(kept.runs[0].error.ends_with("x\xE2\x80\xA6"));
  REQUIRE(kept.notices.size() == 1001);
  CHECK(kept.notices.back().code == "more_notices");
  CHECK(kept.notices.back().text == "500 more, which the summary has");
  CHECK(kept.notices[1].collection.size() <= 128);
  for (const kept_notice& n : kept.notices) {
    CHECK(is_clean_text(n.text));
    CHECK(n.text.size() <= 4000);
  }
}

TEST_CASE("a text is cut between two letters") {
  CHECK(shortened_text("abc", 3) == "abc");
  CHECK(shortened_text("abcdefg", 6) == "abc\xE2\x80\xA6");
  CHECK(shortened_text("ab\xC3\xA9\xC3\xA9\xC3\xA9", 6) == "ab\xE2\x80\xA6");
  CHECK(shortened_text("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 7) == "\xF0\x9F\x98\x80\xE2\x80\xA6");
  CHECK(shortened_text("a\xff", 10) == "a\xEF\xBF\xBD");
}

}  // namespace
