// What tests turn and read: changes of data, clock, faults, schema; truth and counters.
#include <boost/json.hpp>

#include "api.hpp"
#include "ids.hpp"
#include <algorithm>

namespace sandbox {
namespace {

namespace json = boost::json;

response reply(const json::value& body) {
  response r;
  r.body = json::serialize(body);
  return r;
}

std::string text_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}
std::int64_t number_in(const json::object& o, std::string_view key, std::int64_t fallback = 0) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_int64() ? v->get_int64() : fallback;
}

/// How often each kind of change was asked for.
struct amounts {
  std::int64_t update = 0;
  std::int64_t insert = 0;
  std::int64_t remove = 0;
  std::int64_t undelete = 0;
  std::int64_t hard_delete = 0;
};

std::map<std::size_t, value> new_values(org& o, const table& rows, std::uint64_t seed) {
  std::map<std::size_t, value> values;
  const object_def& object = rows.def();
  for (std::size_t i = 0; i < object.fields.size(); ++i)
    if (rows.kind_of(i) == special::none && object.fields[i].plain() &&
        !object.fields[i].calculated)
      values[i] = make_value(seed, object, object.fields[i], seed % 1000 + 1000, o.objects());
  return values;
}

json::object mutate_one(org& o, const object_def& object, const amounts& n, std::uint64_t seed) {
  table& rows = o.records(object);
  json::array updated;
  json::array inserted;
  json::array deleted;
  json::array undeleted;
  json::array gone;
  std::uint64_t state = mixed(seed, hashed(object.name));
  std::vector<bool> touched(rows.size(), false);
  // A record is met once in one call, so that the numbers told are the numbers done.
  const auto pick = [&](bool want_deleted) -> std::optional<std::uint32_t> {
    for (std::uint32_t tries = 0; tries < rows.size() + 64; ++tries) {
      state = mixed(state, 1);
      const auto start =
          static_cast<std::uint32_t>(state % std::max<std::uint32_t>(rows.size(), 1));
      if (start < touched.size() && !touched[start] && rows.exists(start) &&
          rows.deleted(start) == want_deleted) {
        touched[start] = true;
        return start;
      }
    }
    return {};
  };
  for (std::int64_t i = 0; i < n.update; ++i) {
    const auto r = pick(false);
    if (!r) break;
    rows.update(*r, new_values(o, rows, mixed(state, *r)), o.now());
    updated.emplace_back(rows.id(*r));
  }
  for (std::int64_t i = 0; i < n.remove; ++i) {
    const auto r = pick(false);
    if (!r) break;
    deleted.emplace_back(rows.id(*r));
    rows.set_deleted(*r, true, o.now());
  }
  for (std::int64_t i = 0; i < n.undelete; ++i) {
    const auto r = pick(true);
    if (!r) break;
    rows.set_deleted(*r, false, o.now());
    undeleted.emplace_back(rows.id(*r));
  }
  for (std::int64_t i = 0; i < n.hard_delete; ++i) {
    const auto r = pick(false);
    if (!r) break;
    gone.emplace_back(rows.id(*r));
    rows.erase(*r);
  }
  for (std::int64_t i = 0; i < n.insert; ++i) {
    const std::uint32_t r =
        rows.insert(new_values(o, rows, mixed(state, static_cast<std::uint64_t>(i) + 7)), o.now());
    inserted.emplace_back(rows.id(r));
  }
  return {{"updated", updated},
          {"inserted", inserted},
          {"deleted", deleted},
          {"undeleted", undeleted},
          {"hard_deleted", gone}};
}

/// The i-th share of `all` among `count`.
std::int64_t share(std::int64_t all, std::size_t i, std::size_t count) {
  const auto n = static_cast<std::int64_t>(count);
  return all / n + (static_cast<std::int64_t>(i) < all % n ? 1 : 0);
}

response mutate(org& o, const json::object& body) {
  const amounts all{number_in(body, "update"), number_in(body, "insert"), number_in(body, "delete"),
                    number_in(body, "undelete"), number_in(body, "hard_delete")};
  const auto seed = static_cast<std::uint64_t>(number_in(body, "seed", 1));
  const std::string wanted = text_in(body, "object");
  std::vector<const object_def*> objects;
  for (const object_def& object : o.objects().objects)
    if (object.queryable && o.find(object.name) != nullptr &&
        (wanted == "*" ? object.updateable && object.find("IsDeleted")
                       : same_word(wanted, object.name)))
      objects.push_back(&object);
  if (objects.empty()) return api_error(404, "NOT_FOUND", "no such object");
  json::object out;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const amounts n{share(all.update, i, objects.size()), share(all.insert, i, objects.size()),
                    share(all.remove, i, objects.size()), share(all.undelete, i, objects.size()),
                    share(all.hard_delete, i, objects.size())};
    out[objects[i]->name] = mutate_one(o, *objects[i], n, seed);
  }
  return reply(out);
}

