// Loading batches that are ready in memory through the warehouse interface, as a writer does:
// merge, checkpoint and commit.
//
//   bench_load load ODBC SCHEMA ROWS PERCENT CONNECTIONS COLUMNS [DIALECT FOLDER]
//     PERCENT 0: the first load into an empty table; else a second one of which so many rows
//     changed. Prints a JSON line: rows/s, seconds, processor seconds of this process, memory,
//     loader.
//   bench_load csv ROWS PERCENT     the same rows as CSV, for the limit
//   bench_load sqlite_limit FILE ROWS PERCENT   the limit of SQLite: prepared upserts by its C API
//   bench_load columns              names and kinds of the columns
#include "connectors/odbc/odbc_warehouse.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "lab_rows.hpp"
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

using namespace millrace;

bench::generation generation_of(unsigned percent) {
  return percent == 0 ? bench::generation{0, 100} : bench::generation{1, percent};
}

template <class T>
T wanted(result<T> value) {
  if (value) return std::move(*value);
  std::fprintf(stderr, "bench_load: %s\n", to_string(value.error()).c_str());
  std::exit(1);
}

void wanted(const result<void>& value) {
  if (value) return;
  std::fprintf(stderr, "bench_load: %s\n", to_string(value.error()).c_str());
  std::exit(1);
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

checkpoint position() {
  checkpoint c;
  c.collection = "lab";
  c.object = "Lab";
  c.cursor = time_point{milliseconds{1'700'000'000'000}};
  c.complete = true;
  c.committed_at = *c.cursor;
  return c;
}

int load(const std::vector<std::string>& words) {
  warehouse_target target;
  target.name = "bench";
  target.connection_string = words[1];
  target.schema = words[2];
  const auto rows = std::stoull(words[3]);
  const auto percent = static_cast<unsigned>(std::stoul(words[4]));
  const auto connections = std::stoul(words[5]);
  const auto columns = std::stoul(words[6]);
  if (words.size() > 8) {
    target.dialect = words[7];
    target.dialect_folders = {words[8]};
  }
  target.memory = make_loader_memory();

  std::vector<std::unique_ptr<warehouse>> lanes;
  const table_ptr table = bench::lab_table(columns);
  const checkpoint reached = position();
  const time_point now = *reached.cursor;
  for (std::size_t i = 0; i < connections; ++i) {
    target.lane = i;
    lanes.push_back(wanted(odbc::open_warehouse(target)));
    if (i == 0) wanted(lanes[0]->open_schema());
    if (i == 0) static_cast<void>(wanted(lanes[0]->ensure_table(*table, now)));
    // The loader is chosen by the first write.
    const batch_ptr none = batch_builder(table, {}).take_rest();
    static_cast<void>(
        wanted(lanes.back()->write({none.get(), merge_mode::changed, &reached}, now)));
  }
  const warehouse_limits limits = lanes[0]->facts().limits;
  const std::vector<batch_ptr> batches = bench::lab_batches(
      rows, generation_of(percent), {limits.batch_rows, limits.batch_bytes}, columns);
  const merge_mode mode = percent == 0 ? merge_mode::first_load : merge_mode::newer;

  std::mutex mutex;
  std::size_t next = 0;
  std::uint64_t written = 0;
  const auto work = [&](warehouse& lane) {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == batches.size()) return;
        mine = next++;
      }
      const receipt done = wanted(lane.write({batches[mine].get(), mode, &reached}, now));
      const std::lock_guard lock(mutex);
      written += done.rows_written;
    }
  };
  const double cpu = processor_seconds();
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  threads.reserve(lanes.size());
  for (const auto& lane : lanes)
    threads.emplace_back([&work, &lane] { work(*lane); });
  for (std::thread& t : threads)
    t.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "{{\"rows\":{},\"seconds\":{:.3f},\"rows_per_second\":{:.0f},\"written\":{},"
      "\"cpu_seconds\":{:.3f},\"peak_kilobytes\":{}}}\n",
      rows, took.count(), static_cast<double>(rows) / took.count(), written,
      processor_seconds() - cpu, peak_kilobytes());
  return 0;
}

