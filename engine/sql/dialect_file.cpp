// The reader takes keys out of a table one by one; what is left over at the end is unknown.
#include "engine/sql/dialect_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace millrace::sql {
namespace {

/// Faults are collected by throwing once: toml++ throws itself, and one `catch` turns both into
/// values.
struct dialect_fault {
  std::string message;
  toml::source_position where;
};

/// A table whose keys must all be known.
class section {
 public:
  section(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  std::string text(const char* key, bool needed = true) {
    const toml::node* node = take(key, needed);
    if (node == nullptr) return {};
    if (const auto* value = node->as_string()) return value->get();
    throw dialect_fault{fmt::format("{}{} must be a text", name_, key), node->source().begin};
  }
  std::size_t number(const char* key) {
    const toml::node* node = take(key, true);
    const auto* value = node->as_integer();
    if (value != nullptr && value->get() > 0) return static_cast<std::size_t>(value->get());
    throw dialect_fault{fmt::format("{}{} must be a number above 0", name_, key),
                        node->source().begin};
  }
  bool flag(const char* key) {
    const toml::node* node = take(key, true);
    if (const auto* value = node->as_boolean()) return value->get();
    throw dialect_fault{fmt::format("{}{} must be true or false", name_, key),
                        node->source().begin};
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> out;
    const toml::node* node = take(key, true);
    const toml::array* list = node->as_array();
    if (list == nullptr)
      throw dialect_fault{fmt::format("{}{} must be a list of texts", name_, key),
                          node->source().begin};
    for (const toml::node& item : *list) {
      const auto* value = item.as_string();
      if (value == nullptr)
        throw dialect_fault{fmt::format("{}{} must hold texts only", name_, key),
                            item.source().begin};
      out.push_back(value->get());
    }
    return out;
  }
  const toml::node* take(const char* key, bool needed) {
    taken_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && needed)
      throw dialect_fault{fmt::format("the key {}{} is missing", name_, key),
                          table_.source().begin};
    return node;
  }
  const toml::table& table(const char* key) {
    const toml::node* node = take(key, true);
    if (const toml::table* t = node->as_table()) return *t;
    throw dialect_fault{fmt::format("{}{} must be a table", name_, key), node->source().begin};
  }
  void finish() const {
    for (const auto& [key, node] : table_)
      if (!taken_.contains(std::string(key.str())))
        throw dialect_fault{fmt::format("the key {}{} is unknown", name_, key.str()),
                            key.source().begin};
  }

