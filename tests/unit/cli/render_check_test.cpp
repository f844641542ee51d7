// What a check found, for people and for machines.
#include "cli/render_check.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace millrace {
namespace {

planned_collection checked(std::string name, std::uint64_t records, std::uint64_t rows) {
  planned_collection c;
  c.what.name = std::move(name);
  c.what.object = "Lead";
  c.compared.emplace().records = records;
  c.compared->rows = rows;
  c.compared->moment = time_point{};
  if (differs(*c.compared)) c.why_not = difference_of(*c.compared, "acme/" + c.what.name);
  return c;
}

run_plan check_of(std::vector<planned_collection> collections) {
  run_plan plan;
  plan.pipeline = "acme";
  plan.schema = "crm";
  plan.collections = std::move(collections);
  return plan;
}

TEST_CASE("equal tables are one table and one line") {
  CHECK(render_check(check_of({checked("leads", 1200, 1200)}), false) ==
        "acme and schema crm\n"
        "result  table  object  records   rows  difference  of what was made before\n"
        "equal   leads  Lead      1,200  1,200           0  1970-01-01 00:00:00.000\n"
        "acme: equal\n");
}

TEST_CASE("a difference is said with what it may mean and what to do") {
  const std::string text =
      render_check(check_of({checked("leads", 3, 1), checked("cases", 1, 2)}), false);
  CHECK(text.find("differs  leads  Lead          3     1          -2  ") != std::string::npos);
  CHECK(text.find("differs  cases  Lead          1     2          +1  ") != std::string::npos);
  CHECK(text.find("acme: 2 tables are not equal\n"
                  "A difference may be what changed in the org since the last run. Run `millrace "
                  "sync acme` and check again;\n") != std::string::npos);
}

TEST_CASE("what could not be counted is no difference, and not equal") {
  planned_collection c = checked("leads", 0, 0);
  c.why_not = error{errc::query_refused, "no", {}, retry::never, {}, {}};
  const std::string text = render_check(check_of({c}), false);
  CHECK(text.find("failure  leads  Lead          ?     ?           ?  ?\n") != std::string::npos);
  CHECK(text.find("acme: equal") == std::string::npos);
}

TEST_CASE("a deep check tells its columns and how many of each kind") {
  planned_collection c = checked("leads", 3, 3);
  cell_comparison& cells = c.compared->cells.emplace();
  cells.columns = {"id", "system_modstamp"};
  cells.compared = 2;
  cells.changed_since = 1;
  cells.differing.add("001");
  CHECK(render_check(check_of({c}), false)
            .find("  leads: 2 records compared by id, system_modstamp; 1 changed since the last "
                  "run, not judged; 1 with another value\n") != std::string::npos);
  const auto root = boost::json::parse(check_json({check_of({c})})).as_object();
  const auto& leads = root.at("checks").at(0).at("collections").at(0).as_object();
  CHECK(leads.at("result") == "differs");
  CHECK(leads.at("made_before") == "1970-01-01T00:00:00.000Z");
  CHECK(leads.at("deep").at("differing").at("ids").at(0) == "001");
  CHECK(leads.at("deep").at("missing").at("count").to_number<int>() == 0);
}

}  // namespace
}  // namespace millrace
