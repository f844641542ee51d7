// Tables, merges and checkpoints in transactions. Each public call leaves the connection without an
// open transaction, whatever happened.
#include "connectors/odbc/odbc_warehouse.hpp"

#include "connectors/odbc/connection.hpp"
#include "connectors/odbc/connection_string.hpp"
#include "connectors/odbc/loader.hpp"
#include "engine/model/deduplicate.hpp"
#include "engine/sql/dialect_file.hpp"
#include "engine/sql/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace millrace::odbc {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool holds_any(const std::string& text, const std::vector<std::string>& patterns) {
  const std::string low = lowered(text);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
    return low.find(lowered(p)) != std::string::npos;
  });
}

/// Rolls back unless it was committed.
class transaction {
 public:
  explicit transaction(connection& link) : link_(link) {}
  ~transaction() {
    if (!done_) link_.roll_back();
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  result<void> commit() {
    MILLRACE_CHECK(link_.commit());
    done_ = true;
    return {};
  }

 private:
  connection& link_;
  bool done_ = false;
};

/// How to connect once the schema's place exists, with everything that can be known before.
struct connecting {
  std::string warehouse;
  std::string schema;
  connection_string text;
  std::shared_ptr<const sql::dialect> dialect;
  bool file_absent = false;  ///< the database file is not there yet
};

result<std::unique_ptr<connection>> connect(const connecting& how) {
  MILLRACE_TRY(auto link, connection::open(how.warehouse, how.text.text()));
  link->use(how.dialect);
  for (const std::string& statement : how.dialect->session_statements)
    MILLRACE_CHECK(link->execute(statement, "setting up the session"));
  MILLRACE_CHECK(link->set_autocommit(false));
  return link;
}

class odbc_warehouse final : public warehouse {
 public:
  odbc_warehouse(connecting how, std::unique_ptr<connection> link, driver_facts facts)
      : how_(std::move(how)),
        link_(std::move(link)),
        facts_(std::move(facts)),
        loader_(make_loader(how_.dialect)) {}

  const driver_facts& facts() const override { return facts_; }

  result<void> open_schema() override {
    if (!link_) {
      MILLRACE_TRY(link_, connect(how_));
      facts_ = link_->facts();
    }
    transaction tx(*link_);
    if (!dialect().create_schema.empty())
      MILLRACE_CHECK(link_->execute(dialect().create_schema, "creating the schema"));
    MILLRACE_TRY(const auto present, columns_of(sql::checkpoint_table().collection));
    if (present.empty())
      MILLRACE_CHECK(
          link_->execute(sql::create_table(dialect(), how_.schema, sql::checkpoint_table()),
                         "creating millrace's own tables"));
    return tx.commit();
  }

  result<table_change> plan_table(const table_schema& table) override {
    table_change change;
    if (!link_) {
      plan_creation(table, change);
      return change;
    }
    auto planned = compare(table);
    link_->roll_back();  // reading opens a transaction too
    return planned;
  }

  result<table_change> ensure_table(const table_schema& table) override {
    transaction tx(*link_);
    MILLRACE_TRY(table_change change, compare(table));
    if (change.none()) return change;
    // The checkpoint goes first: without transactional DDL a crash in between means reading too
    // much, never too little (I11).
    const std::string forget = sql::forget_checkpoint(dialect(), how_.schema);
    MILLRACE_CHECK(link_->execute(forget, "preparing " + table.collection, {table.collection}));
    for (const std::string& statement : change.statements)
      MILLRACE_CHECK(link_->execute(statement, "preparing the table " + table.collection));
    MILLRACE_CHECK(tx.commit());
    loader_->forget();
    return change;
  }

  result<bool> table_is_empty(const table_schema& table) override {
    auto rows = link_->query(sql::is_empty(dialect(), how_.schema, table),
                             "looking at " + table.collection);
    link_->roll_back();
    if (!rows) return failure(std::move(rows.error()));
    return rows->empty();
  }

  result<std::vector<checkpoint>> read_checkpoints() override {
    std::vector<checkpoint> out;
    if (!link_) return out;
    auto rows = read_checkpoint_rows();
    link_->roll_back();
    if (!rows) return failure(std::move(rows.error()));
    for (const row& r : *rows)
      out.push_back(parse_checkpoint(r));
    return out;
  }

