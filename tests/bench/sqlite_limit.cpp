// The limit that loading SQLite is measured against: the sqlite3 C API inserts the same rows, from
// memory, by one prepared statement in one transaction.
//   bench_sqlite_limit SOURCE.db TABLE TARGET.db   prints rows per second
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

database open(const char* path) {
  sqlite3* raw = nullptr;
  if (sqlite3_open(path, &raw) != SQLITE_OK)
    std::fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(raw));
  return {raw, &sqlite3_close};
}

statement prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    std::fprintf(stderr, "%s: %s\n", sql.c_str(), sqlite3_errmsg(db));
  return {raw, &sqlite3_finalize};
}

/// A cell in memory: where its text is, or none.
struct cell {
  std::size_t begin = 0;
  int bytes = -1;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "bench_sqlite_limit SOURCE.db TABLE TARGET.db\n");
    return 2;
  }
  const std::string table = argv[2];
  const database source = open(argv[1]);
  std::string ddl;
  {
    const statement find =
        prepare(source.get(), "SELECT sql FROM sqlite_master WHERE type='table' AND name=?");
    sqlite3_bind_text(find.get(), 1, table.c_str(), -1, SQLITE_TRANSIENT);
    if (sqlite3_step(find.get()) != SQLITE_ROW) return 1;
    ddl = reinterpret_cast<const char*>(sqlite3_column_text(find.get(), 0));
  }
  std::string bytes;
  std::vector<cell> cells;
  const statement read = prepare(source.get(), "SELECT * FROM \"" + table + "\"");
  const int columns = sqlite3_column_count(read.get());
  std::size_t rows = 0;
  for (; sqlite3_step(read.get()) == SQLITE_ROW; ++rows) {
    for (int c = 0; c < columns; ++c) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(read.get(), c));
      if (text == nullptr) {
        cells.push_back({});
        continue;
      }
      cells.push_back({bytes.size(), sqlite3_column_bytes(read.get(), c)});
      bytes.append(text, static_cast<std::size_t>(cells.back().bytes));
    }
  }

  const database target = open(argv[3]);
  const auto run = [&](const std::string& sql) {
    sqlite3_exec(target.get(), sql.c_str(), nullptr, nullptr, nullptr);
  };
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=NORMAL");
  run(ddl);
  std::string marks = "?";
  for (int c = 1; c < columns; ++c)
    marks += ",?";
  const statement insert =
      prepare(target.get(), "INSERT INTO \"" + table + "\" VALUES (" + marks + ")");
  const auto begin = std::chrono::steady_clock::now();
  run("BEGIN");
  for (std::size_t r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const cell& value =
          cells[r * static_cast<std::size_t>(columns) + static_cast<std::size_t>(c)];
      if (value.bytes < 0)
        sqlite3_bind_null(insert.get(), c + 1);
      else
        sqlite3_bind_text(insert.get(), c + 1, bytes.data() + value.begin, value.bytes,
                          SQLITE_STATIC);
    }
    if (sqlite3_step(insert.get()) != SQLITE_DONE) {
      std::fprintf(stderr, "insert: %s\n", sqlite3_errmsg(target.get()));
      return 1;
    }
    sqlite3_reset(insert.get());
  }
  run("COMMIT");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%.0f\n", static_cast<double>(rows) / took.count());
  return 0;
}
