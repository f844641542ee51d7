// Summaries, for people and for machines.
#include "cli/render_summary.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace millrace {
namespace {

collection_outcome outcome_of(std::string name, outcome_kind kind, std::uint64_t rows) {
  collection_outcome c;
  c.collection = std::move(name);
  c.object = "Lead";
  c.kind = kind;
  c.counts.records = rows;
  c.counts.rows_merged = rows;
  c.counts.rows_written = rows;
  c.counts.requests = 2;
  c.counts.bytes = 100;
  return c;
}

run_summary summary_of(std::vector<collection_outcome> collections) {
  run_summary s;
  s.pipeline = "acme";
  s.schema = "sfdc_prod";
  s.started = time_point{milliseconds{1'700'000'000'000}};
  s.ended = s.started + milliseconds{61'500};
  s.collections = std::move(collections);
  s.requests_other = 3;
  conclude_run(s);
  return s;
}

error fault(errc code, std::string message, std::string advice = {}) {
  return {code, std::move(message), std::move(advice), retry::never, {}, {}};
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_CASE("a good run is one table and one line") {
  const run_summary s = summary_of({outcome_of("leads", outcome_kind::success, 1200),
                                    outcome_of("cases", outcome_kind::success, 0),
                                    outcome_of("tasks", outcome_kind::success, 0)});
  CHECK(render_summary(s, false, false) ==
        "outcome  collection  records  written  calls  by\n"
        "success  leads         1,200    1,200      2  rest\n"
        "2 collections without a change\n"
        "acme: success, 1,200 records read, 1,200 rows written, 9 API calls, 1m 01s\n");
  CHECK(count_of(render_summary(s, false, true), "\n") == 5);
  CHECK(render_summary(s, true, false).find("\x1b[32macme: success\x1b[0m") != std::string::npos);
  CHECK(render_summary(s, false, true).find('\x1b') == std::string::npos);
}

TEST_CASE("errors come with what to do, and one fault of many collections is told once") {
  std::vector<collection_outcome> all{outcome_of("accounts", outcome_kind::success, 1)};
  for (int i = 0; i < 9; ++i) {
    all.push_back(outcome_of("c" + std::to_string(i), outcome_kind::failure, 0));
    all.back().why = fault(errc::warehouse_full, "disk full", "Make room");
  }
  all.push_back(outcome_of("leads", outcome_kind::failure, 0));
  all.back().why = fault(errc::permission, "no right").with("object", "Lead");
  const std::string text = render_summary(summary_of(all), false, false);
  CHECK(count_of(text, "disk full") == 1);
  CHECK(text.find("c0, c1, c2, c3, c4 and 4 more: error warehouse_full: disk full\n") !=
        std::string::npos);
  CHECK(count_of(text, "  What to do: Make room\n") == 1);
  CHECK(text.find("leads: error permission: no right\n") != std::string::npos);
  CHECK(text.find("  object: Lead\n") != std::string::npos);
  CHECK(text.find("acme: partial, ") != std::string::npos);
}

TEST_CASE("the run's own error is not repeated for each collection") {
  std::vector<collection_outcome> all;
  for (const char* name : {"leads", "cases"}) {
    all.push_back(outcome_of(name, outcome_kind::failure, 0));
    all.back().why = fault(errc::warehouse_unreachable, "no route");
  }
  run_summary s = summary_of(all);
  s.why = fault(errc::warehouse_unreachable, "no route");
  conclude_run(s);
  CHECK(s.exit_code == 7);
  CHECK(count_of(render_summary(s, false, false), "no route") == 1);
}

TEST_CASE("I9: values that a policy changed are told of") {
  run_summary s = summary_of({outcome_of("leads", outcome_kind::success, 1)});
  CHECK(render_summary(s, false, false).find("changed to what") == std::string::npos);
  s.collections[0].counts.adjusted = 2;
  CHECK(render_summary(s, false, false)
            .find("2 values were changed to what the warehouse can store\n") != std::string::npos);
}

TEST_CASE("notices name their collection; nothing foreign can steer the terminal") {
  run_summary s = summary_of({});
  s.notices = {{"leads", "object_absent", "not enabled"}, {"", "x", "evil \x1b[2J\nline"}};
  const std::string text = render_summary(s, false, false);
  CHECK(text.find("Notices\n  leads: not enabled\n  evil ?[2J line\n") != std::string::npos);
  CHECK(render_error(fault(errc::internal, "a\x1b[31m"), false).find('\x1b') == std::string::npos);
}

TEST_CASE("I13: a throttled run tells what waits and when it goes on") {
  run_summary s = summary_of({outcome_of("leads", outcome_kind::success, 1),
                              outcome_of("cases", outcome_kind::throttled, 0)});
  s.waiting = {"cases"};
  s.continues = s.started + milliseconds{3 * 3'600'000};
  s.continues_with_next_run = true;
  CHECK(render_summary(s, false, false)
            .find("1 collection waits for calls: cases; this goes on with the next run, which is "
                  "due at 2023-11-15T01:13:20") != std::string::npos);
  s.continues_with_next_run = false;
  CHECK(render_summary(s, false, false)
            .find("with the next run that finds calls free: all that count now are free again by "
                  "2023-11-15T01:13:20") != std::string::npos);
  const boost::json::value told = boost::json::parse(summary_json({s}, 3));
  const auto& throttled = told.at("runs").at(0).at("throttled").as_object();
  CHECK(throttled.at("waiting").at(0).as_string() == "cases");
  CHECK(throttled.at("with_next_run").as_bool() == false);
  s.waiting.clear();
  CHECK(render_summary(s, false, false).find("The run goes on with") != std::string::npos);
  s.calls = {{"describe", 2}, {"query", 10}};
  CHECK(render_summary(s, false, false).find("12 API calls") != std::string::npos);
}

TEST_CASE("the summary for machines holds everything") {
  run_summary s = summary_of({outcome_of("leads", outcome_kind::success, 1200),
                              outcome_of("cases", outcome_kind::failure, 0)});
  s.collections[1].why = fault(errc::query_refused, "driver said caf\xE9", "Ask").with("k", "v");
  s.notices = {{"lead_tags", "object_absent", "not enabled"}};
  conclude_run(s);
  const auto root = boost::json::parse(summary_json({s}, 3)).as_object();
  CHECK(root.at("exit_code").to_number<int>() == 3);
  const auto& run = root.at("runs").as_array().at(0).as_object();
  CHECK(run.at("pipeline") == "acme");
  CHECK(run.at("schema") == "sfdc_prod");
  CHECK(run.at("outcome") == "partial");
  CHECK(run.at("exit_code").to_number<int>() == 3);
  CHECK(run.at("started_at") == "2023-11-14T22:13:20.000Z");
  CHECK(run.at("ended_at") == "2023-11-14T22:14:21.500Z");
  CHECK(run.at("duration_ms").to_number<int>() == 61'500);
  CHECK_FALSE(run.contains("error"));
  const auto& totals = run.at("totals").as_object();
  CHECK(totals.at("records").to_number<int>() == 1200);
  CHECK(totals.at("requests").to_number<int>() == 7);
  CHECK(totals.at("bytes").to_number<int>() == 200);
  const auto& cases = run.at("collections").as_array().at(1).as_object();
  CHECK(cases.at("outcome") == "failure");
  CHECK(cases.at("method") == "rest");
  const auto& why = cases.at("error").as_object();
  CHECK(why.at("code") == "query_refused");
  CHECK(why.at("message") == "driver said caf\xEF\xBF\xBD");
  CHECK(why.at("advice") == "Ask");
  CHECK(why.at("context").at("k") == "v");
  CHECK_FALSE(run.at("collections").as_array().at(0).as_object().contains("error"));
  CHECK(run.at("notices").as_array().at(0).at("code") == "object_absent");
}

}  // namespace
}  // namespace millrace
