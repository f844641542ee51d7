// Plans, for people and for machines.
#include "cli/render_plan.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <memory>

namespace millrace {
namespace {

run_plan plan_of_leads() {
  planned_collection c;
  c.what.name = "leads";
  c.what.object = "Lead";
  c.what.label = "Lead";
  field f;
  f.name = "Id";
  f.label = "Lead ID";
  f.source_type = "id";
  c.what.fields = {f};
  auto table = std::make_shared<table_schema>();
  table->columns = {{"id", "Id", "Lead ID", value_type::text, 18, 0, 0}};
  c.table = table;
  c.change.create = true;
  c.change.statements = {"CREATE TABLE leads"};
  c.records = 1234;
  c.to_read = 1234;
  c.calls = collection_estimate{exactly(1), call_estimate{1, 1, true}, {}, exactly(2), {}};
  run_plan plan;
  plan.pipeline = "acme";
  plan.schema = "sfdc_prod";
  plan.collections = {c};
  run_forecast forecast;
  forecast.catalog = exactly(3);
  forecast.login = 2;
  forecast.usage = {100, 1000};
  plan.forecast = forecast;
  return plan;
}

bool says(const run_plan& plan, std::string_view part, bool verbose = false) {
  return render_plan(plan, false, verbose).find(part) != std::string::npos;
}

std::string fits(const run_plan& plan) {
  const auto root = boost::json::parse(plan_json({plan})).as_object();
  return std::string(root.at("plans").at(0).at("calls").at("fits").as_string());
}

TEST_CASE("a plan says what would happen and what it would cost") {
  CHECK(
      render_plan(plan_of_leads(), false, false) ==
      "acme into schema sfdc_prod\n"
      "table  object  columns  table will be  window      by    records  upkeep                   "
      "calls\n"
      "leads  Lead          1  create         everything  rest    1,234  deletions, refresh  at "
      "least 4\n"
      "Statements\n"
      "  1 table is created (-v shows them)\n"
      "API calls: at least 7\n"
      "  3 for the catalog, 1 for changes, at least 1 for deletions, 2 for the refresh; the "
      "login's 2 requests cost none\n"
      "  the org: all clients have used 100 of 1,000 within 24 hours, 900 are left\n"
      "  the day's budget of 90% leaves 800\n");
}

TEST_CASE("I11: the history of columns that are new is shown with its calls") {
  run_plan plan = plan_of_leads();
  plan.collections[0].calls->history = exactly(5);
  CHECK(says(plan, "deletions, refresh, history  at least 9\n"));
  CHECK(says(plan, ", 5 for the history of new columns; "));
  CHECK(says(plan, "API calls: at least 12\n"));
}

TEST_CASE("what is refused, what is changed, and from when on is read") {
  run_plan plan = plan_of_leads();
  planned_collection& leads = plan.collections[0];
  leads.why_not = error{errc::table_conflict, "a view is there", {}, retry::never, {}, {}};
  leads.calls.reset();
  leads.range.from = time_point{};
  plan.facts = driver_facts{"libsqlite3odbc.so", "0.9998", "SQLite", "3.40.1"};
  CHECK(says(plan, "warehouse: SQLite 3.40.1 by libsqlite3odbc.so 0.9998\n"));
  CHECK(says(plan, "refused"));
  CHECK(says(plan, "from 1970-01-01 00:00:00.000"));
  CHECK(says(plan, "leads: error table_conflict: a view is there\n"));
}

TEST_CASE("statements that change a table are shown, those that make one when asked for") {
  run_plan plan = plan_of_leads();
  CHECK_FALSE(says(plan, "CREATE TABLE leads"));
  CHECK(says(plan, "  CREATE TABLE leads\n", true));
  plan.collections[0].change.create = false;
  plan.collections[0].change.statements = {"ALTER TABLE leads"};
  CHECK(says(plan, "  ALTER TABLE leads\n"));
}

TEST_CASE("objects that are missing stand apart from other notices") {
  run_plan plan = plan_of_leads();
  plan.notices = {{"tags", "object_absent", "not enabled"}, {"leads", "column_renamed", "renamed"}};
  CHECK(says(plan, "Not in this org, or not to be read\n  tags: not enabled\n"));
  CHECK(says(plan, "Notices\n  leads: renamed\n"));
}

TEST_CASE("I13: calls are held against the org's limit and both budgets") {
  run_plan plan = plan_of_leads();
  CHECK(fits(plan) == "likely");  // seven, or some more
  plan.collections[0].calls->deletions.reset();
  CHECK(fits(plan) == "yes");
  plan.collections[0].calls->changes = {1, 900, false};
  CHECK(fits(plan) == "unknown");
  CHECK(says(plan, "API calls: 6 to 905\n"));
  CHECK(says(plan, "Whether that is enough depends on what is found"));
  plan.forecast->rules.run.calls = 7;  // two of them for the login
  CHECK(fits(plan) == "no");
  CHECK(says(plan, "the run's budget of 7 leaves 5\n"));
  CHECK(says(plan, "That is not enough: the run would be throttled"));
  plan = plan_of_leads();
  plan.forecast->usage = {998, 1000};
  CHECK(fits(plan) == "no");
  plan.forecast->usage = {};
  CHECK(fits(plan) == "unknown");
}

TEST_CASE("a plan for machines") {
  const auto root = boost::json::parse(plan_json({plan_of_leads()})).as_object();
  const auto& plan = root.at("plans").at(0).as_object();
  const auto& leads = plan.at("collections").at(0).as_object();
  CHECK(leads.at("table") == "create");
  CHECK(leads.at("statements").at(0) == "CREATE TABLE leads");
  CHECK(leads.at("records").to_number<int>() == 1234);
  CHECK(leads.at("fields").at(0).at("column") == "id");
  CHECK(leads.at("calls").at("least").to_number<int>() == 4);
  CHECK(leads.at("calls").at("refresh").at("most").to_number<int>() == 2);
  CHECK(plan.at("calls").at("least").to_number<int>() == 7);
  CHECK(plan.at("calls").at("open").as_bool());
  CHECK(plan.at("calls").at("limits").at("org_left").to_number<int>() == 900);
}

}  // namespace
}  // namespace millrace
