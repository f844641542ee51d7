// The writer over a warehouse in memory. Time is virtual: what is ordered before it runs is there
// when it begins, as when a real one was busy.
#include "actors/writer.hpp"

#include "actors/support.hpp"
#include "engine/model/batch.hpp"

#include <doctest/doctest.h>

#include "deterministic.hpp"
#include "fake_warehouse.hpp"

namespace {

using namespace millrace;

table_ptr table_called(const std::string& collection) {
  auto t = std::make_shared<table_schema>();
  t->collection = collection;
  t->columns.push_back({"id", "Id", "", value_type::text, 18, 0, 0});
  return t;
}

struct writer_world : deterministic {
  warehouse_log house;
  std::vector<std::pair<std::string, result<receipt>>> receipts;  ///< in the order they came
  int connects = 0;
  std::shared_ptr<writer_thread> thread =
      std::make_shared<writer_thread>(std::make_shared<writer_threads>(), "main");
  writer_actor writer = spawn_writer_on_workers(system(), config());

  ~writer_world() { end(writer); }

  writer_config config() {
    writer_config c;
    c.thread = thread;
    c.connect = [this](const auto&) -> result<std::unique_ptr<warehouse>> {
      ++connects;
      if (house.closed) return failure(*house.closed);
      return std::make_unique<fake_warehouse>(house, 10);
    };
    c.now = [] { return time_point{}; };
    c.chance = [] { return 1.0; };
    c.pause = [](milliseconds) {};
    return c;
  }

  void order(const std::string& collection, std::size_t rows, std::size_t cell_bytes = 3,
             std::optional<checkpoint> position = {}) {
    const table_ptr table = table_called(collection);
    batch_builder builder(table, {rows + 1, std::size_t{1} << 30U});
    for (std::size_t i = 0; i < rows; ++i) {
      builder.at(0).append(std::string(cell_bytes, 'a'));
      builder.end_row();
    }
    const auto sent = std::make_shared<const write_order>(
        write_order{builder.take_rest(), merge_mode::changed, std::move(position)});
    system().spawn([this, sent, collection](caf::event_based_actor* self) {
      self->request(caf::actor_cast<caf::actor>(writer), caf::infinite, atom::write_v, sent)
          .then([this, collection](const shared<write_end>& end) {
            receipts.emplace_back(collection, end->done);
          });
    });
  }
  [[nodiscard]] std::vector<std::string> committed() const {
    std::vector<std::string> out;
    for (const auto& c : house.commits)
      out.push_back(c.collection + " " + std::to_string(c.rows));
    return out;
  }
};

TEST_CASE_FIXTURE(writer_world, "batches that wait commit together, each with its own receipt") {
  order("leads", 1);
  order("cases", 2);
  order("leads", 3);
  settle();
  CHECK(house.transactions == std::vector<std::size_t>{3});
  CHECK(committed() == std::vector<std::string>{"leads 1", "cases 2", "leads 3"});
  REQUIRE(receipts.size() == 3);
  CHECK(receipts[1].second->rows == 2);
  order("leads", 4);
  settle();
  CHECK(house.transactions == std::vector<std::size_t>{3, 1});
}

TEST_CASE_FIXTURE(writer_world, "I12: what commits together is bounded in bytes") {
  for (int i = 0; i < 5; ++i)
    order("leads", 8, std::size_t{1} << 20U);
  settle();
  CHECK(house.transactions == std::vector<std::size_t>{2, 2, 1});
}

TEST_CASE_FIXTURE(writer_world,
                  "I6: a batch that is refused fails alone among those that wait with it") {
  house.refuses["leads"] = 2;
  checkpoint passed;
  passed.collection = "leads";
  order("leads", 1);
  order("leads", 2);
  order("cases", 3);
  order("leads", 4, 3, passed);
  settle();
  CHECK(committed() == std::vector<std::string>{"leads 1", "cases 3"});
  CHECK(!house.position_of("leads"));  // I1: it would cover rows that are not there
  REQUIRE(receipts.size() == 4);
  CHECK(receipts[0].second.has_value());
  CHECK(!receipts[1].second.has_value());
  CHECK(receipts[2].second.has_value());
  CHECK(!receipts[3].second.has_value());
  // Nor do later ones of that collection, also together with others.
  order("cases", 5);
  order("leads", 6);
  settle();
  CHECK(committed() == std::vector<std::string>{"leads 1", "cases 3", "cases 5"});
}

TEST_CASE_FIXTURE(
    writer_world,
    "I6: an exception fails its batch alone, and a fresh connection serves the rest") {
  house.throws["leads"] = 2;
  order("leads", 1);
  order("leads", 2);
  order("cases", 3);
  settle();
  CHECK(committed() == std::vector<std::string>{"leads 1", "cases 3"});
  REQUIRE(receipts.size() == 3);
  REQUIRE(!receipts[1].second.has_value());
  CHECK(receipts[1].second.error().code == errc::internal);
  CHECK(receipts[1].second.error().message.find("std::bad_alloc") != std::string::npos);
  CHECK(connects == 3);  // together, and alone
  CHECK(house.distrusted == 2);
  order("leads", 4);
  order("cases", 5);
  settle();
  CHECK(committed() == std::vector<std::string>{"leads 1", "cases 3", "cases 5"});
  CHECK(connects == 3);
}

TEST_CASE_FIXTURE(writer_world,
                  "I5: who was given up writes nothing of what it still was ordered") {
  order("leads", 1);
  thread->give_up();
  settle();
  REQUIRE(receipts.size() == 1);
  CHECK(!receipts[0].second.has_value());
  CHECK(house.commits.empty());
  CHECK(connects == 0);
}

TEST_CASE_FIXTURE(writer_world, "a warehouse that cannot be reached refuses all that wait") {
  house.closed = error{errc::warehouse_unreachable, "no route", {}, retry::later, {}, {}};
  order("leads", 1);
  order("cases", 2);
  settle();
  REQUIRE(receipts.size() == 2);
  for (const auto& [collection, done] : receipts) {
    REQUIRE(!done.has_value());
    CHECK(done.error().code == errc::warehouse_unreachable);
  }
}

struct record_world : writer_world {
  std::vector<result<void>> kept;

