// Connections that go from one run to the next, with a clock that is set by hand.
#include "connectors/odbc/idle_connections.hpp"

#include "connectors/odbc/connection.hpp"
#include "tests/unit/connectors/odbc/sqlite_leads.hpp"
#include "tests/unit/engine/sql/samples.hpp"

#include <atomic>
#include <thread>

namespace {

using namespace millrace;
using odbc::connection;
using odbc::idle_connections;

struct house {
  sqlite_leads::folder place;
  std::atomic<idle_connections::moment> now{};
  idle_connections kept{milliseconds{100}, [this] { return now.load(); }};
  std::shared_ptr<const sql::dialect> dialect =
      std::make_shared<sql::dialect>(sql::shipped("sqlite"));

  std::unique_ptr<connection> make() const {
    auto link = connection::open(
        "main", "Driver=SQLite3;Database=" + (place.path / "one.db").string(), dialect);
    REQUIRE(link.has_value());
    return std::move(*link);
  }
  void pass(milliseconds time) { now = now.load() + time; }
  /// Which connection it was; null: none.
  const connection* taken(const std::string& warehouse, const std::string& text) {
    return kept.take(warehouse, text).get();
  }
};

TEST_CASE_FIXTURE(house, "the connection that was left last is taken first, and only once") {
  auto one = make();
  auto two = make();
  const connection* second = two.get();
  const connection* first = one.get();
  kept.put("main", "text", std::move(one));
  kept.put("main", "text", std::move(two));
  CHECK(taken("main", "text") == second);
  CHECK(taken("main", "text") == first);
  CHECK(taken("main", "text") == nullptr);
}

TEST_CASE_FIXTURE(house, "who needs another connection of a warehouse has one closed for it") {
  kept.put("main", "text", make());
  kept.put("other", "text of another", make());
  CHECK(taken("main", "text for another user") == nullptr);
  CHECK(kept.size() == 1);
  CHECK(taken("main", "text for another user") == nullptr);
  CHECK(kept.size() == 1);
  CHECK(taken("other", "text of another") != nullptr);
}

TEST_CASE_FIXTURE(house, "a connection is kept for its time and then closed") {
  kept.put("main", "text", make());
  pass(milliseconds{60});
  kept.put("main", "text", make());
  CHECK(kept.close_old() == now.load() + milliseconds{40});
  CHECK(kept.size() == 2);
  pass(milliseconds{50});
  CHECK(kept.close_old() == now.load() + milliseconds{50});
  CHECK(kept.size() == 1);
  pass(milliseconds{51});
  CHECK(taken("main", "text") == nullptr);
  CHECK(kept.size() == 0);
  CHECK_FALSE(kept.close_old());
}

TEST_CASE_FIXTURE(house, "nobody has to ask for them to be closed") {
  idle_connections by_itself(milliseconds{20});
  by_itself.put("main", "text", make());
  while (by_itself.size() > 0)
    std::this_thread::yield();
}

TEST_CASE_FIXTURE(house, "a connection is left without what was not committed") {
  const auto link = make();
  REQUIRE(link->execute("CREATE TABLE t (a text)", "making it"));
  REQUIRE(link->set_autocommit(false));
  REQUIRE(link->execute("INSERT INTO t VALUES ('1')", "filling it"));
  CHECK(link->leave());
  const auto rows = link->query("SELECT count(*) FROM t", "counting");
  REQUIRE(rows);
  CHECK(rows->at(0).at(0) == "0");
}

TEST_CASE_FIXTURE(house, "a connection on which something has failed is not for anybody else") {
  const auto link = make();
  CHECK(link->leave());
  link->show_life(nullptr);
  CHECK_FALSE(link->execute("SELECT 1 FROM nowhere", "failing"));
  CHECK_FALSE(link->leave());
}

TEST_CASE_FIXTURE(house, "a connection is closed after it has served a hundred times") {
  const auto link = make();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(link->leave());
    link->show_life(nullptr);
  }
  CHECK_FALSE(link->leave());
}

TEST_CASE_FIXTURE(house,
                  "who has the same text for another warehouse has a connection of its own") {
  kept.put("main", "text", make());
  CHECK(taken("other", "text") == nullptr);
  CHECK(taken("main", "text") != nullptr);
}

}  // namespace
