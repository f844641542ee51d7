// render_dialect [DIALECT...]: every form of statement that the dialects can make, one JSON object
// a line, for tests that parse or run them:
//
//   {"dialect", "title", "tested", "table", "what", "mode", "loader", "rows", "parameters", "sql"}
//
// `mode`, `loader`, `rows`, `column` and `type` are there where they mean something. `parameters`
// is how many marks the statement must have. The file of a local file is called /proc/self/fd/0,
// which a test replaces. A line of "what" `probe_row` has `cells` instead of a statement: what a
// loader must bring back before it is used.
#include "engine/sql/dialect_file.hpp"
#include "engine/sql/history_tables.hpp"
#include "engine/sql/merges.hpp"
#include "engine/sql/probe_rows.hpp"
#include "engine/sql/refused_table.hpp"
#include "engine/sql/statements.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace millrace;
using namespace millrace::sql;

constexpr const char* file_name = "/proc/self/fd/0";

/// A table as an org has it, with every type, long texts and wide numbers.
table_schema plain_table() {
  table_schema t;
  t.collection = "leads";
  t.label = "Leads";
  const auto add = [&](const char* name, value_type type, const char* label = "",
                       std::uint32_t length = 0, std::uint16_t precision = 0,
                       std::uint16_t scale = 0) {
    t.columns.push_back({name, name, label, type, length, precision, scale});
  };
  add("id", value_type::text, "Lead ID", 18);
  add("name", value_type::text, "Full Name", 80);
  add("notes", value_type::text, "It's \"notes\", 100% \\ (all)", 131'072);
  add("unknown_length", value_type::text, "");
  add("is_deleted", value_type::boolean, "Deleted");
  add("employees", value_type::integer, "Employees");
  add("amount", value_type::decimal, "Amount", 0, 18, 2);
  add("unknown_digits", value_type::decimal);
  add("ratio", value_type::floating, "", 0, 18, 6);
  add("birth_date", value_type::date);
  add("preferred_time", value_type::time);
  add("system_modstamp", value_type::timestamp, "System Modstamp");
  t.version = t.columns.size() - 1;
  return t;
}

/// Names that are legal and hostile: reserved words, quotes, the longest.
table_schema hostile_table() {
  table_schema t;
  t.collection = "order";
  t.label = "Order; DROP TABLE \"x\" -- it's";
  const auto add = [&](const std::string& name, value_type type, std::uint32_t length = 0,
                       std::uint16_t precision = 0, std::uint16_t scale = 0) {
    t.columns.push_back({name, name, "", type, length, precision, scale});
  };
  add("id", value_type::text, 18);
  add("group", value_type::text, 80);
  add("select", value_type::boolean);
  add("q\"u`o]t'e", value_type::text, 255);
  add("{table}", value_type::decimal, 0, 18, 2);
  add(std::string(63, 'x'), value_type::date);
  add("where", value_type::timestamp);
  t.version = t.columns.size() - 1;
  return t;
}

/// With the columns that mark rows whose record is gone.
table_schema marked_table() {
  table_schema t;
  t.collection = "cases";
  t.columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
               {"system_modstamp", "SystemModstamp", "", value_type::timestamp, 0, 0, 0},
               {"is_deleted", "IsDeleted", "", value_type::boolean, 0, 0, 0},
               {deleted_at_column, "", "", value_type::timestamp, 0, 0, 0}};
  t.version = 1;
  t.is_deleted = 2;
  t.deleted_at = 3;
  return t;
}

/// Without a version every cell is compared.
table_schema unversioned_table() {
  table_schema t;
  t.collection = "pricebooks";
  t.label = "Price Books";
  t.columns = {{"id", "Id", "", value_type::text, 18, 0, 0},
               {"name", "Name", "", value_type::text, 4000, 0, 0},
               {"active", "IsActive", "", value_type::boolean, 0, 0, 0}};
  return t;
}

class renderer {
 public:
  renderer(const dialect& d, std::string schema, table_schema table)
      : d_(d), schema_(std::move(schema)), table_(std::move(table)) {}

