// When a table needs more than its changes (I14, I15).
#include "engine/schedule/upkeep.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace millrace;
using namespace std::chrono_literals;

const time_point now = parse_timestamp("2024-06-01T12:00:00Z").value();
constexpr milliseconds overlap = 15min;

collection leads(bool with_formula = true, bool with_log = true) {
  collection c;
  c.name = "leads";
  c.has_deletion_log = with_log;
  c.version = 1;
  field id;
  field stamp;
  field formula;
  formula.calculated = with_formula;
  c.fields = {id, stamp, formula};
  return c;
}

std::vector<checkpoint> done(milliseconds census, milliseconds deletions, milliseconds refresh) {
  std::vector<checkpoint> out;
  for (const auto& [pass, ago] :
       {std::pair{census_pass, census}, {deletions_pass, deletions}, {refresh_pass, refresh}}) {
    checkpoint c;
    c.collection = pass_name("leads", pass);
    c.cursor = now - ago;
    c.complete = true;
    out.push_back(c);
  }
  return out;
}

upkeep_plan plan(const std::vector<checkpoint>& known, const upkeep_rules& rules = {},
                 const collection& what = leads(), main_reading reading = {}) {
  return plan_upkeep(what, reading, rules, known, now, overlap);
}

TEST_CASE("an idle cycle has no upkeep") {
  const upkeep_plan p = plan(done(1h, 1h, 1h));
  CHECK(!p.census);
  CHECK(!p.deletions);
  CHECK(!p.refresh);
  CHECK(!p.keys_with_pages);
  CHECK(!may_read_everything("leads", {}, done(1h, 1h, 1h), now));
}

TEST_CASE("I14 deletions are asked for from where they were known, read back by the overlap") {
  const upkeep_plan p = plan(done(24h, 6h, 1h));
  REQUIRE(p.deletions);
  CHECK(p.deletions->from == now - 6h - overlap);
  CHECK(p.deletions->to == now);
  CHECK(!plan(done(24h, 6h, 1h), {}, leads(true, false)).deletions);
}

TEST_CASE("I14 a census takes the place of asking for deletions") {
  const upkeep_plan p = plan(done(24h * 7, 6h, 1h));
  CHECK(p.census);
  CHECK(!p.deletions);
  CHECK(may_read_everything("leads", {}, done(24h * 7, 6h, 1h), now));
}

TEST_CASE("I14 a census that was not believed is made again by the next run") {
  std::vector<checkpoint> known = done(1h, 1h, 1h);
  known.front().complete = false;
  CHECK(plan(known).census);
  CHECK(!plan(known).deletions);
  CHECK(may_read_everything("leads", {}, known, now));
  // It is none of other options: those are believed.
  collection chosen = leads();
  chosen.chosen = "0a1b";
  CHECK(!plan(known, {}, chosen).first_of_choice);
}

TEST_CASE("rows are looked through once for values that are hashed from now on") {
  collection hashing = leads();
  hashing.chosen = "0a1b.2c3d";
  hashing.fields[2].hashed = true;
  upkeep_rules ignores;
  ignores.deletes = deletes_policy::ignore;
  for (const upkeep_rules& rules : {upkeep_rules{}, ignores}) {
    CHECK(plan({}, rules, hashing, {true, false}).conceal);
    CHECK(plan({}, rules, hashing, {true, false}).keys_with_pages);
    // A reading that broke off comes back as a window.
    CHECK(plan({}, rules, hashing).conceal);
    CHECK(plan({}, rules, hashing).census);
    CHECK(!plan(done(1h, 1h, 1h), rules, hashing).conceal);
    const auto passes = passes_done_by(rules, {true, true}, hashing);
    CHECK(std::count(passes.begin(), passes.end(), census_pass) == 1);
    main_reading as_before{true, false};
    as_before.hashed_before = true;
    CHECK(!plan({}, rules, hashing, as_before).conceal);
  }
  collection plain = leads();
  plain.chosen = "0a1b";
  CHECK(!plan({}, {}, plain, {true, false}).conceal);
  CHECK(!plan({}, ignores, plain).census);
}

TEST_CASE("I14 what was never counted is counted: from when on would deletions be asked for?") {
  CHECK(plan({}).census);
  upkeep_rules never;
  never.census_every = 0ms;
  CHECK(!plan({}, never).census);
  CHECK(!plan({}, never).deletions);
}

TEST_CASE("I15 fields that change silently are refreshed when they are due") {
  CHECK(plan(done(1h, 1h, 24h)).refresh);
  CHECK(plan({}).refresh);
  CHECK(!plan(done(1h, 1h, 24h), {}, leads(false)).refresh);
  upkeep_rules never;
  never.refresh_every = 0ms;
  CHECK(!plan(done(1h, 1h, 24h * 400), never).refresh);
}

TEST_CASE("who ignores deletions does not look for them") {
  upkeep_rules rules;
  rules.deletes = deletes_policy::ignore;
  const upkeep_plan p = plan(done(24h * 400, 24h * 400, 1h), rules);
  CHECK(!p.census);
  CHECK(!p.deletions);
  CHECK(!plan({}, rules, leads(), {true, false}).keys_with_pages);
}

TEST_CASE("a reading of everything is a census, and refreshes") {
  const upkeep_plan p = plan({}, {}, leads(), {true, false});
  CHECK(p.keys_with_pages);
  CHECK(!p.census);
  CHECK(!p.refresh);
  // Into an empty table there is nothing to compare with.
  CHECK(!plan({}, {}, leads(), {true, true}).keys_with_pages);
  CHECK(passes_done_by({}, {true, true}, leads()) ==
        std::vector<std::string_view>{refresh_pass, census_pass, deletions_pass});
  CHECK(passes_done_by({}, {false, false}, leads()).empty());
}

TEST_CASE("rows that vanish in great numbers are not believed") {
  CHECK(!is_too_many_to_believe(999, 0));
  CHECK(is_too_many_to_believe(1000, 999));
  CHECK(!is_too_many_to_believe(1000, 1000));
}

}  // namespace