 private:
  const toml::table& table_;
  std::string name_;
  std::set<std::string> taken_;
};

type_rule read_type(section& types, const char* key) {
  const toml::node* node = types.take(key, true);
  type_rule rule;
  if (const auto* name = node->as_string()) {
    rule.name = name->get();
    return rule;
  }
  const toml::table* table = node->as_table();
  if (table == nullptr)
    throw dialect_fault{fmt::format("types.{} must be a text or a table", key),
                        node->source().begin};
  section s(*table, fmt::format("types.{}.", key));
  rule.name = s.text("name");
  rule.precision_max = static_cast<std::uint16_t>(s.number("precision_max"));
  rule.beyond = s.text("beyond");
  s.finish();
  return rule;
}

void read_types(const toml::table& table, dialect& d) {
  section types(table, "types.");
  d.key = read_type(types, "key");
  d.text = read_type(types, "text");
  d.boolean = read_type(types, "boolean");
  d.integer = read_type(types, "integer");
  d.decimal = read_type(types, "decimal");
  d.floating = read_type(types, "floating");
  d.date = read_type(types, "date");
  d.timestamp = read_type(types, "timestamp");
  d.time = read_type(types, "time");
  types.finish();
}

void read_statements(const toml::table& table, dialect& d) {
  section s(table, "statements.");
  d.create_schema = s.text("create_schema", false);
  d.create_table = s.text("create_table");
  d.add_column = s.text("add_column");
  d.list_columns = s.text("list_columns");
  d.is_empty = s.text("is_empty");
  d.merge = s.text("merge");
  d.merge_where = s.text("merge_where");
  d.assignment = s.text("assignment");
  d.version_newer = s.text("version_newer");
  d.version_equal = s.text("version_equal");
  d.column_differs = s.text("column_differs");
  d.delete_rows = s.text("delete_rows");
  d.rows_written = s.text("rows_written", false);
  s.finish();
}

errc meaning_of(const std::string& name, toml::source_position where) {
#define MILLRACE_ERROR(number, code, exit_code, text) \
  if (name == #code) return errc::code;
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  throw dialect_fault{fmt::format("errors.meaning '{}' is not a code of docs/errors.md", name),
                      where};
}

error_rule read_error(const toml::table& table) {
  section s(table, "errors.");
  error_rule rule;
  rule.state = s.text("state", false);
  if (table.contains("native")) rule.native = static_cast<int>(s.number("native"));
  rule.meaning = meaning_of(s.text("meaning"), table.source().begin);
  const std::string again = s.text("retry", false);
  if (!again.empty() && again != "later" && again != "never")
    throw dialect_fault{"errors.retry must be \"later\" or \"never\"", table.source().begin};
  rule.again = again == "later" ? retry::later : retry::never;
  rule.advice = s.text("advice", false);
  s.finish();
  return rule;
}

void read_connection(const toml::table& table, dialect& d) {
  section s(table, "connection.");
  for (const auto& [key, node] : s.table("defaults")) {
    const auto* value = node.as_string();
    if (value == nullptr)
      throw dialect_fault{"connection.defaults must hold texts only", node.source().begin};
    d.connection_defaults.emplace_back(std::string(key.str()), value->get());
  }
  d.session_statements = s.texts("statements");
  s.finish();
}

dialect read_dialect(const toml::table& root) {
  dialect d;
  section top(root, "");
  d.name = top.text("name");
  d.title = top.text("title");
  d.driver_patterns = top.texts("drivers");
  d.dbms_patterns = top.texts("dbms");
  d.driver_package = top.text("driver_package", false);

  section identifiers(top.table("identifiers"), "identifiers.");
  const std::string quote = identifiers.text("quote");
  if (quote.size() != 1)
    throw dialect_fault{"identifiers.quote must be one character", root.source().begin};
  d.quote = quote.front();
  d.identifier_bytes_max = identifiers.number("bytes_max");
  identifiers.finish();

  section schema(top.table("schema"), "schema.");
  const std::string style = schema.text("style");
  if (style != "schema" && style != "file")
    throw dialect_fault{"schema.style must be \"schema\" or \"file\"", root.source().begin};
  d.style = style == "file" ? schema_style::file : schema_style::schema;
  d.transactional_ddl = schema.flag("transactional_ddl");
  schema.finish();

  read_connection(top.table("connection"), d);
  read_types(top.table("types"), d);
  read_statements(top.table("statements"), d);

  section loader(top.table("loader"), "loader.");
  if (loader.text("name") != "multi_row")
    throw dialect_fault{"loader.name must be \"multi_row\"", root.source().begin};
  d.rows_per_statement = loader.number("rows_per_statement");
  d.parameters_max = loader.number("parameters_max");
  loader.finish();

  if (const toml::node* errors = top.take("errors", false)) {
    const toml::array* list = errors->as_array();
    if (list == nullptr) throw dialect_fault{"errors must be [[errors]]", errors->source().begin};
    for (const toml::node& item : *list) {
      const toml::table* table = item.as_table();
      if (table == nullptr) throw dialect_fault{"errors must be [[errors]]", item.source().begin};
      d.errors.push_back(read_error(*table));
    }
  }
  top.finish();
  return d;
}

tl::unexpected<error> fault_at(const std::string& path, std::string_view message,
                               toml::source_position where) {
  return failure(errc::dialect_invalid,
                 fmt::format("{}:{}:{}: {}", path, where.line, where.column, message),
                 "Compare with the dialect files that come with millrace");
}

}  // namespace

result<dialect> parse_dialect(std::string_view text, const std::string& path) {
  try {
    return read_dialect(toml::parse(text, path));
  } catch (const dialect_fault& fault) {
    return fault_at(path, fault.message, fault.where);
  } catch (const toml::parse_error& fault) {
    return fault_at(path, fault.description(), fault.source().begin);
  }
}

result<std::vector<dialect>> load_dialects(const std::vector<std::string>& folders) {
  std::vector<dialect> out;
  const auto add = [&](dialect d) {
    std::erase_if(out, [&](const dialect& other) { return other.name == d.name; });
    out.push_back(std::move(d));
  };
  for (const shipped_dialect& shipped : shipped_dialects()) {
    MILLRACE_TRY(dialect d,
                 parse_dialect(shipped.text, fmt::format("(built in) {}.toml", shipped.name)));
    add(std::move(d));
  }
  for (const std::string& folder : folders) {
    std::error_code ec;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ec))
      if (entry.path().extension() == ".toml") files.push_back(entry.path());
    if (ec)
      return failure(errc::dialect_invalid,
                     fmt::format("the dialect folder {} cannot be read: {}", folder, ec.message()),
                     "Check `dialects` of the warehouse in the configuration");
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file);
      std::stringstream text;
      text << in.rdbuf();
      if (!in)
        return failure(errc::dialect_invalid, fmt::format("{} cannot be read", file.string()),
                       "Check the file's rights");
      MILLRACE_TRY(dialect d, parse_dialect(text.str(), file.string()));
      add(std::move(d));
    }
  }
  return out;
}

}  // namespace millrace::sql
