// Jobs that a run before this one left: which are taken over, which are removed, and what is
// committed then. The source takes over whatever is asked; the rules of the pipeline decide.
#include "actors/pipeline.hpp"
#include "actors/pool.hpp"
#include "engine/schedule/standing_jobs.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"
#include "fake_http.hpp"
#include "fake_warehouse.hpp"
#include "scripted_source.hpp"

namespace {

using namespace millrace;
using namespace std::chrono_literals;

constexpr const char* question = "62.0 same";

/// Keeps which jobs it was asked to read or to remove.
class job_source final : public scripted::source {
 public:
  job_source() : source({{"leads", 2}, {"cases", 1}}) {}
  bool can_take_over(const session&, const read_order&, const standing_job& job) const override {
    return job.question == question;
  }
  std::unique_ptr<conversation> remove_jobs(const session_ptr&,
                                            const std::vector<standing_job>& jobs) const override {
    for (const standing_job& job : jobs)
      removed.push_back(job.id);
    return std::make_unique<scripted::login>(nullptr);
  }
  std::unique_ptr<reader> read(session_ptr session, const read_order& order) const override {
    orders.push_back(order);
    if (order.taken_over && gone) return std::make_unique<lost>();
    return source::read(std::move(session), order);
  }

  mutable std::vector<std::string> removed;
  mutable std::vector<read_order> orders;
  bool gone = false;

 private:
  /// A job that is not there any more.
  struct lost final : reader {
    next_step next(time_point) override {
      return give_up{{errc::job_gone, "gone", {}, retry::never, {}, {}}};
    }
    verdict answered(std::uint64_t, const http_response&, time_point) override { return proceed{}; }
    void use_session(session_ptr) override {}
    http_request renewed(const ask& old) const override { return old.request; }
    std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head&) override {
      return nullptr;
    }
    verdict page_done(std::uint64_t, const http_head&, const page_facts&, time_point) override {
      return proceed{};
    }
    std::optional<time_point> progress() const override { return {}; }
    std::optional<std::uint64_t> expected_records() const override { return {}; }
    read_method method() const override { return read_method::bulk; }
    std::vector<notice> take_notices() override { return {}; }
  };
};

run_watcher_actor::behavior_type summary_keeper(run_watcher_actor::pointer,
                                                std::vector<shared<run_summary>>* ended) {
  return {[](const shared<run_snapshot>&) {}, [](const shared<run_plan>&) {},
          [ended](const shared<run_summary>& summary) { ended->push_back(summary); }};
}

/// The source's clock is at one hour (scripted::catalog_reading).
struct left_job_world : deterministic {
  fake_http net;
  warehouse_log house;
  std::vector<shared<run_summary>> ended;
  std::shared_ptr<job_source> org = std::make_shared<job_source>();
  http_actor http = system().spawn(fake_http_actor, &net);
  pool_actor pool = spawn_pool(system(), {});
  run_watcher_actor watcher = system().spawn(summary_keeper, &ended);
  run_request request;
  pipeline_actor running;

  left_job_world() {
    net.serve = [](const http_request& r) {
      const bool page = r.url.find('/') != std::string::npos;
      return fake_answer{200, page ? scripted::lines(10, 40) : std::string(), false, {}};
    };
  }
  ~left_job_world() {
    end(watcher);
    end(http);
    end(pool);
  }

  void remember(const std::string& place, const std::string& id, std::chrono::minutes source_time,
                const std::string& asked = question) {
    const std::string object = place.substr(0, place.find('/'));
    house.checkpoints.push_back(
        record_of({place, object, "account", {id, asked}, time_point{source_time}}, time_point{}));
  }
  void read_until(const std::string& collection, std::chrono::minutes source_time) {
    checkpoint c;
    c.collection = c.object = collection;
    c.complete = true;
    c.cursor = c.source_time = time_point{source_time};
    c.source_id = "account";
    house.checkpoints.push_back(c);
  }

  const run_summary& run() {
    const auto now = [this] {
      return time_point{std::chrono::duration_cast<milliseconds>(clock().time_since_epoch())};
    };
    pipeline_run made;
    request.pipeline = "p";
    request.tenant = "t";
    request.source = org;
    request.overlap = 5min;
    request.upkeep.deletes = deletes_policy::ignore;
    request.connect = [this](std::size_t, const auto&) -> result<std::unique_ptr<warehouse>> {
      return std::make_unique<fake_warehouse>(house, 100);
    };
    made.request = request;
    made.warehouse.chance = [] { return 1.0; };
    made.warehouse.pause = [](milliseconds) {};
    made.warehouse.now = now;
    made.spawn_writer = spawn_writer_on_workers;
    made.threads = std::make_shared<writer_threads>();
    made.now = now;
    made.chance = [] { return 1.0; };
    running = spawn_pipeline(system(), std::move(made), http, pool, watcher);
    caf::anon_send(running, atom::go_v);
    settle();
    running = nullptr;
    return *ended.at(0);
  }

  /// The cursors that were committed for a collection, in order.
  [[nodiscard]] std::vector<std::chrono::minutes> cursors_of(const std::string& collection) const {
    std::vector<std::chrono::minutes> out;
    for (const auto& c : house.commits)
      if (c.position && c.position->collection == collection && c.position->complete)
        out.push_back(std::chrono::duration_cast<std::chrono::minutes>(
            c.position->cursor->time_since_epoch()));
    return out;
  }
  [[nodiscard]] std::vector<read_order> orders_of(const std::string& collection) const {
    std::vector<read_order> out;
    for (const read_order& o : org->orders)
      if (o.what.name == collection) out.push_back(o);
    return out;
  }
  [[nodiscard]] bool is_forgotten(const std::string& place) const {
    const auto last = house.position_of(place);
    return last && jobs_in({*last}).empty();
  }
};

