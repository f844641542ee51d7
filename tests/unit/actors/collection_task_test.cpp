// What is planned for a collection, and what is counted of it.
#include "actors/collection_task.hpp"

#include "actors/collection_cost.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t name_bytes = 63;
constexpr time_point moment{milliseconds{1'700'000'000'000}};

/// A source whose choice of a method shows what it was told.
class counting_source final : public connector {
 public:
  std::unique_ptr<audit_conversation> audit(session_ptr, const catalog&) const override {
    return nullptr;
  }
  std::unique_ptr<login_conversation> log_in(session_ptr) const override { return {}; }
  std::unique_ptr<catalog_conversation> read_catalog(session_ptr, const selection&) const override {
    return {};
  }
  std::optional<call_usage> usage_of(const http_head&) const override { return {}; }
  read_method choose_method(const collection&, const window& range,
                            std::optional<std::uint64_t> records) const override {
    return range.everything() && records.value_or(0) >= 1000 ? read_method::bulk
                                                             : read_method::rest;
  }
  std::unique_ptr<reader> read(session_ptr, const read_order&) const override { return {}; }
  std::unique_ptr<count_conversation> count(session_ptr,
                                            const std::vector<count_order>&) const override {
    return {};
  }
  std::size_t first_pages_together(const read_order& order) const override {
    return order.method == read_method::rest ? 5 : 1;
  }
  std::unique_ptr<first_pages_conversation> read_first_pages(
      session_ptr, const std::vector<read_order>&) const override {
    return {};
  }
  /// A record, a call; a hundred times less by Bulk.
  call_estimate cost_of(const read_order& order,
                        std::optional<std::uint64_t> records) const override {
    const std::uint64_t number = records.value_or(1);
    call_estimate cost = exactly(order.method == read_method::bulk ? number / 100 : number);
    cost.open = !records;
    return cost;
  }
  call_estimate cost_of_deletions(const collection&, const window&) const override {
    return {1, 1, true};
  }
  std::unique_ptr<deletions_conversation> read_deletions(session_ptr, const collection&,
                                                         const window&) const override {
    return {};
  }
};

collection collection_of(std::string name, bool has_cursor = true) {
  collection c;
  c.name = std::move(name);
  c.object = "Object of " + c.name;
  field id;
  id.name = "Id";
  field stamp;
  stamp.name = "SystemModstamp";
  stamp.type = value_type::timestamp;
  c.fields = {id, stamp};
  if (has_cursor) c.version = 1;
  return c;
}

run_request request_of(bool full = false) {
  run_request r;
  r.source = std::make_shared<counting_source>();
  r.full = full;
  return r;
}

checkpoint checkpoint_of(std::string name, bool complete, std::optional<time_point> cursor,
                         std::uint64_t rows = 0) {
  checkpoint c;
  c.collection = std::move(name);
  c.complete = complete;
  c.cursor = cursor;
  c.rows = rows;
  return c;
}

collection_task task_of(const collection& c, std::optional<std::uint64_t> records = {}) {
  collection_task task;
  std::vector<notice> notices;
  task.records = records;
  describe(task, c, {name_bytes, true}, notices);
  return task;
}

struct account final : session {
  explicit account(std::string id) : id_(std::move(id)) {}
  [[nodiscard]] std::string identity() const override { return id_; }

 private:
  std::string id_;
};

TEST_CASE("records are counted of what is not loaded yet, and of all in a full run") {
  const std::vector<checkpoint> known{checkpoint_of("leads", true, moment),
                                      checkpoint_of("cases", false, moment),
                                      checkpoint_of("leads/census", true, moment)};
  const selection order = catalog_order(request_of(), known, moment);
  CHECK(order.want_counts);
  CHECK(order.known == std::vector<std::string>{"leads"});
  CHECK(catalog_order(request_of(true), known, moment).known.empty());
}

