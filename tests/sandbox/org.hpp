// The state of one simulated org: its clock, tables, sessions, cursors, jobs, counters and faults.
#pragma once

#include "message.hpp"
#include "render.hpp"
#include "schema.hpp"
#include "table.hpp"
#include <chrono>
#include <cstdint>
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
  int bulk_delay_ms = 200;
  std::size_t page_rows = 2000;
  int latency_ms = 0;
};

/// What a query keeps for its further pages.
struct cursor {
  std::shared_ptr<renderer> rows;
  std::string object;
  std::vector<std::uint32_t> records;
};

struct bulk_job {
  std::string id;
  std::string object;
  std::string operation;
  std::string version;
  std::string state = "UploadComplete";
  std::string message;
  stamp created = 0;
  std::int64_t ready_at = 0;  ///< milliseconds of the steady clock
  std::shared_ptr<renderer> rows;
  std::vector<std::uint32_t> records;
};

/// What shall go wrong, and how often.
struct fault {
  std::uint64_t id = 0;
  std::string kind;    ///< of request: "describe", "query", ... or "any"
  std::string object;  ///< empty: any
  int count = 1;       ///< -1: for ever
  int skip = 0;
  std::string type;
  int status = 500;
  std::string code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t after_bytes = 0;
  int ms = 0;
};

/// A change of the schema that waits for the next describe of its object.
struct pending_change {
  std::string object;
  std::string drop_field;
  std::optional<field_def> add_field;
  bool hide = false;
};

class org {
 public:
  org(org_options options, std::function<std::int64_t()> wall_ms,
      std::function<std::int64_t()> steady_ms);

  [[nodiscard]] const org_options& options() const { return options_; }
  [[nodiscard]] stamp now() const { return wall_ms_() + shift_ms_; }
  [[nodiscard]] std::int64_t steady() const { return steady_ms_(); }
  void advance(std::int64_t seconds) { shift_ms_ += seconds * 1000; }

  [[nodiscard]] const schema& objects() const { return schema_; }
  [[nodiscard]] const object_def* find(std::string_view object) const;
  /// The records of an object; made at the first use.
  table& records(const object_def& object);
  void change_schema(const pending_change& change);

  std::string open_session();
  [[nodiscard]] bool is_session(const std::string& token) const {
    return sessions_.contains(token);
  }
  void expire_sessions() { sessions_.clear(); }

  std::string keep(cursor c);
  cursor* find_cursor(const std::string& id);

  std::map<std::string, bulk_job> jobs;
  std::vector<fault> faults;
  std::vector<pending_change> pending;
  std::map<std::string, std::uint64_t> kinds;  ///< requests by kind
  std::map<std::string, std::map<std::string, std::uint64_t>>
      of_objects;  ///< object -> kind -> count
  std::uint64_t total = 0;
  std::uint64_t next_number = 1;
  static constexpr std::uint64_t daily_limit = 100'000;

  [[nodiscard]] std::string org_id() const;

 private:
  org_options options_;
  std::function<std::int64_t()> wall_ms_;
  std::function<std::int64_t()> steady_ms_;
  std::int64_t shift_ms_ = 0;
  schema schema_;
  std::set<std::string> hidden_;
  std::map<std::string, std::unique_ptr<table>> tables_;
  std::set<std::string> sessions_;
  std::map<std::string, cursor> cursors_;
  std::vector<std::string> cursor_order_;
};

}  // namespace sandbox