using minutes_list = std::vector<std::chrono::minutes>;

TEST_CASE_FIXTURE(left_job_world, "I2: a job covers its own time, and the changes since are read") {
  remember("leads/job", "750A", 30min);
  CHECK(run().outcome == outcome_kind::success);
  const auto orders = orders_of("leads");
  REQUIRE(orders.size() == 2);
  REQUIRE(orders[0].taken_over);
  CHECK(orders[0].taken_over->id == "750A");
  CHECK(orders[0].range.everything());
  CHECK_FALSE(orders[1].taken_over);
  CHECK(orders[1].range.from == time_point{25min});
  // Less the overlap: first the job's own time, then this run's. The readers prove some on the way.
  const auto cursors = cursors_of("leads");
  REQUIRE(!cursors.empty());
  CHECK(cursors.back() == 55min);
  CHECK(std::find(cursors.begin(), cursors.end(), 25min) != cursors.end());
  CHECK(std::is_sorted(cursors.begin(), cursors.end()));
  CHECK(orders_of("cases").size() == 1);
  CHECK(org->removed.empty());
  CHECK(is_forgotten("leads/job"));
}

TEST_CASE_FIXTURE(left_job_world, "I2: a job of which its collection knows more is removed") {
  remember("leads/job", "750A", 30min);
  SUBCASE("by a later run") {
    read_until("leads", 40min);
  }
  SUBCASE("by the job itself") {
    read_until("leads", 30min);
  }
  CHECK(run().outcome == outcome_kind::success);
  CHECK(org->removed == std::vector<std::string>{"750A"});
  REQUIRE(orders_of("leads").size() == 1);
  CHECK_FALSE(orders_of("leads")[0].taken_over);
  CHECK(is_forgotten("leads/job"));
}

TEST_CASE_FIXTURE(left_job_world, "a job of a later time than what is there is taken over") {
  read_until("leads", 20min);
  remember("leads/job", "750A", 30min);
  run();
  REQUIRE(orders_of("leads").size() == 2);
  CHECK(orders_of("leads")[0].range.from == time_point{20min});
}

TEST_CASE_FIXTURE(left_job_world, "jobs that nobody takes over are removed, each for its reason") {
  SUBCASE("another question") {
    remember("leads/job", "750A", 30min, "62.0 other");
  }
  SUBCASE("of a reading beside the changes") {
    remember("leads/upkeep_job", "750A", 30min);
  }
  SUBCASE("everything is to be read as it is now") {
    remember("leads/job", "750A", 30min);
    request.full = true;
  }
  SUBCASE("of a collection that is not wanted any more") {
    remember("contacts/job", "750A", 30min);
  }
  CHECK(run().outcome == outcome_kind::success);
  CHECK(org->removed == std::vector<std::string>{"750A"});
  CHECK(orders_of("leads").size() == 1);
}

TEST_CASE_FIXTURE(left_job_world, "a run of some collections leaves the others' jobs alone") {
  remember("contacts/job", "750A", 30min);
  request.what.only = {"leads"};
  run();
  CHECK(org->removed.empty());
}

TEST_CASE_FIXTURE(left_job_world, "I13: jobs that could not be removed are remembered on") {
  remember("contacts/job", "750A", 30min);
  int logins = 0;
  net.serve = [&](const http_request& r) {
    if (r.url == "login" && ++logins == 2) return fake_answer{400, {}, false, {}};
    const bool page = r.url.find('/') != std::string::npos;
    return fake_answer{200, page ? scripted::lines(10, 40) : std::string(), false, {}};
  };
  CHECK(run().outcome == outcome_kind::success);
  CHECK_FALSE(house.position_of("contacts/job"));
}

TEST_CASE_FIXTURE(left_job_world,
                  "I13: a run that is ended while jobs are removed asks for nothing more") {
  remember("contacts/job", "750A", 30min);
  read_until("leads", 20min);
  read_until("cases", 20min);
  // Both were small and the org counts a bundle once: their first pages would be asked for
  // together.
  request.ledger = std::make_shared<call_ledger>(budget_rules{});
  request.ledger->note({1000, 100'000});
  const auto bundle = request.ledger->reserve(5);
  REQUIRE(bundle.has_value());
  REQUIRE(request.ledger->settle(*bundle, call_usage{1001, 100'000}) == 1);
  int logins = 0;
  std::vector<std::string> asked_after;
  net.serve = [&](const http_request& r) {
    if (r.url == "login" && ++logins == 2)
      caf::anon_send(running, atom::drain_v);
    else if (logins >= 2)
      asked_after.push_back(r.url);
    return fake_answer{200, {}, false, {}};
  };
  CHECK(run().outcome != outcome_kind::success);
  CHECK(org->removed == std::vector<std::string>{"750A"});
  CHECK(asked_after.empty());
}

TEST_CASE_FIXTURE(left_job_world, "a job that is gone is told of, and its window is read anew") {
  org->gone = true;
  remember("leads/job", "750A", 30min);
  const run_summary& summary = run();
  CHECK(summary.outcome == outcome_kind::success);
  REQUIRE(summary.notices.size() == 1);
  CHECK(summary.notices[0].code == "job_not_taken_over");
  CHECK(summary.notices[0].collection == "leads");
  const auto orders = orders_of("leads");
  REQUIRE(orders.size() == 2);
  CHECK(orders[1].range.everything());
  CHECK(cursors_of("leads").back() == 55min);
  CHECK(is_forgotten("leads/job"));
}

}  // namespace