  result<receipt> write(const batch& rows, merge_mode mode, const checkpoint* position,
                        time_point now) override {
    transaction tx(*link_);
    receipt done;
    if (rows.rows > 0) {
      const std::vector<std::uint32_t> which = rows_to_merge(rows);
      const load_order order{
          &rows, &which, mode, how_.schema, to_canonical(rows.received_at), to_canonical(now)};
      MILLRACE_TRY(done.rows_written, loader_->load(*link_, order));
      done.rows = which.size();
    }
    if (position != nullptr) MILLRACE_CHECK(save(*position, now));
    MILLRACE_CHECK(tx.commit());
    return done;
  }

  result<std::uint64_t> forget(const std::vector<std::string>& collections) override {
    if (!link_) return std::uint64_t{0};
    transaction tx(*link_);
    MILLRACE_TRY(const auto rows, read_checkpoint_rows());
    std::uint64_t count = 0;
    const std::string statement = sql::forget_checkpoint(dialect(), how_.schema);
    for (const row& r : rows) {
      const std::string& name = r.front().value_or("");
      if (!collections.empty() &&
          std::find(collections.begin(), collections.end(), name) == collections.end())
        continue;
      MILLRACE_CHECK(link_->execute(statement, "forgetting a checkpoint", {name}));
      ++count;
    }
    MILLRACE_CHECK(tx.commit());
    return count;
  }

 private:
  [[nodiscard]] const sql::dialect& dialect() const { return *how_.dialect; }

  /// Name and type of each column; empty: no such table.
  result<std::map<std::string, std::string>> columns_of(const std::string& table) {
    MILLRACE_TRY(const auto rows,
                 link_->query(dialect().list_columns, "looking at the table " + table, {table}));
    std::map<std::string, std::string> out;
    for (const row& r : rows)
      if (r.size() >= 2) out.emplace(r[0].value_or(""), r[1].value_or(""));
    return out;
  }

  void plan_creation(const table_schema& table, table_change& change) const {
    change.create = true;
    change.statements.push_back(sql::create_table(dialect(), how_.schema, table));
  }

  result<table_change> compare(const table_schema& table) {
    table_change change;
    MILLRACE_TRY(const auto present, columns_of(table.collection));
    if (present.empty()) {
      plan_creation(table, change);
      return change;
    }
    for (const sql::physical_column& wanted : sql::physical_columns(dialect(), table)) {
      const auto found = present.find(wanted.name);
      if (found == present.end()) {
        change.add_columns.push_back(wanted.name);
        change.statements.push_back(sql::add_column(dialect(), how_.schema, table, wanted));
      } else if (lowered(found->second) != lowered(wanted.type)) {
        change.notices.push_back(
            {table.collection, "column_type_differs",
             fmt::format(
                 "the column {}.{} is {} in the warehouse and would be {} today; it is left as "
                 "it is",
                 table.collection, wanted.name, found->second, wanted.type)});
      }
    }
    return change;
  }

  result<std::vector<row>> read_checkpoint_rows() {
    MILLRACE_TRY(const auto present, columns_of(sql::checkpoint_table().collection));
    if (present.empty()) return std::vector<row>{};
    return link_->query(sql::read_checkpoints(dialect(), how_.schema), "reading the checkpoints");
  }

  static checkpoint parse_checkpoint(const row& r) {
    checkpoint c;
    c.collection = r[0].value_or("");
    c.object = r[1].value_or("");
    if (r[2]) c.cursor = parse_timestamp(*r[2]);
    c.complete = r[3].value_or("0") == "1";
    if (r[4]) c.committed_at = parse_timestamp(*r[4]).value_or(time_point{});
    const std::string rows = r[5].value_or("0");
    std::from_chars(rows.data(), rows.data() + rows.size(), c.rows);
    return c;
  }

  /// Within the open transaction.
  result<void> save(const checkpoint& position, time_point now) {
    const std::string statement =
        sql::merge(dialect(), how_.schema, sql::checkpoint_table(), merge_mode::first_load, 1);
    const std::string written = to_canonical(now);
    return link_->execute(
        statement, "saving the checkpoint of " + position.collection,
        {position.collection, position.object,
         position.cursor ? parameter(to_canonical(*position.cursor)) : parameter(),
         position.complete ? "1" : "0", to_canonical(position.committed_at),
         std::to_string(position.rows), written, written});
  }

