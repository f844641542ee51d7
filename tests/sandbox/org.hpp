// The state of one simulated org: its clock, tables, sessions, cursors, jobs, counters and faults.
#pragma once

#include "auth.hpp"
#include "deletions.hpp"
#include "faults.hpp"
#include "message.hpp"
#include "render.hpp"
#include "schema.hpp"
#include "table.hpp"
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sandbox {

struct org_options {
  std::string name = "demo";
  std::uint64_t seed = 1;
  std::string scale = "small";
  std::map<std::string, std::size_t> sizes;
  std::set<std::string> only;  ///< empty: all objects
  int bulk_delay_ms = 200;
  std::size_t page_rows = 0;  ///< 0: 2,000, fewer for wide rows
  int latency_ms = 0;
  std::uint64_t first_number = 1;  ///< of sessions, cursors and jobs
};

/// Clocks that a test may replace: milliseconds of the wall and of a clock that only runs on.
struct clocks {
  std::function<std::int64_t()> wall_ms;
  std::function<std::int64_t()> steady_ms;
};
clocks real_clocks();

using numbers = std::vector<std::uint32_t>;

/// What a query keeps for its further pages.
struct cursor {
  std::shared_ptr<renderer> rows;
  std::string object;
  std::string version;
  numbers records;
  std::size_t page = 2000;
};

struct bulk_job {
  std::string id;
  std::string object;
  std::string operation;
  std::string query;
  std::string version;
  std::string state;  ///< of its end; empty: by the clock
  std::string message;
  std::string delimiter = "COMMA";
  std::string line_ending = "LF";
  stamp created = 0;
  std::int64_t started_at = 0;  ///< of the steady clock
  moment as_of = 0;             ///< results do not change when records do
  std::shared_ptr<renderer> rows;
  numbers records;
};

/// A change of the schema; some wait for the next describe of its object.
struct schema_change {
  std::string object;
  std::string drop_field;
  std::string show_field;
  std::optional<field_def> add_field;
  std::optional<field_def> retype_field;  ///< the field of that name, with another type
  std::string rename_field;
  std::string rename_to;
  bool hide = false;
  bool show = false;
};

/// What tests turn: limits of the org, and how it behaves where nobody knows for sure.
struct org_settings {
  std::uint64_t daily_limit = 5'000'000;
  std::size_t delete_log_limit = 15'000;
  std::size_t id_limit = 600'000;             ///< of one getDeleted
  std::int64_t long_transaction_seconds = 0;  ///< holds latestDateCovered back
  bool hard_deletes_are_listed = true;        ///< by getDeleted
  bool purged_log_is_an_error = false;        ///< else the answer begins later than asked
  bool cascades = true;                       ///< what is deleted takes its children along
  bool cascades_are_stamped = true;
  bool formulas_follow = true;  ///< the records they show
  bool undeletes_are_stamped = true;
  int oldest_version = 31;
  int retired_status =
      404;  ///< what a version that is retired is answered by, with its own code ..
  bool retired_is_named = true;  ///< .. or as any path that is not there
  // Of composite requests nobody knows for sure (2.9).
  bool composite_counts_each = false;  ///< as a batch does; else the whole is one call
  std::string composite_refuses;       ///< "all", "describe", "query"; empty: nothing
  std::size_t composite_max = 25;
  std::size_t composite_queries_max = 5;
  std::size_t result_page_rows = 50'000;  ///< of a Bulk result page, unless fewer are asked for
  bool guide_spelling = false;            ///< "nextRecordUrl" in lists of result pages
};

class org {
 public:
  org(org_options options, clocks time);

  [[nodiscard]] const org_options& options() const { return options_; }
  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] stamp now() const { return time_.wall_ms() + shift_ms_; }
  /// Stamps of writes have no milliseconds.
  [[nodiscard]] stamp write_stamp() const { return now() / 1000 * 1000; }
  [[nodiscard]] std::int64_t steady() const { return time_.steady_ms(); }
  void advance(std::int64_t seconds) { shift_ms_ += seconds * 1000; }
  /// Does what is due by now. Called before every request.
  void settle();
  /// A transaction: its writes happen when it is due, with the stamps of its begin.
  void commit_at(stamp began, stamp due, std::function<void()> writes);
  /// When the oldest transaction began that is not committed; now, if there is none.
  [[nodiscard]] stamp oldest_transaction() const;
  /// The moment of the next write.
  moment next_moment() { return ++moment_; }
  [[nodiscard]] moment this_moment() const { return moment_; }

  [[nodiscard]] const schema& objects() const { return schema_; }
  [[nodiscard]] bool hidden(const object_def& object) const {
    return hidden_.contains(object.name);
  }
  [[nodiscard]] const object_def* find(std::string_view object) const;
  /// An object even if it is hidden.
  [[nodiscard]] const object_def* known(std::string_view object) const;
  /// The records of an object; made at the first use.
  table& records(const object_def& object);
  [[nodiscard]] stamp schema_changed(const std::string& object) const;
  void change_schema(const schema_change& change);
  /// Renderers are shared by requests for the same fields.
  std::shared_ptr<renderer> rows_of(const object_def& object,
                                    const std::vector<std::size_t>& fields, shape how);

  std::string open_session();
  /// Using a session keeps it alive.
  [[nodiscard]] bool is_session(const std::string& token);
  void expire_sessions() { sessions_.clear(); }
  void end_sessions(const std::set<std::string>& tokens);
  /// From now on the org is at another address; sessions end with the old one.
  void move() {
    ++address_;
    sessions_.clear();
  }
  /// The part of a path that leads to this org now: "NAME", or "NAME@2".
  [[nodiscard]] std::string address() const;

  std::string keep(cursor c);
  cursor* find_cursor(const std::string& id);
  std::string new_id(std::string_view prefix);
  [[nodiscard]] std::string org_id() const;
  [[nodiscard]] std::string user_id() const;
  /// The one that the org begins with.
  [[nodiscard]] std::string refresh_token() const { return "sandbox-refresh-" + name(); }

  /// A request came; false: the day's calls are spent. `paid_as`: none when another call pays.
  bool count(const std::string& kind, const std::string& object,
             const std::optional<std::string>& paid_as);
  void spend(std::uint64_t calls);
  /// Calls of the last 24 hours.
  [[nodiscard]] std::uint64_t used() const { return used_; }

  org_auth auth;
  // The user's rights.
  bool view_all_data = true;
  bool view_setup = true;  ///< may read object permissions
  std::set<std::string> view_all_records;
  std::int64_t session_ms = 0;  ///< without use; 0: for ever
  org_settings settings;
  deletions deleted;
  /// What went with a record that was deleted, and comes back with it: object and number.
  std::map<std::pair<std::string, std::uint32_t>,
           std::vector<std::pair<std::string, std::uint32_t>>>
      cascades;
  std::map<std::string, bulk_job> jobs;
  fault_list faults;
  std::vector<schema_change> after_describe;
  std::map<std::string, std::uint64_t> kinds;                              ///< requests by kind
  std::map<std::string, std::map<std::string, std::uint64_t>> of_objects;  ///< object, kind, count
  std::map<std::string, std::uint64_t> paid;  ///< of those, what cost a call
  std::uint64_t total = 0;
  std::uint64_t spent = 0;  ///< calls as the limits count them

 private:
  org_options options_;
  clocks time_;
  std::int64_t shift_ms_ = 0;
  moment moment_ = 0;
  struct pending {
    stamp began = 0;
    stamp due = 0;
    std::function<void()> writes;
  };
  std::vector<pending> pending_;
  std::deque<std::pair<stamp, std::uint64_t>> calls_;  ///< of a minute each
  std::uint64_t used_ = 0;
  schema schema_;
  std::set<std::string> hidden_;
  std::map<std::string, stamp> schema_changed_;
  std::map<std::string, std::unique_ptr<table>> tables_;
  std::deque<std::pair<std::string, std::shared_ptr<renderer>>> renderers_;
  std::map<std::string, stamp> sessions_;  ///< by token: last use
  unsigned address_ = 0;
  std::map<std::string, cursor> cursors_;
  std::deque<std::string> cursor_order_;
  std::size_t cursor_rows_ = 0;
  std::uint64_t next_number_ = 1;
};

}  // namespace sandbox
