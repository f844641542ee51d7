// The warehouse side: one blocking connection to one schema. Used only from a writer's own thread.
#pragma once

#include "engine/error.hpp"
#include "engine/model/batch.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/key_filter.hpp"
#include "engine/model/merge_mode.hpp"
#include "engine/model/run_history.hpp"
#include "engine/model/table.hpp"
#include "engine/model/table_change.hpp"
#include "engine/model/value_policy.hpp"
#include "engine/model/window.hpp"
#include "engine/schedule/writer_threads.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The warehouse's word that a batch is committed (I4).
struct receipt {
  std::uint64_t rows = 0;  ///< offered, after duplicates of a key inside the batch were dropped
  std::uint64_t rows_written = 0;    ///< inserted or changed
  std::uint64_t rounded = 0;         ///< values of which a column holds fewer digits (I9)
  std::uint64_t refused = 0;         ///< cells that are NULL because their value was not taken (I9)
  std::uint64_t quarantined = 0;     ///< rows that were not written for it
  std::vector<notice> notices = {};  ///< for example that another loader had to be used
};

/// One batch to be merged, and the checkpoint that holds once it is.
struct batch_write {
  const batch* rows = nullptr;
  merge_mode mode = merge_mode::changed;
  const checkpoint* position = nullptr;  ///< none: rows only
};

/// How a table and the source differ in which records there are.
struct key_difference {
  std::vector<std::string> vanished;  ///< rows whose record is gone
  std::vector<std::string> missing;   ///< records whose row is not there, or is marked as deleted
  std::vector<std::string> marked = {};  ///< rows whose record is gone and that are marked already;
                                         ///< looked for where fields are hashed
};

/// Rows of records that are there: neither marked as gone nor in the recycle bin.
struct live_rows {
  std::optional<std::size_t> made;  ///< column that tells when a record was made ..
  time_point before{};              ///< .. and only what was made before this is meant
};

/// What a table has for a record: no row, a row with another cell, or the very same.
enum class row_state : std::uint8_t { missing, differs, same };
struct row_finding {
  row_state state = row_state::missing;
  bool live = false;  ///< there is a row, and it is a live one
};

/// Everything here blocks, and is called from one thread at a time.
class warehouse {
 public:
  warehouse() = default;
  warehouse(const warehouse&) = delete;
  warehouse& operator=(const warehouse&) = delete;
  virtual ~warehouse() = default;

