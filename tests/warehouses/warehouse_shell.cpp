// warehouse_shell ODBC SCHEMA [DIALECT [FOLDER [MILLISECONDS [POLICY]]]]: the warehouse interface
// for tests that are not in C++. Opens the warehouse and says so in a first line; then one JSON
// object a line is a command, and one JSON line answers it, with the command's `do` in it.
// MILLISECONDS: how long a statement may run. POLICY: for values that are refused.
//
//   {"do": "ensure", "table": T}                       opens the schema too, the first time
//   {"do": "write", "table": T, "rows": [[..]..], "mode": M, "checkpoint": C, "now": "TIME"}
//   {"do": "remove", "table": T, "keys": [..]}
//   {"do": "remove_concealed", "table": T}
//   {"do": "begin_keys", "keys": T}
//   {"do": "compare_keys", "table": T, "keys": T}
//   {"do": "checkpoints"}   {"do": "forget", "collections": [..]}   {"do": "examine"}   {"do":
//   "facts"}
//   {"do": "cancel"}        while another command runs: answered at once, and maybe first
//
// T: {"name", "label", "version", "columns": [{"name", "type", "label", "length", "precision",
// "scale", "hashed"}]}; the first column is the key. M: first_load, newer, changed, existing. C:
// {"collection", "cursor", "complete"}. Cells are canonical texts or null. A failure is
// {"error": {"code", "retry", "message", "advice", "context"}}.
#include "connectors/odbc/odbc_warehouse.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <clocale>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace millrace;
namespace json = boost::json;

std::string text_or(const json::object& from, const char* key, std::string otherwise) {
  const json::value* found = from.if_contains(key);
  return found != nullptr && found->is_string() ? json::value_to<std::string>(*found)
                                                : std::move(otherwise);
}

template <class Number>
Number number_or_zero(const json::object& from, const char* key) {
  const json::value* found = from.if_contains(key);
  return found == nullptr ? Number{0} : found->to_number<Number>();
}

/// The one of `all` that is called `name`.
template <class Word, std::size_t Count>
Word word_of(const std::array<Word, Count>& all, std::string_view name) {
  for (const Word word : all)
    if (name_of(word) == name) return word;
  throw std::invalid_argument(fmt::format("there is no '{}'", name));
}

constexpr std::array types{value_type::text,    value_type::boolean,  value_type::integer,
                           value_type::decimal, value_type::floating, value_type::date,
                           value_type::time,    value_type::timestamp};
constexpr std::array modes{merge_mode::insert, merge_mode::first_load, merge_mode::newer,
                           merge_mode::changed, merge_mode::existing};

table_ptr table_of(const json::object& command, const char* name = "table") {
  const json::object& from = command.at(name).as_object();
  auto out = std::make_shared<table_schema>();
  out->collection = text_or(from, "name", "");
  out->label = text_or(from, "label", "");
  const std::string version = text_or(from, "version", "");
  for (const json::value& v : from.at("columns").as_array()) {
    const json::object& c = v.as_object();
    table_column column;
    column.name = text_or(c, "name", "");
    column.source = column.name;
    column.label = text_or(c, "label", "");
    column.type = word_of(types, text_or(c, "type", "text"));
    column.length = number_or_zero<std::uint32_t>(c, "length");
    column.precision = number_or_zero<std::uint16_t>(c, "precision");
    column.scale = number_or_zero<std::uint16_t>(c, "scale");
    if (const json::value* hashed = c.if_contains("hashed")) column.hashed = hashed->as_bool();
    if (column.name == version) out->version = out->columns.size();
    out->columns.push_back(std::move(column));
  }
  return out;
}

batch_ptr batch_of(const json::object& command, time_point now) {
  const json::array& rows = command.at("rows").as_array();
  // However large it is, a batch of a test is one batch.
  batch_builder builder(table_of(command), {rows.size() + 1, std::size_t{1} << 30U});
  builder.set_received_at(now);
  for (const json::value& row : rows) {
    std::size_t at = 0;
    for (const json::value& cell : row.as_array()) {
      if (cell.is_string()) builder.at(at).append(cell.get_string());
      ++at;
    }
    builder.end_row();
  }
  return builder.take_rest();
}

