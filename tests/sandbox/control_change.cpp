// Control requests that change an org: records, clock, faults, schema.
#include "control.hpp"
#include "json_out.hpp"
#include "mutate.hpp"
#include <algorithm>

namespace sandbox {
namespace {

std::size_t count_of(const control_body& body, std::string_view name) {
  return static_cast<std::size_t>(std::max<std::int64_t>(body.number(name, 0), 0));
}

unsigned digits_of(const control_body& body, std::string_view name) {
  return static_cast<unsigned>(std::max<std::int64_t>(body.number(name, 0), 0));
}

}  // namespace

control_body::control_body(const std::string& text) {
  if (text.empty()) return;
  boost::system::error_code fault;
  boost::json::value parsed = boost::json::parse(text, fault);
  valid_ = !fault && parsed.is_object();
  if (valid_) members_ = std::move(parsed.get_object());
}

std::int64_t control_body::number(std::string_view name, std::int64_t otherwise) const {
  const auto* found = members_.if_contains(name);
  if (found == nullptr || !found->is_number()) return otherwise;
  boost::system::error_code fault;
  const auto out = found->to_number<std::int64_t>(fault);
  return fault ? otherwise : out;
}

std::string control_body::text(std::string_view name) const {
  const auto* found = members_.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

bool control_body::flag(std::string_view name) const {
  const auto* found = members_.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const boost::json::object* control_body::object(std::string_view name) const {
  const auto* found = members_.if_contains(name);
  return found != nullptr && found->is_object() ? &found->get_object() : nullptr;
}

response control_error(int status, const std::string& message) {
  return json_response(json_object().text("error", message).done(), status);
}

response change_records(org& o, const control_body& body) {
  mutation m;
  m.object = body.text("object");
  m.update = count_of(body, "update");
  m.insert = count_of(body, "insert");
  m.remove = count_of(body, "delete");
  m.undelete = count_of(body, "undelete");
  m.hard_delete = count_of(body, "hard_delete");
  m.seed =
      static_cast<std::uint64_t>(body.number("seed", static_cast<std::int64_t>(o.this_moment())));
  if (m.object != "*" && o.find(m.object) == nullptr)
    return control_error(404, "no object " + m.object);
  json_object out;
  for (const auto& [object, done] : mutate(o, m)) {
    json_object kinds;
    for (const auto& [kind, ids] : done)
      kinds.raw(kind, json_list(ids, json_text));
    out.raw(object, kinds.done());
  }
  return json_response(out.done());
}

response change_clock(org& o, const control_body& body) {
  o.advance(body.number("advance_seconds", 0));
  return json_response(json_object().text("now", rest_time(o.now())).done());
}

response add_fault(org& o, const control_body& body) {
  fault f;
  f.kind = body.text("kind");
  f.object = body.text("object");
  f.count = static_cast<int>(body.number("count", 1));
  f.skip = static_cast<int>(body.number("skip", 0));
  const auto* members = body.object("action");
  if (f.kind.empty() || members == nullptr)
    return control_error(400, "a fault has a kind and an action");
  const control_body action(*members);
  f.type = action.text("type");
  const bool down = f.type == "empty" || f.type == "error";
  f.status = static_cast<int>(action.number("status", down ? 503 : 200));
  f.code = f.type == "token_error" ? action.text("error") : action.text("errorCode");
  f.message = f.type == "token_error" ? action.text("error_description") : action.text("message");
  f.after_bytes = count_of(action, "after_bytes");
  f.ms = static_cast<int>(action.number("ms", 0));
  if (const auto* headers = action.object("headers"))
    for (const auto& [name, v] : *headers)
      if (v.is_string()) f.headers.emplace_back(name, v.get_string());
  if (!is_fault_type(f.type)) return control_error(400, "no action of type '" + f.type + "'");
  o.faults.add(std::move(f));
  return json_response(json_object().number("faults", o.faults.size()).done());
}

response change_schema(org& o, const control_body& body) {
  schema_change change;
  change.object = body.text("object");
  const object_def* object = o.find(change.object);
  if (object == nullptr) return control_error(404, "no object " + change.object);
  change.drop_field = body.text("drop_field");
  change.hide = body.flag("hide");
  if (const auto* members = body.object("add_field")) {
    const control_body wanted(*members);
    field_def f;
    f.name = wanted.text("name");
    f.type = wanted.text("type");
    f.length = digits_of(wanted, "length");
    f.precision = digits_of(wanted, "precision");
    f.scale = digits_of(wanted, "scale");
    f.nillable = f.type != "boolean";
    f.filterable = f.type != "textarea" || f.length <= 255;
    if (f.name.empty() || f.type.empty())
      return control_error(400, "a field has a name and a type");
    if (object->find(f.name)) return control_error(409, "there is a field " + f.name);
    change.add_field = std::move(f);
  }
  if (!change.drop_field.empty() && !object->find(change.drop_field))
    return control_error(404, "no field " + change.drop_field);
  if (body.flag("after_describe")) {
    o.after_describe.push_back(std::move(change));
  } else {
    o.change_schema(change);
  }
  return json_response("{}");
}

}  // namespace sandbox