  [[nodiscard]] virtual const driver_facts& facts() const = 0;
  /// A call has thrown: nothing of it is left to others.
  virtual void distrust() {}
  /// Creates the schema where the warehouse needs that, and the table of checkpoints.
  virtual result<void> open_schema() = 0;
  /// What `ensure_table` would do, without doing it. Works without `open_schema`.
  virtual result<table_change> plan_table(const table_schema& table) = 0;
  /// Creates the table or adds columns. Where it creates, the collection's checkpoint goes in the
  /// same transaction (or before), so that all of it is read. Where rows lack a column's values,
  /// the checkpoint of the pass "history" says so from then on, likewise (I11).
  virtual result<table_change> ensure_table(const table_schema& table, time_point now) = 0;
  /// Whether the table holds no row.
  virtual result<bool> table_is_empty(const table_schema& table) = 0;
  /// All checkpoints of the schema; none when millrace has never been here.
  virtual result<std::vector<checkpoint>> read_checkpoints() = 0;
  /// Merges the rows and commits them together with `position`, if given, in one transaction (I1).
  /// A batch without rows commits the checkpoint alone. On an error nothing is committed, unless
  /// the error says that this is unknown; a repeat is always safe. What the warehouse refuses of
  /// the rows goes the way of the target's policy, and the rest is written.
  virtual result<receipt> write(const batch_write& one, time_point now) = 0;
  /// The same for several in one transaction, in their order: waiting for the disk once serves them
  /// all. An error does not tell whose it is.
  virtual result<std::vector<receipt>> write_together(const std::vector<batch_write>& batches,
                                                      time_point now) = 0;
  /// Deletes the rows with these keys. Returns how many there were.
  virtual result<std::uint64_t> remove(const table_schema& table,
                                       const std::vector<std::string>& keys) = 0;
  /// Makes an empty table for keys that the source holds, in place of one that is there.
  virtual result<void> begin_keys(const table_schema& keys) = 0;
  /// Compares the rows of `table` with those keys, which have come in by `write` (I14), and drops
  /// the table of keys. Rows that are marked as deleted count as gone.
  virtual result<key_difference> compare_keys(const table_schema& table,
                                              const table_schema& keys) = 0;
  /// How many rows there are.
  virtual result<std::uint64_t> count_rows(const table_schema& table, const live_rows& which) = 0;
  /// What the table has for each record of the batch, whose table's columns are looked at.
  virtual result<std::vector<row_finding>> look_up(const batch& rows) = 0;
  /// Keys of rows that are not among the known ones, the first that come.
  virtual result<std::vector<std::string>> keys_beyond(const table_schema& table,
                                                       const live_rows& which,
                                                       const key_filter& known,
                                                       std::size_t at_most) = 0;
  /// Tries what a sync will need: rights, every type with hostile values, the loaders. Leaves
  /// nothing behind but the schema, where making it cannot be taken back. `now`: by this machine's
  /// clock, against which the session's is held.
  virtual result<std::vector<warehouse_finding>> examine(time_point now) = 0;
  /// Drops the checkpoints of these collections, of all when none is named, and of their passes, so
  /// that the next run reads in full. Tables stay. Returns how many collections had one.
  virtual result<std::uint64_t> forget(const std::vector<std::string>& collections) = 0;
  /// Drops what `_millrace_refused` keeps of fields that the table hashes and that were not hashed
  /// then, with rows as a whole that have such a field. Returns how many entries that were. Works
  /// without `open_schema`; a repeat is always safe.
  virtual result<std::uint64_t> remove_concealed(const table_schema& table) = 0;
  /// Keeps what a run came to, and drops what is older than is wanted, in one transaction. Makes
  /// the tables for that, or what they lack. Needs `open_schema`; a repeat is always safe.
  virtual result<void> record(const run_history& what, time_point now) = 0;
  /// What the last runs came to, the latest first; nothing when none was recorded. Works without
  /// `open_schema`, and with tables of older versions.
  virtual result<run_history> read_history(const history_order& wanted) = 0;
};

/// What was learned about a warehouse's loaders, for all connections of the process.
struct loader_memory;
std::shared_ptr<loader_memory> make_loader_memory();

namespace odbc {
class idle_connections;
class statement_watch;
}  // namespace odbc
/// Keeps connections for a while, from one run to the next.
std::shared_ptr<odbc::idle_connections> make_idle_connections();
/// Ends statements that run for too long, for all connections of the process.
std::shared_ptr<odbc::statement_watch> make_statement_watch();
/// From any thread: cancels what runs now; its calls return errors.
void cancel_statements(odbc::statement_watch& watch);

namespace odbc {
class rounding_log;
}
/// What tables round, for all connections of one run.
std::shared_ptr<odbc::rounding_log> make_rounding_log();

/// How to reach one warehouse schema.
struct warehouse_target {
  std::string name;  ///< the configuration's name, for messages
  std::string
      connection_string;  ///< secrets resolved; `{schema}` not yet replaced. Never logged (I16)
  std::string schema;
  std::string dialect;                       ///< empty: recognised from the driver
  std::vector<std::string> dialect_folders;  ///< searched in order for NAME.toml
  std::size_t lane = 0;  ///< which of the connections that load one schema side by side
  std::shared_ptr<loader_memory> memory;  ///< none: learned anew by each connection
  /// None: statements may run for ever.
  std::shared_ptr<odbc::statement_watch> watch;
  milliseconds statement_timeout{0};                 ///< of one statement, when there is a watch
  std::shared_ptr<odbc::rounding_log> rounded = {};  ///< none: each connection has its own
  /// Of the thread that uses the connection: shown what it does. None: nobody looks.
  std::shared_ptr<writer_thread> thread = {};
  value_policy refused_values = value_policy::keep_as_text;
  /// Where connections are left for others, and taken from. None: each is closed.
  std::shared_ptr<odbc::idle_connections> idle = {};
};

}  // namespace millrace