TEST_CASE("a collection that is new beside loaded ones is read by what its size asks for") {
  collection_task task = task_of(collection_of("contacts"), 30'000);
  plan(task, {}, true, request_of(), {checkpoint_of("leads", true, moment)});
  CHECK(task.range.everything());
  CHECK(task.method == read_method::bulk);
  CHECK(task.seen.expected == 30'000);
  CHECK(task.mode == merge_mode::first_load);
  CHECK_FALSE(task.was_complete);
}

TEST_CASE("a loaded collection is read from its checkpoint, whatever it holds") {
  collection_task task = task_of(collection_of("leads"), 30'000);
  plan(task, {}, false, request_of(), {checkpoint_of("leads", true, moment)});
  CHECK(task.range.from == moment);
  CHECK(task.method == read_method::rest);
  CHECK_FALSE(task.seen.expected);
  CHECK(task.was_complete);

  SUBCASE("in full when asked") {
    plan(task, {}, false, request_of(true), {checkpoint_of("leads", true, moment)});
    CHECK(task.range.everything());
    CHECK(task.method == read_method::bulk);
  }
  SUBCASE("in full when the table changed") {
    table_change change;
    change.create = true;
    plan(task, change, true, request_of(), {checkpoint_of("leads", true, moment)});
    CHECK(task.range.everything());
    CHECK_FALSE(task.was_complete);
  }
}

struct wishes {
  collection what = collection_of("leads");
  table_change change;
  std::vector<checkpoint> known{checkpoint_of("leads", true, moment)};
  run_request request = request_of();

  wishes() {
    field wish;
    wish.name = "Wish__c";
    what.fields.push_back(wish);
    wish.name = "Hope__c";
    what.fields.push_back(wish);
    change.owed = {"wish_c"};
    request.upkeep.deletes = deletes_policy::ignore;
  }
  void owe(std::vector<std::string> columns, std::optional<time_point> filled_to) {
    checkpoint& c = known.emplace_back(checkpoint_of("leads/history", false, filled_to));
    c.columns = std::move(columns);
  }
  [[nodiscard]] collection_task planned(std::optional<std::uint64_t> records = 30'000,
                                        bool table_is_empty = false) const {
    collection_task task = task_of(what, records);
    plan(task, change, table_is_empty, request, known);
    return task;
  }
  [[nodiscard]] upkeep_plan due(const collection_task& task) const {
    return upkeep_of(task, request, known, moment);
  }
};

TEST_CASE_FIXTURE(wishes, "I11: a new column is filled beside the window, by itself") {
  const collection_task task = planned();
  CHECK(task.range.from == moment);
  CHECK(task.was_complete);
  const upkeep_plan upkeep = due(task);
  CHECK(upkeep.history == std::vector<std::string>{"wish_c"});
  CHECK_FALSE(upkeep.history_range.from);
  const collection part = history_part(task.what, *task.table, upkeep.history);
  REQUIRE(part.fields.size() == 3);
  CHECK(part.fields[part.key].name == "Id");
  CHECK(part.fields[*part.version].name == "SystemModstamp");
  CHECK(part.fields[2].name == "Wish__c");
  CHECK(estimate(task, upkeep, *request.source).history == exactly(300));
}

TEST_CASE_FIXTURE(wishes, "I11: all of it is read where that is cheaper, or needed") {
  SUBCASE("one call reads it") {
    CHECK(planned(1).range.everything());
  }
  SUBCASE("nobody knows how much there is") {
    CHECK_FALSE(planned({}).range.everything());
  }
  SUBCASE("there are no rows") {
    CHECK(planned(30'000, true).range.everything());
  }
  SUBCASE("the stamps are missing") {
    change.owed = {"system_modstamp"};
    CHECK(planned().range.everything());
  }
  SUBCASE("the collection has no cursor") {
    what.version.reset();
    CHECK(planned().range.everything());
  }
  SUBCASE("it is asked for") {
    request.full = true;
    CHECK(planned().range.everything());
  }
  if (const collection_task task = planned(30'000); task.range.everything()) {
    CHECK(due(task).history.empty());
    const auto passes = passes_done_by(request.upkeep, reading_of(task), task.what);
    CHECK(std::count(passes.begin(), passes.end(), history_pass) == 1);
  }
}

TEST_CASE_FIXTURE(wishes, "I18: what an earlier run owes is filled from where that one came to") {
  owe({"hope_c", "a_field_that_is_gone_again"}, moment + milliseconds{5});
  SUBCASE("alone") {
    change.owed.clear();
    const upkeep_plan upkeep = due(planned());
    CHECK(upkeep.history == std::vector<std::string>{"hope_c"});
    CHECK(upkeep.history_range.from == moment + milliseconds{5});
  }
  SUBCASE("from the beginning, with a column that is new") {
    const upkeep_plan upkeep = due(planned());
    CHECK(upkeep.history == std::vector<std::string>{"wish_c", "hope_c"});
    CHECK_FALSE(upkeep.history_range.from);
  }
  SUBCASE("from the beginning, when the table is looked at once more") {
    collection_task task = planned();
    plan(task, {}, false, request, known);
    CHECK(task.owed == std::vector<std::string>{"wish_c", "hope_c"});
    CHECK_FALSE(due(task).history_range.from);
  }
  SUBCASE("not any more, once it is done") {
    change.owed.clear();
    known.back().complete = true;
    CHECK(due(planned()).history.empty());
  }
}

TEST_CASE("what is read in full each time is as large as it was the last time") {
  collection_task task = task_of(collection_of("profile", false));
  plan(task, {}, false, request_of(), {checkpoint_of("profile", true, {}, 5000)});
  CHECK(task.range.everything());
  CHECK(task.records == 5000);
  CHECK(task.method == read_method::bulk);
  CHECK_FALSE(final_position(task, account("00D1"), moment, milliseconds{1000}).cursor);
}

TEST_CASE("A schema that holds another account's rows is known by its checkpoints") {
  checkpoint c = checkpoint_of("leads", true, moment);
  CHECK_FALSE(other_account({c}, account("00D1")));
  c.source_id = "00D2";
  CHECK(other_account({c}, account("00D1")) == "00D2");
  CHECK_FALSE(other_account({c}, account("00D2")));
  CHECK_FALSE(other_account({c}, account("")));
}

TEST_CASE("I5: versions prove equal cells only well before the last whole reading") {
  collection_task task = task_of(collection_of("leads"));
  CHECK_FALSE(versions_proven_before(task));
  checkpoint c = checkpoint_of("leads", true, moment);
  c.source_time = moment;
  plan(task, {}, false, request_of(), {c});
  REQUIRE(versions_proven_before(task));
  CHECK(*versions_proven_before(task) < moment);
  c.complete = false;
  plan(task, {}, false, request_of(), {c});
  CHECK_FALSE(versions_proven_before(task));
}

TEST_CASE("I2: the final position is the source's clock minus the overlap") {
  const collection_task task = task_of(collection_of("leads"));
  const checkpoint last = final_position(task, account("00D1"), moment, milliseconds{1000});
  CHECK(last.cursor == moment - milliseconds{1000});
  CHECK(last.complete);
  CHECK(last.collection == "leads");
  CHECK(last.source_time == moment);
  CHECK(last.source_id == "00D1");
}

TEST_CASE("I2: a cursor that a clock ahead has led too far is not gone by") {
  using namespace std::chrono_literals;
  constexpr milliseconds overlap = 15min;
  const auto after = [&](milliseconds by_source, milliseconds by_host) {
    checkpoint c = checkpoint_of("leads", true, moment - overlap);
    c.source_time = moment;
    c.committed_at = moment + 5h;  // clocks need not agree
    std::vector<checkpoint> known{c};
    std::vector<notice> notices;
    forget_cursors_ahead(known, moment + by_source, moment + 5h + by_host, overlap, notices);
    CHECK(known[0].cursor.has_value() == notices.empty());
    return known[0].cursor.has_value();
  };
  CHECK(after(3h, 3h));
  CHECK(after(3h, 3h + 15min));
  CHECK(after(9h, 3h));  // the host's was set back, or the source's is ahead now
  CHECK_FALSE(after(2h, 3h));
  CHECK_FALSE(after(-1h, 1min));
  CHECK_FALSE(after(3h, 3h + 15min + 1ms));
}

TEST_CASE("a reading that is begun anew adds to what was spent") {
  collection_task task = task_of(collection_of("leads"));
  collection_counts first;
  first.requests = 3;
  first.records = 10;
  task.latest = first;
  count(task, task.latest);
  CHECK(task.counts().requests == 3);
  collection_counts second;
  second.requests = 2;
  second.rows_written = 7;
  task.latest = second;
  CHECK(task.counts().requests == 5);
  count(task, second);
  conclude(task, {});
  REQUIRE(task.outcome);
  CHECK(task.outcome->counts.requests == 5);
  CHECK(task.outcome->counts.records == 10);
  CHECK(task.outcome->counts.rows_written == 7);
  CHECK(task.seen.counts.requests == 5);
  CHECK(task.outcome->kind == outcome_kind::success);
}

TEST_CASE("a notice is told once, however often an object is described") {
  collection c = collection_of("leads");
  field twin;
  twin.name = "System_Modstamp";
  c.fields.push_back(twin);
  collection_task task;
  std::vector<notice> notices;
  describe(task, c, {name_bytes, true}, notices);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].code == "column_renamed");
  describe(task, c, {name_bytes, true}, notices);
  CHECK(notices.size() == 1);
  c.fields[2].name = "Id_";
  describe(task, c, {name_bytes, true}, notices);
  CHECK(notices.size() == 2);
}

TEST_CASE("an object that is described anew is found, or its absence has a reason") {
  catalog read;
  const auto missing = find_described(read, "Lead");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == errc::object_missing);
  read.failed.push_back({"leads", "Lead", {errc::permission, "no", {}, retry::never, {}, {}}});
  CHECK(find_described(read, "Lead").error().code == errc::permission);
  CHECK(undescribed_outcomes(read).front().kind == outcome_kind::failure);
  read.collections.push_back(collection_of("leads"));
  read.collections.back().object = "Lead";
  CHECK(find_described(read, "Lead")->name == "leads");
}

TEST_CASE("I4: at a run's end what has no outcome failed with the run, or was only looked at") {
  std::vector<collection_task> tasks{task_of(collection_of("leads")),
                                     task_of(collection_of("cases"))};
  conclude(tasks[1], error{errc::request_limit, "used up", {}, retry::never, {}, {}});
  std::vector<collection_outcome> looked;
  conclude_all(tasks, {}, looked);
  REQUIRE(looked.size() == 1);
  CHECK(looked[0].kind == outcome_kind::throttled);

  tasks = {task_of(collection_of("leads")), task_of(collection_of("cases"))};
  std::vector<collection_outcome> broken;
  conclude_all(tasks, interrupted(), broken);
  REQUIRE(broken.size() == 2);
  CHECK(broken[0].collection == "cases");
  CHECK(broken[1].why->code == errc::interrupted);
}

TEST_CASE("a collection costs what its planned readings cost") {
  collection_task task;
  task.what = collection_of("leads");
  field formula;
  formula.name = "Formula__c";
  formula.calculated = true;
  task.what.fields.push_back(formula);
  task.records = 2000;
  task.range.from = moment;
  const counting_source source;
  // Nobody knows how much has changed, and nothing else is due.
  CHECK(estimate(task, {}, source).total() == call_estimate{1, 1, true});
  task.to_read = 7;
  CHECK(estimate(task, {}, source).total() == exactly(7));

  upkeep_plan due;
  due.deletions = window{moment, moment};
  due.refresh = true;
  const collection_estimate more = estimate(task, due, source);
  CHECK(more.changes == exactly(7));
  CHECK(more.deletions == call_estimate{1, 1, true});
  CHECK(more.refresh == exactly(20));  // all records, by Bulk
  CHECK_FALSE(more.census);
  CHECK(more.total() == call_estimate{28, 28, true});

  upkeep_plan census;
  census.census = true;
  CHECK(estimate(task, census, source).census == call_estimate{20, 20, true});
}

TEST_CASE("windows are counted, of collections that have one and go on") {
  std::vector<collection_task> tasks(3);
  for (collection_task& t : tasks)
    t.what = collection_of("c");
  tasks[1].range.from = moment;
  tasks[2].range.from = moment;
  conclude(tasks[2], error{});
  const window_counts counts = windows_to_count(tasks);
  REQUIRE(counts.questions.size() == 1);
  CHECK(counts.tasks == std::vector<std::size_t>{1});
  CHECK(counts.questions[0].range.from == moment);
  CHECK(counts.questions[0].in_bin);
}

}  // namespace
}  // namespace millrace
