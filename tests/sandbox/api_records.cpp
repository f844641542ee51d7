// Single records: reading, writing, deleting, and what changed in a span of time.
#include "ids.hpp"
#include "json_out.hpp"
#include "query_plan.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

/// "1.50E3" -> "1500": without exponent, needless zeros and "-0".
std::string plain_decimal(std::string text) {
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  int shift = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string::npos) {
    const char* begin = text.data() + e + 1;
    if (*begin == '+') ++begin;
    std::from_chars(begin, text.data() + text.size(), shift);
    text.resize(e);
  }
  std::size_t point = std::min(text.find('.'), text.size());
  std::erase(text, '.');
  const auto moved = static_cast<std::ptrdiff_t>(point) + shift;
  if (moved < 0) text.insert(0, static_cast<std::size_t>(-moved), '0');
  point = static_cast<std::size_t>(std::max<std::ptrdiff_t>(moved, 0));
  if (point > text.size()) text.append(point - text.size(), '0');
  std::string whole = text.substr(0, point);
  std::string part = text.substr(point);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  while (!part.empty() && part.back() == '0')
    part.pop_back();
  if (whole.empty()) whole = "0";
  if (!part.empty()) whole += "." + part;
  return negative && whole != "0" ? "-" + whole : whole;
}

/// A JSON value as the canonical text of a field.
value canonical(const field_def& f, const boost::json::value& v) {
  if (v.is_null()) return {};
  if (v.is_bool())
    return f.type == "boolean" ? (v.get_bool() ? "1" : "0") : (v.get_bool() ? "true" : "false");
  std::string text = v.is_string() ? std::string(v.get_string()) : boost::json::serialize(v);
  if (text.empty()) return {};
  if (f.decimal() || f.type == "int" || f.type == "long") return plain_decimal(std::move(text));
  if (f.type == "boolean") return same_word(text, "true") ? "1" : "0";
  if (f.type == "datetime") {
    const auto at = parse_datetime(text);
    return at ? value(canonical_time(*at)) : value();
  }
  if (f.type == "time") {
    if (text.ends_with('Z')) text.pop_back();
    return text;
  }
  if ((f.type == "reference") && text.size() == 15) return text + check_characters(text);
  return text;
}

std::variant<changes, response> read_values(const table& rows, const boost::json::object& body) {
  changes out;
  for (const auto& [name, v] : body) {
    if (name == "attributes") continue;
    const auto field = rows.def().find(name);
    if (!field)
      return api_error(
          400, "INVALID_FIELD",
          "No such column '" + std::string(name) + "' on sobject of type " + rows.def().name);
    const field_def& f = rows.def().fields[*field];
    if (rows.kind_of(*field) != special::none || f.calculated || f.auto_number || !f.plain())
      return api_error(400, "INVALID_FIELD_FOR_INSERT_UPDATE",
                       "Unable to create/update fields: " + f.name +
                           ". Please check the security settings of this field and verify that it "
                           "is read/write.");
    out[*field] = canonical(f, v);
  }
  return out;
}

response done(int status) {
  response out;
  out.status = status;
  out.type.clear();
  return out;
}

response read_record(const call& c, const request& r, const object_def& object, table& rows,
                     const row& found) {
  std::vector<std::size_t> fields;
  const std::vector<std::string> wanted = split(r.parameter("fields"), ',');
  for (std::size_t i = 0; i < object.fields.size(); ++i)
    if (wanted.empty() && !object.fields[i].hidden) fields.push_back(i);
  for (const std::string& name : wanted) {
    const auto field = object.find(name);
    if (!field)
      return api_error(400, "INVALID_FIELD",
                       "No such column '" + name + "' on sobject of type " + object.name);
    fields.push_back(*field);
  }
  std::string body;
  renderer(rows, fields, {form::json, c.version}).append(body, found);
  return json_response(body);
}

std::optional<stamp> parse_minute(const std::string& text) {
  const auto at = parse_datetime(text);
  if (!at) return {};
  return *at - (*at % 60'000 + 60'000) % 60'000;
}

}  // namespace

response serve_record_create(const call& c) {
  org& o = *c.where;
  const object_def* object = o.find(c.object);
  if (object == nullptr) return not_found();
  table& rows = o.records(*object);
  auto values = read_values(rows, c.body);
  if (auto* fault = std::get_if<response>(&values)) return std::move(*fault);
  const std::uint32_t number = rows.insert(std::move(std::get<changes>(values)),
                                           table::blank_variant, o.write_stamp(), o.next_moment());
  return json_response(json_object()
                           .text("id", make_id(object->prefix, number))
                           .flag("success", true)
                           .raw("errors", "[]")
                           .done(),
                       201);
}

response serve_record(const call& c, const request& r) {
  org& o = *c.where;
  const object_def* object = o.find(c.object);
  if (object == nullptr) return not_found();
  table& rows = o.records(*object);
  const auto number = number_of(object->prefix, c.parts[2]);
  const row found =
      rows.at(number && *number < rows.size() ? static_cast<std::uint32_t>(*number) : rows.size());
  if (found.gone) return not_found();
  if (found.deleted) return api_error(404, "ENTITY_IS_DELETED", "entity is deleted");
  if (c.kind == "record_delete") {
    rows.set_deleted(found.number, true, o.write_stamp(), o.next_moment());
    return done(204);
  }
  if (c.kind == "record_update") {
    auto values = read_values(rows, c.body);
    if (auto* fault = std::get_if<response>(&values)) return std::move(*fault);
    rows.update(found.number, std::get<changes>(values), o.write_stamp(), o.next_moment());
    return done(204);
  }
  if (c.kind == "record_get" && r.method == "GET") return read_record(c, r, *object, rows, found);
  if (c.kind == "blob") {
    response out;
    out.type = "application/octet-stream";
    out.body = "blob of " + c.parts[2];
    return out;
  }
  return api_error(405, "METHOD_NOT_ALLOWED", "HTTP Method '" + r.method + "' not allowed");
}

response serve_changed(const call& c, const request& r) {
  org& o = *c.where;
  const object_def* object = o.find(c.object);
  if (object == nullptr) return not_found();
  if (!object->replicateable)
    return api_error(400, "INVALID_TYPE_FOR_OPERATION",
                     "entity " + object->name + " is not replicable");
  const auto from = parse_minute(r.parameter("start"));
  const auto to = parse_minute(r.parameter("end"));
  if (!from || !to || *from >= *to)
    return api_error(400, "INVALID_REPLICATION_DATE",
                     "startDate before org replication enabled date or not before endDate");
  const bool deleted = c.kind == "deleted";
  const stamp oldest = o.now() - (deleted ? 15 : 30) * day_ms;
  if (*from < oldest)
    return api_error(
        400, "INVALID_REPLICATION_DATE",
        "startDate must be within " + std::string(deleted ? "15" : "30") + " days from today");
  const table& rows = o.records(*object);
  std::string list = "[";
  for (std::uint32_t n = 0; n < rows.size(); ++n) {
    const row one = rows.at(n);
    if (one.modified < *from || one.modified >= *to || (one.deleted || one.gone) != deleted)
      continue;
    if (list.size() > 1) list += ',';
    const std::string id = make_id(object->prefix, n);
    list += deleted
                ? json_object().text("deletedDate", rest_time(one.modified)).text("id", id).done()
                : json_text(id);
  }
  json_object out;
  out.raw(deleted ? "deletedRecords" : "ids", list + "]");
  if (deleted) out.text("earliestDateAvailable", rest_time(oldest));
  return json_response(out.text("latestDateCovered", rest_time(std::min(*to, o.now()))).done());
}

}  // namespace sandbox