  void session() {
    for (const std::string& sql : d_.session_statements)
      print("session", sql);
    print("rows_written", d_.rows_written);
    print("rows_corrected", d_.rows_corrected);
    print("session_time", d_.session_time);
    for (const loader_rule& loader : d_.loaders)
      print("warnings", loader.warnings);
  }

  void rows_of_the_probe() {
    for (const probe_row& row : probe_rows(d_, "0a1b2c3d")) {
      boost::json::array cells;
      for (const auto& cell : row)
        cells.push_back(cell ? boost::json::value(*cell) : boost::json::value(nullptr));
      fmt::print("{}\n", boost::json::serialize(boost::json::object{
                             {"dialect", d_.name}, {"what", "probe_row"}, {"cells", cells}}));
    }
  }

  /// What is asked of the tables of runs and notices, beside what is asked of every table.
  void history() {
    present_columns present;
    for (const table_column& c : table_.columns)
      present.emplace(c.name, "");
    const bool of_runs = table_.collection == run_table().collection;
    const auto reads = [&] {
      return of_runs ? read_runs(d_, schema_, present) : read_notices(d_, schema_, present, 3);
    };
    print("read_history", reads(), of_runs ? 1 : 3);
    present.erase("collection");
    print("read_older_history", reads(), of_runs ? 1 : 3);
    print("outdated_rows", outdated_rows(d_, schema_, table_), 2);
  }

  void refused() {
    print("read_quarantined", read_quarantined(d_, schema_), 1);
    print("read_entries", read_entries(d_, schema_), 1);
  }

  void all() {
    about_the_table();
    for (const merge_mode mode : {merge_mode::insert, merge_mode::first_load, merge_mode::newer,
                                  merge_mode::changed, merge_mode::existing}) {
      if (mode == merge_mode::insert && d_.merge.insert.empty()) continue;
      for (const loader_rule& loader : d_.loaders)
        if (!loader.for_updates || mode == merge_mode::existing) load(mode, loader);
    }
  }

 private:
  void print(const char* what, const std::string& sql, std::size_t parameters = 0,
             boost::json::object more = {}) {
    if (sql.empty()) return;
    more["dialect"] = d_.name;
    more["title"] = d_.title;
    more["tested"] = d_.tested;
    more["table"] = table_.collection;
    more["what"] = what;
    more["parameters"] = parameters;
    more["sql"] = sql;
    fmt::print("{}\n", boost::json::serialize(more));
  }
  void print(const char* what, const std::vector<std::string>& statements) {
    for (const std::string& sql : statements)
      print(what, sql);
  }

  void about_the_table() {
    print("create_schema", create_schema(d_, schema_));
    print("create_table", create_table(d_, schema_, table_));
    for (const physical_column& c : physical_columns(d_, table_)) {
      if (c.is_key) continue;
      for (const std::string& sql : add_column(d_, schema_, table_, c))
        print("add_column", sql, 0, {{"column", c.name}, {"type", c.type}});
      widen(c);
    }
    print("list_columns", list_columns(d_, schema_, table_.collection));
    print("list_key", list_key(d_, schema_, table_.collection));
    print("is_empty", is_empty(d_, schema_, table_));
    for (const std::size_t keys : {1U, 3U})
      print("remove_rows", remove_rows(d_, schema_, table_, keys), keys);
    table_schema keys;
    keys.collection = "_millrace_keys";
    keys.columns = {table_.columns[table_.key]};
    print("vanished", vanished(d_, schema_, table_, keys));
    table_schema marked = table_;
    if (!marked.deleted_at) {
      marked.deleted_at = marked.columns.size();
      marked.columns.push_back({deleted_at_column, "", "", value_type::timestamp, 0, 0, 0});
    }
    print("vanished_marked", vanished(d_, schema_, marked, keys));
    print("missing", vanished(d_, schema_, keys, marked));
    print("drop_table", drop_table(d_, schema_, keys));
    print("rows_by_key", rows_by_key(d_, schema_, table_, 3), 3);
    print("count_rows", count_rows(d_, schema_, table_, {}, {}));
    print("keys_of_rows", keys_of_rows(d_, schema_, table_, {}, {}));
    if (table_.version) {
      print("count_live_rows", count_rows(d_, schema_, marked, {}, marked.version), 1);
      print("keys_of_live_rows",
            keys_of_rows(d_, schema_, marked, marked.is_deleted, marked.version), 1);
    }
    if (marked.is_deleted)
      print("count_by_mark", count_rows(d_, schema_, marked, marked.is_deleted, {}));
    std::map<std::string, std::string> present;
    for (const table_column& c : checkpoint_table().columns)
      present.emplace(c.name, "");
    print("read_checkpoints", read_checkpoints(d_, schema_, present));
    present.erase("source_id");
    print("read_checkpoints", read_checkpoints(d_, schema_, present));
    if (!d_.staging) return;
    print("staging_drop", of_staging(d_.staging->drop));
    print("staging_create", create_staging(d_, schema_, table_, 0));
    print("staging_clear", of_staging(d_.staging->clear));
    print("staging_analyze", of_staging(d_.staging->analyze));
  }

