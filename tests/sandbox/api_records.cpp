// Single records: reading, writing, deleting, and what changed in a span of time.
#include "ids.hpp"
#include "json_out.hpp"
#include "query_plan.hpp"
#include "writes.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {
namespace {

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
  if (rows.locked(found.number) && (c.kind == "record_delete" || c.kind == "record_update"))
    return api_error(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record");
  if (c.kind == "record_delete") {
    transaction t(o);
    t.remove(*object, found.number);
    t.commit();
    return done(204);
  }
  if (c.kind == "record_update") {
    auto values = read_values(rows, c.body);
    if (auto* fault = std::get_if<response>(&values)) return std::move(*fault);
    transaction t(o);
    t.add("updated", {write_step::kind::update, object, found.number, 0,
                      std::move(std::get<changes>(values)), true});
    t.commit();
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

namespace {

response bad_date(const std::string& message) {
  return api_error(400, "INVALID_REPLICATION_DATE", message);
}

response serve_deleted(org& o, const object_def& object, stamp from, stamp to, stamp covered) {
  const stamp oldest = o.deleted.earliest(o.now());
  if (from < o.now() - deletions::kept_ms)
    return bad_date("startDate must be within 15 days from today");
  if (from < oldest && o.settings.purged_log_is_an_error)
    return bad_date("startDate is before the earliest date available");
  const std::vector<deletion> found = o.deleted.listed(object.name, from, to);
  if (found.size() > o.settings.id_limit)
    return api_error(400, "EXCEEDED_ID_LIMIT", "too many deleted records in this span of time");
  json_object out;
  out.raw("deletedRecords", json_list(found, [&](const deletion& d) {
            return json_object()
                .text("deletedDate", rest_time(d.at))
                .text("id", make_id(object.prefix, d.number))
                .done();
          }));
  out.text("earliestDateAvailable", rest_time(oldest));
  return json_response(out.text("latestDateCovered", rest_time(covered)).done());
}

response serve_updated(org& o, const object_def& object, stamp from, stamp to, stamp covered) {
  if (from < o.now() - 30 * day_ms) return bad_date("startDate must be within 30 days from today");
  const table& rows = o.records(object);
  std::vector<std::string> ids;
  for (std::uint32_t n = 0; n < rows.size(); ++n) {
    const row one = rows.at(n);
    if (one.gone || one.deleted || one.modified < from || one.modified >= to) continue;
    ids.push_back(make_id(object.prefix, n));
  }
  if (ids.size() > o.settings.id_limit)
    return api_error(400, "EXCEEDED_ID_LIMIT", "too many changed records in this span of time");
  json_object out;
  out.raw("ids", json_list(ids, json_text));
  return json_response(out.text("latestDateCovered", rest_time(covered)).done());
}

}  // namespace

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
    return bad_date("startDate before org replication enabled date or not before endDate");
  // Seconds are cut off; a transaction that is not committed holds the answer back.
  const stamp covered = std::min(*to, o.oldest_transaction()) / minute_ms * minute_ms;
  return c.kind == "deleted" ? serve_deleted(o, *object, *from, *to, covered)
                             : serve_updated(o, *object, *from, *to, covered);
}

}  // namespace sandbox
