// Progress as text: it fits the terminal, tells what is known and nothing more.
#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using state = collection_snapshot::state_kind;

constexpr time_point start{milliseconds{1'700'000'000'000}};

collection_snapshot collection_at(std::string name, state s, std::uint64_t rows,
                                  std::optional<std::uint64_t> expected = {}) {
  collection_snapshot c;
  c.collection = std::move(name);
  c.state = s;
  c.counts.rows_merged = rows;
  c.counts.records = rows;
  c.counts.rows_written = rows;
  c.counts.requests = 2;
  c.counts.bytes = 1000;
  c.expected = expected;
  if (s == state::done) c.outcome = outcome_kind::success;
  return c;
}

run_snapshot loading(std::int64_t seconds, std::vector<collection_snapshot> collections) {
  run_snapshot s;
  s.pipeline = "acme";
  s.stage = "loading";
  s.started = start;
  s.now = start + milliseconds{seconds * 1000};
  s.requests = 3;
  s.collections = std::move(collections);
  return s;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Without colours.
std::string plain(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      out += text[i];
  }
  return out;
}

TEST_CASE("each collection has a line with its state, what runs comes first") {
  const run_snapshot s = loading(10, {collection_at("accounts", state::done, 500),
                                      collection_at("leads", state::reading, 250, 1000),
                                      collection_at("cases", state::reading, 70),
                                      collection_at("tasks", state::waiting, 0, 9000),
                                      collection_at("events", state::done, 0)});
  run_snapshot failed = s;
  failed.collections[4].outcome = outcome_kind::failure;
  const auto lines = lines_of(render_progress(failed, {}, 120, 20, false));
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "acme: loading, 2 of 5 collections done (1 failed), 1 waiting");
  CHECK(lines[1] ==
        "  leads                        reading          250 ██░░░░░░  25%       0/s     2 calls  "
        "rest");
  CHECK(lines[2] ==
        "  cases                        reading           70                     0/s     2 calls  "
        "rest");  // nobody knows of how many
  CHECK(lines[3].starts_with("  events                       failure            0 "));
  CHECK(lines[4] ==
        "  accounts                     success          500                             2 calls  "
        "rest");
  CHECK(lines[5] == "  tasks                        waiting        9,000 records");
  CHECK(lines[6].find("820 rows") != std::string::npos);
  CHECK(lines[6].find("13 calls") != std::string::npos);
  CHECK(lines[6].find("left") == std::string::npos);  // one number is unknown, so the time is
  CHECK(lines[6].find("not shown") == std::string::npos);
  CHECK(lines_of(render_progress(failed, {}, 79, 20, false))[1].ends_with("2 calls  rest"));
  // Without room for all, those that tell most are seen.
  const auto few = lines_of(render_progress(failed, {}, 120, 5, false));
  REQUIRE(few.size() == 5);
  CHECK(few[3].find("events") != std::string::npos);
  CHECK(few[4].ends_with(", 2 more not shown"));
}

TEST_CASE("before the catalog is read there are no collections to count") {
  run_snapshot s = loading(1, {});
  s.stage = "logging in";
  const auto lines = lines_of(render_progress(s, {}, 120, 20, false));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "acme: logging in");
}

TEST_CASE("failed collections are counted") {
  run_snapshot s = loading(1, {collection_at("leads", state::done, 0)});
  s.collections[0].outcome = outcome_kind::failure;
  CHECK(render_progress(s, {}, 120, 20, false).find("1 of 1 collections done (1 failed)") !=
        std::string::npos);
}