  void record(const std::string& run) {
    run_history what;
    what.runs.emplace_back();
    what.runs.front().run = run;
    system().spawn([this, what = share(std::move(what))](caf::event_based_actor* self) {
      self->request(caf::actor_cast<caf::actor>(writer), caf::infinite, atom::record_v, what)
          .then([this](const shared<record_end>& end) { kept.push_back(end->done); });
    });
    settle();
  }
};

TEST_CASE_FIXTURE(record_world,
                  "a record is kept in the schema, which is made where there is none") {
  record("r1");
  record("r2");
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].has_value());
  REQUIRE(house.records.size() == 2);
  CHECK(house.records[1].runs[0].run == "r2");
  CHECK(house.schemas_opened == 1);
}

TEST_CASE_FIXTURE(record_world,
                  "a record is tried again after what passes, and not after the rest") {
  house.cannot_record = error{errc::warehouse_busy, "locked", {}, retry::later, {}, {}};
  house.refused_records = 2;
  record("r1");
  CHECK(kept.at(0).has_value());
  CHECK(house.records.size() == 1);
  house.cannot_record.again = retry::never;
  house.refused_records = 1;
  record("r2");
  REQUIRE_FALSE(kept.at(1).has_value());
  CHECK(kept.at(1).error().message == "locked");
  CHECK(house.refused_records == 0);
  CHECK(house.records.size() == 1);
}

TEST_CASE_FIXTURE(record_world, "a warehouse that is not there refuses a record with its reason") {
  house.closed = error{errc::warehouse_unreachable, "no route", {}, retry::later, {}, {}};
  record("r1");
  REQUIRE_FALSE(kept.at(0).has_value());
  CHECK(kept.at(0).error().code == errc::warehouse_unreachable);
}

}  // namespace