response truth(org& o, const std::string& name) {
  const object_def* object = o.find(name);
  if (object == nullptr) return api_error(404, "NOT_FOUND", "no such object");
  const table* rows = &o.records(*object);
  response r;
  r.type = "application/x-ndjson";
  r.produce = [rows, next = std::uint32_t{0}](std::string& body) mutable {
    const std::size_t limit = body.size() + (std::size_t{256} << 10U);
    for (; next < rows->size() && body.size() < limit; ++next)
      if (rows->exists(next)) append_truth(body, *rows, next);
    return next < rows->size();
  };
  return r;
}

response counters(org& o) {
  json::object kinds;
  for (const auto& [kind, count] : o.kinds)
    kinds[kind] = count;
  json::object objects;
  for (const auto& [object, of_kind] : o.of_objects) {
    json::object each;
    for (const auto& [kind, count] : of_kind)
      each[kind] = count;
    objects[object] = each;
  }
  return reply(json::object{{"total", o.total}, {"kinds", kinds}, {"objects", objects}});
}

response add_fault(org& o, const json::object& body) {
  fault f;
  f.id = o.next_number++;
  f.kind = text_in(body, "kind");
  f.object = text_in(body, "object");
  f.count = static_cast<int>(number_in(body, "count", 1));
  f.skip = static_cast<int>(number_in(body, "skip"));
  const json::value* action = body.if_contains("action");
  if (action == nullptr || !action->is_object())
    return api_error(400, "INVALID_FIELD", "action is missing");
  const json::object& a = action->get_object();
  f.type = text_in(a, "type");
  f.status = static_cast<int>(number_in(a, "status", f.type == "html" ? 200 : 500));
  f.code = a.contains("error") ? text_in(a, "error") : text_in(a, "errorCode");
  f.message =
      a.contains("error_description") ? text_in(a, "error_description") : text_in(a, "message");
  f.after_bytes = static_cast<std::size_t>(number_in(a, "after_bytes"));
  f.ms = static_cast<int>(number_in(a, "ms"));
  if (const json::value* headers = a.if_contains("headers"))
    for (const auto& h : headers->get_object())
      f.headers.emplace_back(h.key(), std::string(h.value().get_string()));
  o.faults.push_back(f);
  return reply(json::object{{"id", f.id}});
}

response change_schema(org& o, const json::object& body) {
  pending_change change;
  change.object = text_in(body, "object");
  change.drop_field = text_in(body, "drop_field");
  change.hide = body.contains("hide");
  if (const json::value* add = body.if_contains("add_field")) {
    const json::object& a = add->get_object();
    field_def f;
    f.name = text_in(a, "name");
    f.type = text_in(a, "type");
    f.length = static_cast<unsigned>(number_in(a, "length"));
    f.precision = static_cast<unsigned>(number_in(a, "precision"));
    f.scale = static_cast<unsigned>(number_in(a, "scale"));
    f.nillable = true;
    change.add_field = f;
  }
  const json::value* later = body.if_contains("after_describe");
  if (later != nullptr && later->is_bool() && later->get_bool()) {
    o.pending.push_back(change);
  } else {
    o.change_schema(change);
  }
  return reply(json::object{{"done", true}});
}

response list_objects(org& o) {
  json::array list;
  for (const object_def& object : o.objects().objects) {
    if (o.find(object.name) == nullptr) continue;
    std::size_t count = 0;
    if (object.queryable) {
      const table& rows = o.records(object);
      for (std::uint32_t r = 0; r < rows.size(); ++r)
        count += rows.exists(r) ? 1 : 0;
    }
    list.push_back(json::object{{"name", object.name},
                                {"records", count},
                                {"custom", object.custom},
                                {"queryable", object.queryable},
                                {"bulk", object.bulk}});
  }
  return reply(list);
}

}  // namespace

response control(org& o, const request& r, const std::vector<std::string>& parts) {
  const std::string what = parts.empty() ? "" : parts[0];
  json::object body;
  if (!r.body.empty()) {
    json::error_code ec;
    const json::value parsed = json::parse(r.body, ec);
    if (ec || !parsed.is_object())
      return api_error(400, "JSON_PARSER_ERROR", "the body is not a JSON object");
    body = parsed.get_object();
  }
  if (what == "objects") return list_objects(o);
  if (what == "mutate" && r.method == "POST") return mutate(o, body);
  if (what == "clock") {
    if (r.method == "POST") o.advance(number_in(body, "advance_seconds"));
    return reply(json::object{{"now", canonical_time(o.now())}});
  }
  if (what == "truth" && parts.size() == 2) return truth(o, parts[1]);
  if (what == "counters") {
    if (parts.size() == 2 && parts[1] == "reset") {
      o.total = 0;
      o.kinds.clear();
      o.of_objects.clear();
    }
    return counters(o);
  }
  if (what == "faults") {
    if (r.method != "DELETE") return add_fault(o, body);
    o.faults.clear();
    return reply(json::object{{"done", true}});
  }
  if (what == "schema" && r.method == "POST") return change_schema(o, body);
  if (what == "sessions") {
    o.expire_sessions();
    return reply(json::object{{"done", true}});
  }
  return api_error(404, "NOT_FOUND", "no such control endpoint");
}

}  // namespace sandbox