  /// To the widest that the rule knows.
  void widen(const physical_column& c) {
    if (c.rule->beyond.empty()) return;
    for (const std::string& sql : widen_column(d_, schema_, table_, c, c.rule->beyond))
      print("widen_column", sql, 0, {{"column", c.name}, {"type", c.rule->beyond}});
  }

  std::string of_staging(const std::string& text) {
    return text.empty() ? "" : staging_statement(d_, schema_, table_, 0, text);
  }

  void load(merge_mode mode, const loader_rule& loader) {
    const std::vector<physical_column> columns = loaded_columns(d_, table_, mode);
    const bool lists_rows = loader.kind == loader_kind::multi_row ||
                            loader.kind == loader_kind::single_row ||
                            loader.kind == loader_kind::parameter_arrays;
    for (const std::size_t rows : {1U, 3U}) {
      // Only these have a form for each number of rows.
      if (rows > 1 && loader.kind != loader_kind::multi_row) continue;
      source_shape shape{rows, "02", "03", "04", file_name, "0a1b", 0};
      const std::size_t constants = constants_of(mode);
      const std::size_t parameters = lists_rows ? columns.size() * rows
                                     : loader.kind == loader_kind::local_file ? 0
                                                                              : constants + 1;
      const boost::json::object about{{"mode", name_of(mode)},
                                      {"loader", name_of(loader.kind)},
                                      {"direct", loader.direct},
                                      {"rows", rows}};
      const std::string source = source_of(d_, loader, columns, constants, shape);
      if (loader.direct) {
        for (const std::string& sql : merge_statements(d_, schema_, table_, mode, source))
          print("merge", sql, parameters, about);
        continue;
      }
      for (; shape.step < loader.into_staging.size(); ++shape.step)
        print("staging_fill", fill_staging(d_, schema_, table_, 0, mode, loader, shape), 0, about);
      if (loader.into_staging.empty())
        print("staging_insert", insert_staging(d_, schema_, table_, 0, mode, source), parameters,
              about);
      for (const std::string& sql :
           merge_statements(d_, schema_, table_, mode, staged_source(d_, schema_, table_, 0, mode)))
        print("merge", sql, 0, about);
    }
  }

  const dialect& d_;
  std::string schema_;
  table_schema table_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  const auto known = load_dialects({});
  if (!known) {
    fmt::print(stderr, "{}\n", to_string(known.error()));
    return 1;
  }
  for (const dialect& d : *known) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), d.name) == wanted.end())
      continue;
    renderer(d, "crm", plain_table()).session();
    renderer(d, "crm", plain_table()).all();
    renderer(d, "user", hostile_table()).all();
    renderer(d, "crm", unversioned_table()).all();
    renderer(d, "crm", marked_table()).all();
    renderer(d, "crm", checkpoint_table()).all();
    for (const table_schema& kept : {run_table(), notice_table()}) {
      renderer(d, "crm", kept).all();
      renderer(d, "crm", kept).history();
    }
    renderer(d, "crm", refused_table()).all();
    renderer(d, "crm", refused_table()).refused();
    renderer(d, "crm", probe_table("_millrace_probe_0")).all();
    renderer(d, "crm", probe_table("_millrace_probe_0")).rows_of_the_probe();
  }
  return 0;
}