TEST_CASE("the time left is told when all numbers are known") {
  progress_rates rates;
  run_snapshot s;
  for (std::int64_t second = 0; second <= 10; ++second) {
    s = loading(second, {collection_at("leads", state::reading,
                                       100 * static_cast<std::uint64_t>(second), 5000),
                         collection_at("cases", state::waiting, 0, 1000)});
    rates.see(s);
  }
  CHECK(rates.of_pipeline("acme") == doctest::Approx(100));
  CHECK(rates.of_collection("acme", "leads") == doctest::Approx(100));
  CHECK(rates.of_collection("acme", "cases") == 0);
  CHECK(render_progress(s, rates, 120, 20, false).find("about 50s left") != std::string::npos);
  // A job that is polled brings no rows for a while: the time left is not made of a fading rate.
  for (std::int64_t second = 11; second <= 30; ++second) {
    s.now = start + milliseconds{second * 1000};
    rates.see(s);
  }
  CHECK_FALSE(rates.moves("acme", s.now));
  CHECK(render_progress(s, rates, 120, 20, false).find("left") == std::string::npos);
  rates.forget("acme");
  CHECK(rates.of_pipeline("acme") == 0);
}

TEST_CASE("a rate is steady when rows come in batches") {
  progress_rates rates;
  std::uint64_t rows = 0;
  for (int tick = 0; tick <= 200; ++tick) {
    if (tick % 10 == 0 && tick > 0) rows += 2000;  // every two seconds
    run_snapshot s = loading(0, {collection_at("leads", state::reading, rows)});
    s.now = start + milliseconds{tick * 200};
    rates.see(s);
    rates.see(s);  // twice the same moment counts once
    if (tick < 50) continue;
    CHECK(rates.of_pipeline("acme") > 700);
    CHECK(rates.of_pipeline("acme") < 1300);
  }
}

TEST_CASE("more than was expected is never more than all") {
  const run_snapshot s = loading(10, {collection_at("leads", state::reading, 2000, 1000)});
  CHECK(render_progress(s, {}, 120, 20, false).find("████████ 100%") != std::string::npos);
  const run_snapshot nearly = loading(10, {collection_at("leads", state::reading, 9999, 10000)});
  CHECK(render_progress(nearly, {}, 120, 20, false).find(" 99%") != std::string::npos);
}