time_point time_of(const json::object& from, const char* key, std::string otherwise) {
  const auto parsed = parse_timestamp(text_or(from, key, std::move(otherwise)));
  if (!parsed) throw std::invalid_argument(fmt::format("{} is not a time", key));
  return *parsed;
}

json::value described(const driver_facts& facts) {
  return {{"driver", facts.driver_name},
          {"dbms", facts.dbms_name},
          {"dbms_version", facts.dbms_version},
          {"dialect", facts.dialect}};
}

json::value described(const std::vector<notice>& notices) {
  json::array out;
  for (const notice& n : notices)
    out.push_back({{"collection", n.collection}, {"code", n.code}, {"text", n.text}});
  return out;
}

json::value described(const table_change& change) {
  return {{"create", change.create},
          {"add_columns", json::value_from(change.add_columns)},
          {"widen_columns", json::value_from(change.widen_columns)},
          {"owed", json::value_from(change.owed)},
          {"statements", json::value_from(change.statements)},
          {"notices", described(change.notices)}};
}

json::value described(const receipt& done) {
  return {{"rows", done.rows},
          {"rows_written", done.rows_written},
          {"rounded", done.rounded},
          {"refused", done.refused},
          {"quarantined", done.quarantined},
          {"notices", described(done.notices)}};
}

json::value described(const std::vector<checkpoint>& all) {
  json::array out;
  for (const checkpoint& c : all)
    // Of collections; their passes and notes are other tests' business.
    if (c.collection.find('/') == std::string::npos)
      out.push_back({{"collection", c.collection},
                     {"cursor", c.cursor ? json::value(to_canonical(*c.cursor)) : json::value()},
                     {"complete", c.complete}});
  return out;
}

json::value described(const std::vector<warehouse_finding>& findings) {
  json::array out;
  for (const warehouse_finding& f : findings)
    out.push_back({{"what", f.what}, {"good", f.good}, {"text", f.text}});
  return out;
}

json::value described(std::uint64_t count) {
  return count;
}

const char* name_of_retry(retry again) {
  switch (again) {
    case retry::never:
      return "never";
    case retry::later:
      return "later";
    case retry::after_login:
      return "after_login";
  }
  return "unknown";
}

json::object failed(const error& e) {
  json::object context;
  for (const auto& [key, value] : e.context)
    context[key] = value;
  return {{"error",
           {{"code", name_of(e.code)},
            {"retry", name_of_retry(e.again)},
            {"message", e.message},
            {"advice", e.advice},
            {"context", std::move(context)}}}};
}

json::value described(const key_difference& d) {
  return {{"vanished", json::value_from(d.vanished)}, {"missing", json::value_from(d.missing)}};
}

json::object answer_of(const result<void>& done) {
  if (!done) return failed(done.error());
  return {{"value", nullptr}};
}

template <class T>
json::object answer_of(const result<T>& done) {
  if (!done) return failed(done.error());
  return {{"value", described(*done)}};
}