  connecting how_;
  std::unique_ptr<connection> link_;  ///< none: the database file is not there yet
  driver_facts facts_;
  std::unique_ptr<loader> loader_;
};

/// The dialect by its configured name, or by what the driver says.
result<std::shared_ptr<const sql::dialect>> choose_dialect(const std::vector<sql::dialect>& known,
                                                           const std::string& wanted,
                                                           const driver_facts& facts) {
  std::string names;
  for (const sql::dialect& d : known) {
    const bool fits = wanted.empty() ? holds_any(facts.driver_name, d.driver_patterns) ||
                                           holds_any(facts.dbms_name, d.dbms_patterns)
                                     : d.name == wanted;
    if (fits) return std::make_shared<const sql::dialect>(d);
    names += (names.empty() ? "" : ", ") + d.name;
  }
  if (!wanted.empty())
    return failure(errc::dialect_invalid, fmt::format("there is no dialect '{}'", wanted),
                   fmt::format("Known dialects: {}", names));
  return failure(
      errc::dialect_invalid,
      fmt::format("no dialect fits the driver {} of {}", facts.driver_name, facts.dbms_name),
      fmt::format("Name one in the warehouse's `dialect`; known: {}", names));
}

/// A guess from the connection string alone, before a driver is asked: is this a database in a
/// file?
const sql::dialect* file_dialect_of(const std::vector<sql::dialect>& known,
                                    const std::string& wanted, const connection_string& text) {
  const std::string driver = text.find("Driver").value_or("");
  for (const sql::dialect& d : known) {
    if (d.style != sql::schema_style::file) continue;
    if (wanted.empty() ? holds_any(driver, d.dbms_patterns) || holds_any(driver, d.driver_patterns)
                       : d.name == wanted)
      return &d;
  }
  return nullptr;
}

/// The folder must be there and writable; the driver's own words for that are "unable to open".
result<bool> file_is_absent(const std::string& path, const std::string& warehouse) {
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path file = path;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto refuse = [&](std::string message, std::string advice) {
    error e{
        errc::warehouse_unreachable, std::move(message), std::move(advice), retry::never, {}, {}};
    return failure(std::move(e.with("warehouse", warehouse)));
  };
  if (!fs::is_directory(folder, ec))
    return refuse(
        fmt::format("the folder {} for the database file does not exist", folder.string()),
        "Create it, or correct Database= in the connection string");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return refuse(
        fmt::format("the folder {} for the database file is not writable", folder.string()),
        "Give this user the right to write there: the database keeps its journal beside it");
  if (!fs::exists(file, ec)) return true;
  if (fs::is_directory(file, ec))
    return refuse(fmt::format("{} is a folder, not a database file", path),
                  "Correct Database= in the connection string");
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return refuse(fmt::format("the database file {} is not writable", path),
                  "Give this user the right to read and write it");
  return false;
}

}  // namespace

result<std::unique_ptr<warehouse>> open_warehouse(const warehouse_target& target) {
  MILLRACE_TRY(const auto known, sql::load_dialects(target.dialect_folders));
  MILLRACE_TRY(const std::string text, with_schema(target.connection_string, target.schema));
  connecting how;
  how.warehouse = target.name;
  how.schema = target.schema;
  MILLRACE_TRY(how.text, connection_string::parse(text));

  if (const sql::dialect* file_style = file_dialect_of(known, target.dialect, how.text)) {
    for (const auto& [key, value] : file_style->connection_defaults)
      how.text.set_default(key, value);
    const auto path = how.text.find("Database");
    if (path && !path->empty()) {
      MILLRACE_TRY(how.file_absent, file_is_absent(*path, target.name));
    }
    if (how.file_absent) {
      // Asks the driver for its facts on a database in memory: nothing is created by looking.
      connection_string probe = how.text;
      probe.set("Database", ":memory:");
      MILLRACE_TRY(const auto link, connection::open(target.name, probe.text()));
      how.dialect = std::make_shared<const sql::dialect>(*file_style);
      return std::make_unique<odbc_warehouse>(std::move(how), nullptr, link->facts());
    }
  }

  MILLRACE_TRY(const auto first, connection::open(target.name, how.text.text()));
  const driver_facts facts = first->facts();
  MILLRACE_TRY(how.dialect, choose_dialect(known, target.dialect, facts));
  for (const auto& [key, value] : how.dialect->connection_defaults)
    how.text.set_default(key, value);
  MILLRACE_TRY(auto link, connect(how));
  return std::make_unique<odbc_warehouse>(std::move(how), std::move(link), facts);
}

}  // namespace millrace::odbc
