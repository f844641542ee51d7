// What `history` says, for people and for machines.
#include "cli/render_history.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const time_point noon = *parse_timestamp("2026-11-30T12:00:00.000Z");

kept_run run_of(const std::string& name, time_point started, const std::string& collection,
                const std::string& outcome) {
  kept_run r;
  r.run = name;
  r.pipeline = "acme";
  r.collection = collection;
  r.object = collection.empty() ? "" : "O" + collection;
  r.started = started;
  r.ended = started + 2s;
  r.outcome = outcome;
  r.notices_of = "acme-1";
  return r;
}

run_history three_runs() {
  run_history h;
  h.runs = {run_of("acme-3", noon + 6h, "", "failure"), run_of("acme-2", noon + 3h, "", "partial"),
            run_of("acme-2", noon + 3h, "cases", "failure"),
            run_of("acme-2", noon + 3h, "leads", "success"), run_of("acme-1", noon, "", "success")};
  h.runs[0].error_code = "login_refused";
  h.runs[0].error = "bad\ttoken\x1b[2J";
  h.runs[0].exit_code = 5;
  h.runs[0].notices_of.clear();
  h.runs[1].calls = 1234;
  h.runs[1].exit_code = 3;
  h.runs[1].collections = 2;
  h.runs[2].error_code = "query_refused";
  h.runs[2].error = "no such field";
  h.runs[3].rows_written = 7;
  h.notices = {{"acme-1", "acme", "names", noon, "object_absent", "skipped"}};
  return h;
}

TEST_CASE("a history is a line for each run, what went wrong, and each notice once") {
  CHECK(render_history({"acme", "", 20}, three_runs(), false) ==
        "outcome  run     begun at             duration  records  written  deleted  calls  error\n"
        "failure  acme-3  2026-11-30 18:00:00      2.0s        0        0        0      0  "
        "login_refused: bad token?[2J\n"
        "partial  acme-2  2026-11-30 15:00:00      2.0s        0        0        0  1,234  \n"
        "success  acme-1  2026-11-30 12:00:00      2.0s        0        0        0      0  \n"
        "Collections\n"
        "  acme-2 cases: failure, query_refused: no such field\n"
        "Notices\n"
        "  since acme-1 names: skipped\n");
}

TEST_CASE("a history for machines gives each run its collections and its notices") {
  const auto root = boost::json::parse(history_json({"acme", "", 20}, three_runs())).as_object();
  CHECK(root.at("pipeline") == "acme");
  const auto& runs = root.at("runs").as_array();
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].at("run") == "acme-3");
  CHECK(runs[0].at("exit_code") == 5);
  CHECK(runs[0].at("error").at("code") == "login_refused");
  CHECK(runs[0].at("notices").as_array().empty());
  CHECK(runs[1].at("started_at") == "2026-11-30T15:00:00.000Z");
  CHECK(runs[1].at("duration_ms") == 2000);
  CHECK(runs[1].at("calls") == 1234);
  CHECK(runs[1].at("collections").as_array().size() == 2);
  CHECK(runs[1].at("collections").at(0).at("collection") == "cases");
  CHECK(runs[1].at("collections").at(0).at("error").at("message") == "no such field");
  CHECK(runs[1].at("collections").at(1).at("rows_written") == 7);
  CHECK(runs[1].at("notices").at(0).at("code") == "object_absent");
  CHECK(runs[2].at("notices").as_array().size() == 1);
  CHECK_FALSE(runs[2].as_object().contains("error"));
}

TEST_CASE("a history of one collection is a line for each run that has something of it") {
  run_history h;
  h.runs = {run_of("acme-2", noon + 3h, "cases", "failure")};
  h.runs[0].requests = 5;
  h.runs[0].error_code = "query_refused";
  const history_order asked{"acme", "Case", 20};
  const std::string text = render_history(asked, h, false);
  CHECK(text.find("failure  acme-2") != std::string::npos);
  CHECK(text.find("    5  query_refused\n") != std::string::npos);
  CHECK(text.find("Collections") == std::string::npos);
  const auto root = boost::json::parse(history_json(asked, h)).as_object();
  CHECK(root.at("collection") == "Case");
  REQUIRE(root.at("runs").as_array().size() == 1);
  CHECK(root.at("runs").at(0).at("collection") == "cases");
  CHECK_FALSE(root.at("runs").at(0).as_object().contains("exit_code"));
}

TEST_CASE("where there is no history yet that is said, and is no error") {
  CHECK(render_history({"acme", "", 20}, {}, false).find("acme has no history yet") == 0);
  CHECK(render_history({"acme", "leads", 20}, {}, false).find("no history of leads") !=
        std::string::npos);
  CHECK(history_json({"acme", "", 20}, {}) == R"({"pipeline":"acme","runs":[]})");
}

}  // namespace
}  // namespace millrace