/// The same rows from memory by one prepared upsert, in one transaction.
int sqlite_limit(const std::vector<std::string>& words) {
  const auto rows = std::stoull(words[2]);
  const auto percent = static_cast<unsigned>(std::stoul(words[3]));
  const table_ptr table = bench::lab_table();
  const std::vector<batch_ptr> batches =
      bench::lab_batches(rows, generation_of(percent), {2000, std::size_t{2} << 20U});
  sqlite3* db = nullptr;
  const auto check = [&](int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    std::fprintf(stderr, "bench_load: %s\n", sqlite3_errmsg(db));
    std::exit(1);
  };
  check(sqlite3_open(words[1].c_str(), &db));
  const auto run = [&](const std::string& sql) {
    check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr));
  };
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=NORMAL");
  std::string types;
  std::string marks;
  std::string updates;
  for (const table_column& c : table->columns) {
    const bool is_number = c.type == value_type::boolean;
    types += "\"" + c.name + "\" " +
             (is_number                        ? "INTEGER"
              : c.type == value_type::floating ? "REAL"
                                               : "TEXT") +
             ",";
    marks += "?,";
    if (c.name != "id") updates += c.name + "=excluded." + c.name + ",";
  }
  run("CREATE TABLE IF NOT EXISTS lab (" + types +
      "received_at TEXT, uuid_ts TEXT, PRIMARY KEY (id))");
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(
      db,
      ("INSERT INTO lab AS t VALUES (" + marks + "?,?) ON CONFLICT (id) DO UPDATE SET " + updates +
       "received_at=excluded.received_at,uuid_ts=excluded.uuid_ts WHERE "
       "excluded.system_modstamp>t.system_modstamp")
          .c_str(),
      -1, &statement, nullptr));
  const auto begin = std::chrono::steady_clock::now();
  run("BEGIN");
  for (const batch_ptr& b : batches) {
    for (std::size_t r = 0; r < b->rows; ++r) {
      int parameter = 1;
      for (const column& c : b->columns) {
        if (c.is_null(r)) {
          sqlite3_bind_null(statement, parameter++);
        } else {
          const std::string_view value = c.value(r);
          sqlite3_bind_text(statement, parameter++, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC);
        }
      }
      sqlite3_bind_text(statement, parameter++, "2024-01-02 03:04:05.678", -1, SQLITE_STATIC);
      sqlite3_bind_text(statement, parameter, "2024-01-02 03:04:05.678", -1, SQLITE_STATIC);
      check(sqlite3_step(statement));
      sqlite3_reset(statement);
    }
  }
  run("COMMIT");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  sqlite3_finalize(statement);
  sqlite3_close(db);
  fmt::print("{{\"rows\":{},\"rows_per_second\":{:.0f}}}\n", rows,
             static_cast<double>(rows) / took.count());
  return 0;
}

void print_csv(std::uint64_t rows, unsigned percent) {
  std::vector<std::string> cells;
  std::string out;
  for (std::uint64_t row = 0; row < rows; ++row) {
    bench::lab_row(row, generation_of(percent), cells);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (c > 0) out += ',';
      if (cells[c].empty()) continue;
      out += '"';
      for (const char ch : cells[c]) {
        if (ch == '"') out += '"';
        out += ch;
      }
      out += '"';
    }
    out += '\n';
    if (out.size() > 1U << 20U) {
      std::fwrite(out.data(), 1, out.size(), stdout);
      out.clear();
    }
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 7 && words[0] == "load") return load(words);
  if (words.size() == 4 && words[0] == "sqlite_limit") return sqlite_limit(words);
  if (words.size() == 3 && words[0] == "csv") {
    print_csv(std::stoull(words[1]), static_cast<unsigned>(std::stoul(words[2])));
    return 0;
  }
  if (words.size() == 1 && words[0] == "columns") {
    for (const millrace::table_column& c : millrace::bench::lab_table()->columns)
      std::printf("%s %s\n", c.name.c_str(), std::string(millrace::name_of(c.type)).c_str());
    return 0;
  }
  std::fprintf(stderr,
               "bench_load load ODBC SCHEMA ROWS PERCENT CONNECTIONS COLUMNS | csv ROWS PERCENT\n");
  return 2;
}
