// From the TOML of a dialect file to a `dialect`.
#include "engine/sql/dialect_file.hpp"

#include "engine/sql/dialect_section.hpp"
#include "engine/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace::sql {

std::string_view name_of(loader_kind kind) {
  switch (kind) {
    case loader_kind::split_text:
      return "split_text";
    case loader_kind::parameter_arrays:
      return "parameter_arrays";
    case loader_kind::batch_function:
      return "batch_function";
    case loader_kind::local_file:
      return "local_file";
    case loader_kind::multi_row:
      return "multi_row";
    case loader_kind::single_row:
      return "single_row";
  }
  return "unknown";
}

namespace {

std::string day_or_none(dialect_section& s, const char* key) {
  std::string day = s.text_or(key, "");
  if (!day.empty() && (day.size() != 10 || !parse_timestamp(day + " 00:00:00")))
    throw s.fault(key, "must be a date as \"1900-01-01\"");
  return day;
}

type_rule read_type(dialect_section& types, const char* key) {
  const toml::node* node = types.take(key);
  type_rule rule;
  if (node == nullptr || !node->is_table()) {
    rule.name = types.text(key);
    return rule;
  }
  dialect_section s(types.table(key), fmt::format("types.{}.", key));
  rule.name = s.text("name");
  rule.up_to = static_cast<std::uint32_t>(s.number_or("up_to", 0));
  rule.beyond = s.text_or("beyond", "");
  rule.cast = s.text_or("cast", "");
  rule.beyond_differs = s.text_or("beyond_differs", "");
  rule.bytes_max = s.number_or("bytes_max", 0);
  rule.earliest = day_or_none(s, "earliest");
  rule.latest = day_or_none(s, "latest");
  s.finish();
  return rule;
}

void read_types(const toml::table& table, type_rules& t) {
  dialect_section types(table, "types.");
  t.cast = types.text_or("cast", "");
  t.nullable = types.text_or("nullable", "{type}");
  t.key = read_type(types, "key");
  t.text = read_type(types, "text");
  t.boolean = read_type(types, "boolean");
  t.integer = read_type(types, "integer");
  t.decimal = read_type(types, "decimal");
  t.floating = read_type(types, "floating");
  t.date = read_type(types, "date");
  t.timestamp = read_type(types, "timestamp");
  t.time = read_type(types, "time");
  types.finish();
}

void read_statements(const toml::table& table, dialect& d) {
  dialect_section s(table, "statements.");
  d.create_schema = s.text_or("create_schema", "");
  d.create_table = s.text("create_table");
  d.column_definition = s.text_or("column_definition", "{column} {type}{not_null}");
  d.add_column = s.text("add_column");
  d.widen_column = s.texts_or_none("widen_column");
  d.comment_table = s.text_or("comment_table", "");
  d.comment_column = s.text_or("comment_column", "");
  d.list_columns = s.text_or("list_columns", "");
  d.list_key = s.text_or("list_key", "");
  d.is_empty = s.text("is_empty");
  d.survey = s.text_or("survey", "");
  d.survey_rows = s.text_or("survey_rows", "");
  d.remove_rows = s.text("remove_rows");
  d.vanished = s.text("vanished");
  d.read_table = s.text_or("read_table", "{table}");
  d.drop_table = s.text_or("drop_table", "DROP TABLE {table}");
  d.read_checkpoints =
      s.text_or("read_checkpoints", "SELECT {columns} FROM {table} ORDER BY {key}");
  d.rows_written = s.text_or("rows_written", "");
  d.rows_corrected = s.text_or("rows_corrected", "");
  d.session_time = s.text_or("session_time", "");
  s.finish();
}

void read_merge(const toml::table& table, merge_rules& m) {
  dialect_section s(table, "merge.");
  m.upsert = s.texts_or_none("upsert");
  if (m.upsert.empty()) throw s.fault("upsert", "is missing");
  m.insert = s.texts_or_none("insert");
  m.upsert_newer = s.texts_or_none("upsert_newer");
  m.update = s.texts_or_none("update");
  if (m.update.empty()) throw s.fault("update", "is missing");
  m.where = s.text_or("where", "");
  m.assignment = s.text("assignment");
  m.first_assignment = s.text_or("first_assignment", m.assignment);
  m.last_assignment = s.text_or("last_assignment", m.assignment);
  m.value = s.text_or("value", "s.{column}");
  m.version_newer = s.text("version_newer");
  m.version_equal = s.text("version_equal");
  m.column_differs = s.text("column_differs");
  m.update_assignment = s.text_or("update_assignment", m.assignment);
  m.update_differs = s.text_or("update_differs", m.column_differs);
  m.update_newer = s.text_or("update_newer", m.version_newer);
  m.update_equal = s.text_or("update_equal", m.version_equal);
  m.count_last = s.flag_or("count_last", false);
  s.finish();
}

staging_rule read_staging(const toml::table& table, schema_style style) {
  dialect_section s(table, "staging.");
  staging_rule rule;
  rule.qualifier = s.text_or("qualifier", style == schema_style::schema ? "{schema}." : "");
  rule.prefix = s.text_or("prefix", "");
  rule.column = s.text_or("column", "{column} {type}");
  rule.create = s.text("create");
  rule.clear = s.text("clear");
  rule.drop = s.text_or("drop", "");
  rule.insert = s.text_or("insert", "INSERT INTO {staging} ({columns}) {source}");
  rule.analyze = s.text_or("analyze", "");
  rule.source = s.text_or("source", "SELECT {columns} FROM {staging}");
  s.finish();
  return rule;
}

loader_kind kind_of(dialect_section& s) {
  const std::string name = s.text("name");
  for (const loader_kind kind :
       {loader_kind::split_text, loader_kind::parameter_arrays, loader_kind::batch_function,
        loader_kind::local_file, loader_kind::multi_row, loader_kind::single_row})
    if (name == name_of(kind)) return kind;
  throw s.fault("name",
                "must be split_text, parameter_arrays, batch_function, local_file, multi_row or "
                "single_row");
}

loader_rule read_loader(const toml::table& table, bool has_staging) {
  dialect_section s(table, "loaders.");
  loader_rule rule;
  rule.kind = kind_of(s);
  const bool in_rows = rule.kind == loader_kind::multi_row ||
                       rule.kind == loader_kind::single_row ||
                       rule.kind == loader_kind::parameter_arrays;
  rule.source = in_rows ? s.text_or("source", "VALUES {rows}") : s.text_or("source", "");
  rule.row = s.text_or("row", "({cells})");
  rule.separator = s.text_or("separator", ",");
  rule.cell = in_rows ? s.text_or("cell", "?") : s.text_or("cell", "{column}");
  rule.item = s.text_or("item", "{value}");
  rule.casts = s.flag_or("casts", !in_rows);
  rule.direct = s.flag_or("direct", !has_staging);
  if (!rule.direct && !has_staging) throw s.fault("direct", "is false, but there is no [staging]");
  const std::string purpose = s.text_or("purpose", "upsert");
  if (purpose != "upsert" && purpose != "update")
    throw s.fault("purpose", "must be \"upsert\" or \"update\"");
  rule.for_updates = purpose == "update";
  rule.into_staging = s.texts_or_none("into_staging");
  if (!rule.into_staging.empty() && rule.direct)
    throw s.fault("into_staging", "needs [staging] and direct = false");
  if (!rule.into_staging.empty() && rule.kind != loader_kind::local_file)
    throw s.fault("into_staging", "is for local_file only");
  rule.warnings = s.text_or("warnings", "");
  if (!rule.warnings.empty() && rule.kind != loader_kind::local_file)
    throw s.fault("warnings", "is for local_file only");
  if (rule.source.empty() && rule.into_staging.empty()) throw s.fault("source", "is missing");
  const bool whole_batch = rule.kind == loader_kind::split_text ||
                           rule.kind == loader_kind::batch_function ||
                           rule.kind == loader_kind::local_file;
  rule.rows = rule.kind == loader_kind::single_row ? 1
              : whole_batch                        ? s.number_or("rows", 1'000'000)
                                                   : s.number("rows");
  rule.parameters = s.number_or("parameters", 0);
  rule.text_bytes = s.number_or("text_bytes", 0);
  rule.statement_bytes = s.number_or("statement_bytes", 0);
  rule.mark_bytes = s.number_or("mark_bytes", 0);
  s.finish();
  return rule;
}

errc meaning_of(dialect_section& s) {
  const std::string name = s.text("meaning");
#define MILLRACE_ERROR(number, code, exit_code, text) \
  if (name == #code) return errc::code;
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  throw s.fault("meaning", fmt::format("'{}' is not a code of docs/errors.md", name));
}

error_rule read_error(const toml::table& table) {
  dialect_section s(table, "errors.");
  error_rule rule;
  rule.state = s.text_or("state", "");
  rule.native = static_cast<int>(s.number_or("native", 0));
  rule.text = s.text_or("text", "");
  rule.meaning = meaning_of(s);
  const std::string again = s.text_or("retry", "never");
  if (again != "later" && again != "never")
    throw s.fault("retry", "must be \"later\" or \"never\"");
  rule.again = again == "later" ? retry::later : retry::never;
  rule.advice = s.text_or("advice", "");
  s.finish();
  return rule;
}

quote_escape read_escape(dialect_section& s, const char* key) {
  const std::string name = s.text_or(key, "double");
  if (name != "double" && name != "backslash")
    throw s.fault(key, "must be \"double\" or \"backslash\"");
  return name == "backslash" ? quote_escape::backslash : quote_escape::doubled;
}

void read_identifiers(const toml::table& table, dialect& d) {
  dialect_section s(table, "identifiers.");
  const std::string quote = s.text("quote");
  if (quote.empty() || quote.size() > 2) throw s.fault("quote", "must be one character, or a pair");
  d.quote_open = quote.substr(0, 1);
  d.quote_close = quote.substr(quote.size() - 1);
  const std::string folding = s.text_or("case", "lower");
  if (folding != "lower" && folding != "upper")
    throw s.fault("case", "must be \"lower\" or \"upper\"");
  d.folding = folding == "upper" ? name_case::upper : name_case::lower;
  d.identifier_bytes_max = s.number("bytes_max");
  d.columns_max = s.number_or("columns_max", 0);
  d.in_names = read_escape(s, "quote_escape");
  d.in_texts = read_escape(s, "text_escape");
  d.backslash_escapes = s.flag_or("backslash_escapes", d.in_texts == quote_escape::backslash);
  if (d.in_texts == quote_escape::backslash && !d.backslash_escapes)
    throw s.fault("backslash_escapes", "is false, but text_escape is \"backslash\"");
  s.finish();
}

void read_schema(const toml::table& table, dialect& d) {
  dialect_section s(table, "schema.");
  const std::string style = s.text("style");
  if (style == "file")
    d.style = schema_style::file;
  else if (style == "prefix")
    d.style = schema_style::prefix;
  else if (style != "schema")
    throw s.fault("style", "must be \"schema\", \"file\" or \"prefix\"");
  d.transactions = s.flag_or("transactions", true);
  d.transactional_ddl = s.flag_or("transactional_ddl", false);
  s.finish();
}

void read_connection(const toml::table& table, dialect& d) {
  dialect_section s(table, "connection.");
  if (const toml::table* defaults = s.table_or_none("defaults")) {
    for (const auto& [key, node] : *defaults) {
      const auto* value = node.as_string();
      if (value == nullptr) throw s.fault("defaults", "must hold texts only");
      d.connection_defaults.emplace_back(std::string(key.str()), value->get());
    }
  }
  d.session_statements = s.texts_or_none("statements");
  d.connections_max = s.number_or("connections_max", 0);
  d.wide_parameters = s.flag_or("wide_parameters", false);
  s.finish();
}

void read_batch(const toml::table& table, dialect& d) {
  dialect_section s(table, "batch.");
  d.batch_rows = s.number_or("rows", d.batch_rows);
  d.batch_bytes = s.number_or("bytes", d.batch_bytes);
  s.finish();
}

dialect read_dialect(const toml::table& root) {
  dialect d;
  dialect_section top(root, "");
  d.name = top.text("name");
  d.title = top.text("title");
  d.tested = top.text_or("tested", "");
  d.driver_patterns = top.texts("drivers");
  d.dbms_patterns = top.texts("dbms");
  d.driver_package = top.text_or("driver_package", "");
  read_identifiers(top.table("identifiers"), d);
  read_schema(top.table("schema"), d);
  if (const toml::table* connection = top.table_or_none("connection"))
    read_connection(*connection, d);
  read_types(top.table("types"), d.types);
  read_statements(top.table("statements"), d);
  read_merge(top.table("merge"), d.merge);
  if (const toml::table* staging = top.table_or_none("staging"))
    d.staging = read_staging(*staging, d.style);
  if (const toml::table* batch = top.table_or_none("batch")) read_batch(*batch, d);
  for (const toml::table* loader : top.tables_or_none("loaders"))
    d.loaders.push_back(read_loader(*loader, d.staging.has_value()));
  if (d.loaders.empty()) throw top.fault("loaders", "must hold one loader at least");
  for (const toml::table* rule : top.tables_or_none("errors"))
    d.errors.push_back(read_error(*rule));
  top.finish();
  return d;
}

tl::unexpected<error> fault_at(const std::string& path, std::string_view message,
                               toml::source_position where) {
  return failure(errc::dialect_invalid,
                 fmt::format("{}:{}:{}: {}", path, where.line, where.column, message),
                 "Compare with the dialect files that come with millrace");
}

result<std::vector<dialect>> parse_shipped() {
  std::vector<dialect> out;
  for (const shipped_dialect& shipped : shipped_dialects()) {
    MILLRACE_TRY(dialect d,
                 parse_dialect(shipped.text, fmt::format("(built in) {}.toml", shipped.name)));
    out.push_back(std::move(d));
  }
  return out;
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
  // They do not change, and each run of each pipeline asks for them.
  static const result<std::vector<dialect>> shipped = parse_shipped();
  MILLRACE_TRY(std::vector<dialect> out, shipped);
  const auto add = [&](dialect d) {
    std::erase_if(out, [&](const dialect& other) { return other.name == d.name; });
    out.push_back(std::move(d));
  };
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
