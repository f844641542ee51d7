// Control requests that change an org: records, clock, faults, schema.
#include "control.hpp"
#include "json_out.hpp"
#include "mutate.hpp"
#include <algorithm>
#include <type_traits>

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
  m.purge = count_of(body, "purge");
  m.merge = count_of(body, "merge");
  m.recalculate = count_of(body, "recalculate");
  m.conceal = count_of(body, "conceal");
  m.reveal = count_of(body, "reveal");
  m.list_as_deleted = count_of(body, "list_as_deleted");
  m.late_seconds = body.number("late_seconds", 0);
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
  o.settle();
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
  const bool down = f.type == "empty" || f.type == "error" || f.type == "maintenance";
  f.status = static_cast<int>(action.number("status", down ? 503 : 200));
  f.code = f.type == "token_error" ? action.text("error") : action.text("errorCode");
  f.message = f.type == "token_error" ? action.text("error_description") : action.text("message");
  f.after_bytes = count_of(action, "after_bytes");
  f.rows = count_of(action, "rows");
  f.ms = static_cast<int>(action.number("ms", 0));
  f.pid = static_cast<int>(action.number("pid", 0));
  f.when = action.text("when");
  f.unframed = action.flag("unframed");
  if (action.has("body")) f.body = action.text("body");
  f.content_type = action.text("content_type");
  f.find = action.text("find");
  f.with = action.text("with");
  if (const auto* headers = action.object("headers"))
    for (const auto& [name, v] : *headers)
      if (v.is_string()) f.headers.emplace_back(name, v.get_string());
  if (!is_fault_type(f.type)) return control_error(400, "no action of type '" + f.type + "'");
  // 0 and below are groups of processes.
  if (f.type == "kill" && (f.pid <= 1 || !is_kill_time(f.when)))
    return control_error(400, "a kill has the pid of a client and a time");
  o.faults.add(std::move(f));
  return json_response(json_object().number("faults", o.faults.size()).done());
}

namespace {

field_def field_of(const boost::json::object& members) {
  const control_body wanted(members);
  field_def f;
  f.name = wanted.text("name");
  f.type = wanted.text("type");
  f.length = digits_of(wanted, "length");
  f.precision = digits_of(wanted, "precision");
  f.scale = digits_of(wanted, "scale");
  f.nillable = f.type != "boolean";
  f.filterable = f.type != "textarea" || f.length <= 255;
  f.calculated = wanted.flag("calculated");
  f.label = wanted.text("label");
  return f;
}

/// What is wrong with a change, if anything is.
std::optional<response> objection(const object_def& object, const schema_change& change) {
  const auto missing = [&](const std::string& name) { return !name.empty() && !object.find(name); };
  for (const auto& field : {change.add_field, change.retype_field})
    if (field && (field->name.empty() || field->type.empty()))
      return control_error(400, "a field has a name and a type");
  if (change.add_field && object.find(change.add_field->name))
    return control_error(409, "there is a field " + change.add_field->name);
  if (change.retype_field && missing(change.retype_field->name))
    return control_error(404, "no field " + change.retype_field->name);
  for (const std::string& name : {change.drop_field, change.rename_field})
    if (missing(name)) return control_error(404, "no field " + name);
  if (!change.rename_field.empty() && (change.rename_to.empty() || object.find(change.rename_to)))
    return control_error(409, "rename_to is a name that no field has");
  if (!change.show_field.empty() && !object.find_hidden(change.show_field))
    return control_error(404, "no hidden field " + change.show_field);
  return {};
}

}  // namespace

response change_schema(org& o, const control_body& body) {
  schema_change change;
  change.object = body.text("object");
  const object_def* object = o.known(change.object);
  if (object == nullptr) return control_error(404, "no object " + change.object);
  change.drop_field = body.text(body.text("hide_field").empty() ? "drop_field" : "hide_field");
  change.show_field = body.text("show_field");
  change.rename_field = body.text("rename_field");
  change.rename_to = body.text("rename_to");
  change.hide = body.flag("hide");
  change.show = body.flag("show");
  if (const auto* members = body.object("add_field")) change.add_field = field_of(*members);
  if (const auto* members = body.object("retype_field")) change.retype_field = field_of(*members);
  if (auto fault = objection(*object, change)) return std::move(*fault);
  if (body.flag("after_describe")) {
    o.after_describe.push_back(std::move(change));
  } else {
    o.change_schema(change);
  }
  return json_response("{}");
}

response change_settings(org& o, const control_body& body) {
  org_settings& s = o.settings;
  const auto count = [&](std::string_view name, auto& to) {
    using number = std::remove_reference_t<decltype(to)>;
    to = static_cast<number>(
        std::max<std::int64_t>(body.number(name, static_cast<std::int64_t>(to)), 0));
  };
  const auto flag = [&](std::string_view name, bool& to) {
    if (body.has(name)) to = body.flag(name);
  };
  count("daily_limit", s.daily_limit);
  count("delete_log_limit", s.delete_log_limit);
  count("id_limit", s.id_limit);
  count("long_transaction_seconds", s.long_transaction_seconds);
  count("oldest_version", s.oldest_version);
  count("retired_status", s.retired_status);
  flag("retired_is_named", s.retired_is_named);
  flag("hard_deletes_are_listed", s.hard_deletes_are_listed);
  flag("purged_log_is_an_error", s.purged_log_is_an_error);
  flag("cascades", s.cascades);
  flag("cascades_are_stamped", s.cascades_are_stamped);
  flag("formulas_follow", s.formulas_follow);
  flag("undeletes_are_stamped", s.undeletes_are_stamped);
  flag("composite_counts_each", s.composite_counts_each);
  count("composite_max", s.composite_max);
  count("composite_queries_max", s.composite_queries_max);
  if (body.has("composite_refuses")) s.composite_refuses = body.text("composite_refuses");
  count("result_page_rows", s.result_page_rows);
  flag("guide_spelling", s.guide_spelling);
  o.spend(count_of(body, "spend"));
  return json_response(
      json_object().number("used", o.used()).number("daily_limit", s.daily_limit).done());
}

}  // namespace sandbox
