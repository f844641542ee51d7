// The control endpoints: what tests read from an org, and the way to those that change it.
#include "control.hpp"

#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

response list_objects(org& o) {
  std::string out = "[";
  for (const object_def& object : o.objects().objects) {
    if (object.listed_only || o.hidden(object)) continue;
    if (out.size() > 1) out += ',';
    out += json_object()
               .text("name", object.name)
               .number("records", object.queryable ? o.records(object).live() : 0)
               .flag("custom", object.custom)
               .flag("queryable", object.queryable)
               .flag("bulk", object.bulk)
               .done();
  }
  return json_response(out + "]");
}

/// Every record, the soft-deleted too, in the order of Ids.
response truth_of(org& o, const std::string& name) {
  const object_def* object = o.find(name);
  if (object == nullptr || !object->queryable) return control_error(404, "no records of " + name);
  const table& rows = o.records(*object);
  auto lines = o.rows_of(*object, truth_fields(*object), {form::truth, ""});
  response out;
  out.type = "application/x-ndjson";
  out.produce = [&rows, lines, next = std::uint32_t{0}](std::string& to) mutable {
    const std::size_t begin = to.size();
    for (; next < rows.size() && to.size() - begin < piece_bytes; ++next)
      if (const row r = rows.at(next); !r.gone) lines->append(to, r);
    return next < rows.size();
  };
  return out;
}

std::string counts_json(const std::map<std::string, std::uint64_t>& counts) {
  json_object out;
  for (const auto& [name, count] : counts)
    out.number(name, count);
  return out.done();
}

response counters_of(const org& o) {
  json_object objects;
  for (const auto& [object, kinds] : o.of_objects)
    objects.raw(object, counts_json(kinds));
  return json_response(json_object()
                           .number("total", o.total)
                           .number("calls", o.spent)
                           .raw("kinds", counts_json(o.kinds))
                           .raw("paid", counts_json(o.paid))
                           .raw("objects", objects.done())
                           .done());
}

response reset_counters(org& o) {
  o.total = 0;
  o.spent = 0;
  o.kinds.clear();
  o.paid.clear();
  o.of_objects.clear();
  return json_response("{}");
}

response serve_org(org& o, const std::vector<std::string>& path, const request& r) {
  const bool get = r.method == "GET";
  const bool post = r.method == "POST";
  const std::string& what = path.front();
  const std::string more = path.size() > 1 ? path[1] : "";
  if (get && what == "objects") return list_objects(o);
  if (get && what == "truth" && !more.empty()) return truth_of(o, more);
  if (get && what == "counters") return counters_of(o);
  if (get && what == "auth") return auth_of(o);
  if (post && what == "counters" && more == "reset") return reset_counters(o);
  if (what == "faults" && r.method == "DELETE") {
    const std::size_t left = o.faults.size();
    o.faults.clear();
    return json_response(json_object().number("left", left).done());
  }
  const control_body body(r.body);
  if (!body.valid()) return control_error(400, "the body is no JSON object");
  if (what == "clock") return change_clock(o, body);
  if (post && what == "mutate") return change_records(o, body);
  if (post && what == "faults") return add_fault(o, body);
  if (post && what == "settings") return change_settings(o, body);
  if (post && what == "schema") return change_schema(o, body);
  if (post && what == "auth") return change_auth(o, body);
  if (post && what == "sessions" && more == "expire") {
    o.expire_sessions();
    return json_response("{}");
  }
  return control_error(404, "no such control");
}

}  // namespace

std::string api::describe_orgs() const {
  return json_list(orgs_, [&](const std::unique_ptr<org>& o) {
    return json_object()
        .text("name", o->name())
        .text("login_url", login_url(*o))
        .text("client_id", client_id)
        .text("client_secret", client_secret)
        .text("refresh_token", o->refresh_token())
        .text("username", user_name(*o))
        .text("password", password)
        .text("security_token", security_token)
        .done();
  });
}

/// /sandbox/orgs, /sandbox/orgs/NAME/WHAT...
response serve_control(api& all, const request& r) {
  std::vector<std::string> path = split(r.path, '/');
  if (path.size() < 2 || path[1] != "orgs") return control_error(404, "no such control");
  if (path.size() == 2) return json_response(all.describe_orgs());
  org* o = all.find(path[2]);
  if (o == nullptr) return control_error(404, "no org " + path[2]);
  o->settle();
  path.erase(path.begin(), path.begin() + 3);
  if (path.empty()) return control_error(404, "no such control");
  return serve_org(*o, path, r);
}

}  // namespace sandbox