TEST_CASE("the display fits whatever the terminal") {
  std::vector<collection_snapshot> many;
  many.reserve(60);
  for (int i = 0; i < 60; ++i)
    many.push_back(collection_at("collection_with_quite_a_long_name_" + std::to_string(i),
                                 i % 2 == 0 ? state::reading : state::waiting, 123'456'789,
                                 i % 3 == 0 ? std::optional<std::uint64_t>(1e12) : std::nullopt));
  const run_snapshot s = loading(100'000, many);
  for (const std::size_t width : {1U, 2U, 10U, 40U, 79U, 80U, 200U})
    for (const std::size_t height : {2U, 3U, 5U, 24U, 100U})
      for (const bool color : {false, true}) {
        CAPTURE(width);
        CAPTURE(height);
        const auto lines = lines_of(render_progress(s, {}, width, height, color));
        CHECK(lines.size() <= height);
        for (const std::string& line : lines)
          CHECK(width_of(plain(line)) <= width);
      }
  CHECK(render_progress(s, {}, 200, 12, false).find("50 more not shown") != std::string::npos);
}

TEST_CASE("several pipelines share the height") {
  std::map<std::string, run_snapshot> all;
  for (int i = 0; i < 40; ++i) {
    run_snapshot s = loading(1, {collection_at("leads", state::reading, 1)});
    s.pipeline = "org" + std::to_string(i);
    all.emplace(s.pipeline, s);
  }
  for (const std::size_t height : {2U, 3U, 7U, 23U, 60U, 1000U}) {
    CAPTURE(height);
    CHECK(lines_of(render_progress(all, {}, 100, height, false)).size() <= height);
  }
  CHECK(render_progress(all, {}, 100, 23, false).find("and 35 more pipelines") !=
        std::string::npos);
  CHECK(render_progress(std::map<std::string, run_snapshot>{}, {}, 100, 24, false).empty());
}

TEST_CASE("without a terminal each thing is said once") {
  progress_events events;
  run_snapshot s = loading(0, {});
  s.stage = "logging in";
  auto said = events.see(s);
  REQUIRE(said.size() == 1);
  CHECK(render_event(said[0], false) ==
        "2023-11-14T22:13:20.000Z acme-20231114T221320000Z logging in");
  CHECK(events.see(s).empty());

  s = loading(1,
              {collection_at("leads", state::reading, 5), collection_at("cases", state::done, 1)});
  said = events.see(s);
  REQUIRE(said.size() == 2);
  CHECK(said[0].name == "stage");
  CHECK(render_event(said[1], false) ==
        "2023-11-14T22:13:21.000Z acme-20231114T221320000Z cases: success, 1 record read, 1 row "
        "written, 2 calls");
  CHECK(events.see(s).empty());
}

TEST_CASE("a long run says now and then how far it is") {
  progress_events events;
  std::size_t said = 0;
  for (std::int64_t second = 0; second <= 300; ++second)
    said += events.see(loading(second, {collection_at("leads", state::reading, 5)})).size();
  CHECK(said == 11);  // the stage, and a line each half minute
}

TEST_CASE("a pipeline that runs again is told of again") {
  progress_events events;
  const run_snapshot s = loading(1, {collection_at("cases", state::done, 1)});
  CHECK(events.see(s).size() == 2);
  run_summary end;
  end.pipeline = "acme";
  end.started = start;
  end.ended = start + milliseconds{2500};
  end.exit_code = 4;
  end.why = error{errc::warehouse_full, "disk\nfull", {}, retry::never, {}, {}};
  const auto said = events.finish(end);
  REQUIRE(said.size() == 1);
  CHECK(render_event(said[0], false) ==
        "2023-11-14T22:13:22.500Z acme-20231114T221320000Z failure, 0 rows written, 2.5s; "
        "warehouse_full: disk full");
  CHECK(events.see(s).size() == 2);
}

TEST_CASE("the log of many pipelines tells what moved, and not each stage") {
  progress_events events(progress_events::detail::few);
  run_snapshot s =
      loading(1, {collection_at("cases", state::done, 7), collection_at("leads", state::done, 9)});
  s.collections[0].counts.rows_written = 0;
  const auto said = events.see(s);
  REQUIRE(said.size() == 1);
  CHECK(said[0].collection == "leads");
  CHECK(events.see(s).empty());
}

TEST_CASE("I4: the log says which collection failed and why, and what there is to know") {
  run_summary end;
  end.pipeline = "acme";
  end.started = start;
  end.ended = start + milliseconds{2500};
  collection_outcome bad;
  bad.collection = "leads";
  bad.kind = outcome_kind::failure;
  bad.why = error{errc::request_limit, "no calls left", {}, retry::later, {}, {}};
  end.collections = {bad};
  end.notices = {{"cases", "field_vanished", "a field is gone"}};
  progress_events events;
  const auto said = events.finish(end);
  REQUIRE(said.size() == 3);
  CHECK(render_event(said[0], false) ==
        "2023-11-14T22:13:22.500Z acme-20231114T221320000Z leads: failure; request_limit: no calls "
        "left");
  const auto line = boost::json::parse(render_event(said[1], true)).as_object();
  CHECK(line.at("event") == "notice");
  CHECK(line.at("code") == "field_vanished");
  CHECK(line.at("text") == "a field is gone");
  CHECK(said[2].name == "run");
  // A reason that is the run's own is told once.
  end.why = bad.why;
  CHECK(events.finish(end).size() == 2);
}

TEST_CASE("lines for machines are JSON") {
  progress_events events;
  const auto said = events.see(loading(1, {collection_at("cases", state::done, 7)}));
  REQUIRE(said.size() == 2);
  const auto line = boost::json::parse(render_event(said[1], true)).as_object();
  CHECK(line.at("time") == "2023-11-14T22:13:21.000Z");
  CHECK(line.at("event") == "collection");
  CHECK(line.at("pipeline") == "acme");
  CHECK(line.at("run") == "acme-20231114T221320000Z");
  CHECK(line.at("collection") == "cases");
  CHECK(line.at("outcome") == "success");
  CHECK(line.at("rows_written").to_number<int>() == 7);
}

}  // namespace
}  // namespace millrace
