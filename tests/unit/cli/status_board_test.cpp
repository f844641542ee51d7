// What a host tells of itself, as JSON, as a screen and as metrics.
#include "cli/status_board.hpp"

#include "cli/render_status.hpp"
#include "cli/render_top.hpp"
#include "cli/text.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

namespace json = boost::json;

constexpr time_point start{milliseconds{1'700'000'000'000}};

collection_outcome outcome_of(std::string name, outcome_kind kind) {
  collection_outcome c;
  c.collection = std::move(name);
  c.kind = kind;
  c.counts.records = 3;
  c.counts.rows_written = 2;
  if (kind == outcome_kind::success) {
    c.cursor = start - milliseconds{900'000};
  } else {
    c.why = error{errc::http_status, "the org answered 500", {}, retry::later, {}, {}};
  }
  return c;
}

run_summary summary_of(time_point started, std::vector<collection_outcome> collections) {
  run_summary s;
  s.pipeline = "acme";
  s.started = started;
  s.ended = started + milliseconds{1500};
  s.collections = std::move(collections);
  s.notices = {{"cases", "field_vanished", "a field is gone"}};
  conclude_run(s);
  return s;
}

pipeline_standing standing_of(std::string name, standing_kind kind) {
  pipeline_standing s;
  s.pipeline = std::move(name);
  s.kind = kind;
  return s;
}

json::object told(const status_board& board, status_detail detail = status_detail::whole,
                  time_point now = start + milliseconds{10'000}) {
  return json::parse(*board.status_json("acme", detail, {{1, 7}, 4, {1000, 5000, 2}}, now))
      .as_object();
}

json::object pipeline_in(const json::object& root) {
  return root.at("pipelines").at(0).as_object();
}

TEST_CASE("a collection has its outcome, its cursor and its age") {
  status_board board;
  board.note(standing_of("acme", standing_kind::waiting));
  board.note(summary_of(start, {outcome_of("leads", outcome_kind::success),
                                outcome_of("cases", outcome_kind::failure)}));
  const json::object p = pipeline_in(told(board));
  const json::array& all = p.at("collections").as_array();
  REQUIRE(all.size() == 2);
  const json::object& cases = all[0].as_object();
  CHECK(cases.at("outcome") == "failure");
  CHECK(cases.at("error") == "the org answered 500");
  CHECK(!cases.contains("lag_ms"));
  const json::object& leads = all[1].as_object();
  CHECK(leads.at("cursor") == "2023-11-14T21:58:20.000Z");
  CHECK(leads.at("lag_ms").to_number<int>() == 10'000);
  CHECK(leads.at("run") == "acme-20231114T221320000Z");
  CHECK(p.at("last").at("run") == "acme-20231114T221320000Z");
  CHECK(p.at("last").at("rows_written").to_number<int>() == 4);
  const std::string page = render_status(json::serialize(told(board)));
  CHECK(page.find("the org answered 500") != std::string::npos);
  CHECK(page.find("10s old") != std::string::npos);
}

TEST_CASE("I4: a failure does not make what was read before any younger") {
  status_board board;
  board.note(summary_of(start, {outcome_of("leads", outcome_kind::success)}));
  board.note(summary_of(start + milliseconds{5000}, {outcome_of("leads", outcome_kind::failure)}));
  const json::object leads = pipeline_in(told(board)).at("collections").at(0).as_object();
  CHECK(leads.at("outcome") == "failure");
  CHECK(leads.at("lag_ms").to_number<int>() == 10'000);
  CHECK(leads.contains("cursor"));
}

TEST_CASE("a collection that was not due keeps what was known, one that is gone goes") {
  status_board board;
  board.note(summary_of(start, {outcome_of("leads", outcome_kind::success),
                                outcome_of("cases", outcome_kind::success),
                                outcome_of("tasks", outcome_kind::success)}));
  run_summary part =
      summary_of(start + milliseconds{5000}, {outcome_of("leads", outcome_kind::success)});
  part.not_due = {"cases"};
  board.note(part);
  const json::array all = pipeline_in(told(board)).at("collections").as_array();
  REQUIRE(all.size() == 2);
  CHECK(all[0].at("collection") == "cases");
  CHECK(all[0].at("lag_ms").to_number<int>() == 10'000);
  CHECK(all[1].at("lag_ms").to_number<int>() == 5000);
  // A run that never came to its collections says nothing of them.
  board.note(summary_of(start + milliseconds{9000}, {}));
  CHECK(pipeline_in(told(board)).at("collections").as_array().size() == 2);
}

TEST_CASE("in brief there are neither collections nor notices") {
  status_board board;
  board.note(summary_of(start, {outcome_of("leads", outcome_kind::success)}));
  const json::object p = pipeline_in(told(board, status_detail::brief));
  CHECK(!p.contains("collections"));
  CHECK(!p.at("last").as_object().contains("notices"));
  CHECK(pipeline_in(told(board)).at("last").as_object().contains("notices"));
}

TEST_CASE("what is taken of the host is told") {
  const status_board board;
  const host_use use{{3, 7}, 4, {1000, 5000, 2}};
  const json::object root = json::parse(*board.status_json({}, {}, use, start)).as_object();
  CHECK(root.at("runs") == json::object{{"running", 3}, {"waiting", 7}, {"at_once", 4}});
  CHECK(root.at("memory") == json::object{{"in_flight", 1000}, {"bound", 5000}, {"waiting", 2}});
  CHECK(board.metrics(use, start).find("millrace_memory_bytes{kind=\"in_flight\"} 1000") !=
        std::string::npos);
}

std::string screen(const status_board& board, std::size_t width, std::size_t height) {
  return render_top(*board.status_json({}, status_detail::brief, {{1, 7}, 4, {1000, 5000, 2}},
                                       start + milliseconds{10'000}),
                    width, height, false);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

TEST_CASE("the screen shows first what runs and what fails") {
  status_board board;
  for (int i = 0; i < 40; ++i)
    board.note(standing_of("idle" + std::to_string(i), standing_kind::waiting));
  pipeline_standing failing = standing_of("sad", standing_kind::waiting);
  failing.failures = 2;
  failing.because = "the org\x1b[2J answered 500";
  board.note(failing);
  board.note(standing_of("zebra", standing_kind::running));
  run_snapshot s;
  s.pipeline = "zebra";
  s.stage = "loading";
  s.started = start;
  s.collections.resize(3);
  s.collections[0].state = collection_snapshot::state_kind::done;
  s.collections[0].counts.rows_written = 1234;
  board.note(s);
  const auto lines = lines_of(screen(board, 120, 20));
  REQUIRE(lines.size() == 20);
  CHECK(lines[1].find("42 pipelines, 1 running, 41 waiting; 1 failing") == 0);
  CHECK(lines[1].find("places 1/4") != std::string::npos);
  CHECK(lines[4].find("zebra") == 0);
  CHECK(lines[4].find("loading, 1/3 collections, 1,234 rows, 10s") != std::string::npos);
  CHECK(lines[5].find("sad") == 0);
  CHECK(lines[5].find('\x1b') == std::string::npos);
  CHECK(lines[19] == "and 27 more");
}

TEST_CASE("the screen fits whatever the terminal") {
  status_board board;
  for (int i = 0; i < 30; ++i)
    board.note(standing_of("pipeline_with_a_name_that_is_long_" + std::to_string(i),
                           standing_kind::waiting));
  for (const std::size_t width : {2U, 10U, 80U, 200U})
    for (const std::size_t height : {2U, 3U, 5U, 6U, 24U, 100U}) {
      CAPTURE(width);
      CAPTURE(height);
      const auto lines = lines_of(screen(board, width, height));
      CHECK(lines.size() <= height);
      for (const std::string& line : lines)
        CHECK(width_of(line) <= width);
    }
  // Whatever answers at the port.
  CHECK(render_top("nonsense", 80, 24, false).find("0 pipelines") != std::string::npos);
}

}  // namespace
}  // namespace millrace
