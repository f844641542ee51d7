// Single records: create, read, update, delete; and the lists of deleted and updated ones.
#include <boost/json.hpp>

#include "api.hpp"
#include "ids.hpp"

namespace sandbox {
namespace {

namespace json = boost::json;

/// A JSON value as canonical text, as the field holds it.
value canonical(const field_def& f, const json::value& v) {
  if (v.is_null()) return {};
  if (v.is_bool()) return v.get_bool() ? "1" : "0";
  if (v.is_int64()) return std::to_string(v.get_int64());
  if (v.is_double()) {
    std::string text = std::to_string(v.get_double());
    while (text.back() == '0')
      text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
  }
  if (!v.is_string()) return {};
  std::string text{v.get_string()};
  if (text.empty()) return {};
  if (f.type == "datetime" && text.size() >= 19) {
    text[10] = ' ';
    return text.substr(0, 19) + ".000";
  }
  return text;
}

std::optional<response> read_values(const object_def& object, const request& r,
                                    std::map<std::size_t, value>& out) {
  json::error_code ec;
  const json::value body = json::parse(r.body, ec);
  if (ec || !body.is_object())
    return api_error(400, "JSON_PARSER_ERROR", "Unexpected character in the body");
  for (const auto& member : body.get_object()) {
    if (member.key() == "attributes" || member.key() == "Id") continue;
    const auto index = object.find(member.key());
    if (!index)
      return api_error(
          400, "INVALID_FIELD",
          "No such column '" + std::string(member.key()) + "' on sobject of type " + object.name);
    out[*index] = canonical(object.fields[*index], member.value());
  }
  return {};
}

response created(const std::string& id) {
  response out;
  out.status = 201;
  out.body =
      json::serialize(json::object{{"id", id}, {"success", true}, {"errors", json::array{}}});
  return out;
}

response nothing() {
  response out;
  out.status = 204;
  out.type = "";
  return out;
}

std::string iso(stamp t) {
  std::string text = canonical_time(t);
  text[10] = 'T';
  return text + "+0000";
}

response changes(org& o, const object_def& object, bool deleted) {
  if (!object.replicateable)
    return api_error(403, "INVALID_TYPE_FOR_OPERATION", "the object is not replicateable");
  const table& rows = o.records(object);
  json::array list;
  for (std::uint32_t r = 0; r < rows.size(); ++r) {
    if (!rows.is_own(r) || rows.deleted(r) != deleted) continue;
    if (deleted)
      list.push_back(json::object{{"id", rows.id(r)}, {"deletedDate", iso(rows.modified(r))}});
    else if (rows.exists(r))
      list.emplace_back(rows.id(r));
  }
  response out;
  json::object body{{deleted ? "deletedRecords" : "ids", list},
                    {"latestDateCovered", iso(o.now())}};
  if (deleted) body["earliestDateAvailable"] = iso(o.now() - 15LL * 86'400'000);
  out.body = json::serialize(body);
  return out;
}

}  // namespace

response record_endpoint(org& o, const request& r, const object_def& object,
                         const std::vector<std::string>& parts, const std::string& version) {
  if (parts.size() == 3 && (parts[2] == "deleted" || parts[2] == "updated"))
    return changes(o, object, parts[2] == "deleted");
  table& rows = o.records(object);
  if (parts.size() == 2 && r.method == "POST") {
    std::map<std::size_t, value> values;
    if (auto fault = read_values(object, r, values)) return *fault;
    return created(rows.id(rows.insert(values, o.now())));
  }
  if (parts.size() != 3)
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  const auto number = number_of(object.prefix, parts[2]);
  if (!number || *number >= rows.size() || !rows.exists(static_cast<std::uint32_t>(*number)) ||
      rows.deleted(static_cast<std::uint32_t>(*number)))
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  const auto record = static_cast<std::uint32_t>(*number);
  if (r.method == "PATCH") {
    std::map<std::size_t, value> values;
    if (auto fault = read_values(object, r, values)) return *fault;
    rows.update(record, values, o.now());
    return nothing();
  }
  if (r.method == "DELETE") {
    rows.set_deleted(record, true, o.now());
    return nothing();
  }
  std::vector<std::size_t> fields;
  for (std::size_t i = 0; i < object.fields.size(); ++i)
    if (object.fields[i].plain()) fields.push_back(i);
  response out;
  renderer(rows, fields, form::json, version).append(out.body, record);
  return out;
}

}  // namespace sandbox