/// Lines of two threads do not mix.
void print(const json::object& answer) {
  static std::mutex mutex;
  const std::string line = json::serialize(answer) + "\n";
  const std::lock_guard lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

class shell {
 public:
  explicit shell(warehouse& house) : house_(house) {}

  json::object answer(const json::object& command) {
    const std::string what = text_or(command, "do", "");
    if (what == "ensure") return ensure(command);
    if (what == "write") return write(command);
    if (what == "remove")
      return answer_of(house_.remove(*table_of(command), texts(command, "keys")));
    if (what == "remove_concealed") return answer_of(house_.remove_concealed(*table_of(command)));
    if (what == "begin_keys") return answer_of(house_.begin_keys(*table_of(command, "keys")));
    if (what == "compare_keys")
      return answer_of(house_.compare_keys(*table_of(command), *table_of(command, "keys")));
    if (what == "checkpoints") return answer_of(house_.read_checkpoints());
    if (what == "forget") return answer_of(house_.forget(texts(command, "collections")));
    if (what == "examine")
      return answer_of(
          house_.examine(std::chrono::floor<milliseconds>(std::chrono::system_clock::now())));
    if (what == "facts") return {{"value", described(house_.facts())}};
    throw std::invalid_argument(fmt::format("there is no command '{}'", what));
  }

 private:
  static std::vector<std::string> texts(const json::object& command, const char* key) {
    return json::value_to<std::vector<std::string>>(command.at(key));
  }

  json::object ensure(const json::object& command) {
    if (!schema_open_) {
      if (const auto opened = house_.open_schema(); !opened) return failed(opened.error());
      schema_open_ = true;
    }
    return answer_of(house_.ensure_table(*table_of(command),
                                         time_of(command, "now", "2024-01-02 03:04:05.678")));
  }

  json::object write(const json::object& command) {
    const time_point now = time_of(command, "now", "2024-01-02 03:04:05.678");
    const merge_mode mode = word_of(modes, text_or(command, "mode", "changed"));
    const batch_ptr rows = batch_of(command, now);
    const json::value* position = command.if_contains("checkpoint");
    if (position == nullptr || position->is_null())
      return answer_of(house_.write({rows.get(), mode, nullptr}, now));
    const json::object& from = position->as_object();
    checkpoint c;
    c.collection = text_or(from, "collection", rows->table->collection);
    c.object = c.collection;
    c.cursor = time_of(from, "cursor", "");
    c.complete = from.contains("complete") && from.at("complete").as_bool();
    c.committed_at = now;
    return answer_of(house_.write({rows.get(), mode, &c}, now));
  }

  warehouse& house_;
  bool schema_open_ = false;
};

/// Commands wait here for the thread that has the warehouse.
class command_queue {
 public:
  void push(json::object command) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(command));
    changed_.notify_one();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }
  /// None after the last one.
  std::optional<json::object> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return {};
    json::object command = std::move(waiting_.front());
    waiting_.pop_front();
    return command;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<json::object> waiting_;
  bool closed_ = false;
};

void work(warehouse& house, command_queue& commands) {
  shell commander(house);
  while (const auto command = commands.pop()) {
    json::object answer;
    try {
      answer = commander.answer(*command);
    } catch (const std::exception& fault) {
      // A command that makes no sense is the test's fault, not the warehouse's.
      answer["misunderstood"] = fault.what();
    }
    answer["do"] = text_or(*command, "do", "");
    print(answer);
  }
}

int run(const std::vector<std::string>& words) {
  warehouse_target target;
  target.name = "shell";
  target.connection_string = words[0];
  target.schema = words[1];
  if (words.size() > 2) target.dialect = words[2];
  if (words.size() > 3) target.dialect_folders = {words[3]};
  target.watch = make_statement_watch();
  if (words.size() > 5)
    for (const value_policy policy : {value_policy::null_with_notice, value_policy::quarantine})
      if (words[5] == name_of(policy)) target.refused_values = policy;
  target.statement_timeout = milliseconds(words.size() > 4 ? std::stoul(words[4]) : 3'600'000UL);
  const auto house = odbc::open_warehouse(target);
  json::object opened =
      house ? json::object{{"value", described((*house)->facts())}} : failed(house.error());
  opened["do"] = "open";
  print(opened);
  if (!house) return 1;

  command_queue commands;
  std::thread worker([&] { work(**house, commands); });
  for (std::string line; std::getline(std::cin, line);) {
    boost::system::error_code malformed;
    json::value command = json::parse(line, malformed);
    if (malformed || !command.is_object()) {
      print({{"misunderstood", "not a JSON object"}});
    } else if (text_or(command.as_object(), "do", "") == "cancel") {
      cancel_statements(*target.watch);
      print({{"do", "cancel"}, {"value", nullptr}});
    } else {
      commands.push(std::move(command.as_object()));
    }
  }
  commands.close();
  worker.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 2 && words.size() <= 6) return run(words);
  std::fprintf(stderr, "warehouse_shell ODBC SCHEMA [DIALECT [FOLDER [MILLISECONDS [POLICY]]]]\n");
  return 2;
}
