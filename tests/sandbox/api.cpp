// Routing, counting and faults.
#include "api.hpp"

#include <boost/json.hpp>

#include "soql.hpp"
#include <algorithm>
#include <array>
#include <ctime>

namespace sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t uri_bytes_max = 16'384;

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t slash = path.find('/', at);
    const std::string part =
        path.substr(at, slash == std::string::npos ? std::string::npos : slash - at);
    if (!part.empty()) parts.push_back(part);
    if (slash == std::string::npos) break;
    at = slash + 1;
  }
  return parts;
}

std::string object_in(const std::string& soql) {
  const auto parsed = parse_soql(soql);
  if (const auto* s = std::get_if<statement>(&parsed)) return s->object;
  return {};
}

/// What the request is, before anything answers it.
request_kind kind_of(org& o, const request& r, const std::vector<std::string>& parts) {
  if (parts.empty()) return {"resources", {}};
  const std::string& first = parts[0];
  if (first == "sobjects") {
    if (parts.size() == 1) return {"global_describe", {}};
    if (parts.size() == 3 && parts[2] == "describe") return {"describe", parts[1]};
    return {"record", parts[1]};
  }
  if (first == "query" || first == "queryAll") {
    if (parts.size() == 1) return {"query", object_in(r.parameter("q"))};
    const std::string id = parts[1].substr(0, parts[1].rfind('-'));
    const cursor* c = o.find_cursor(id);
    return {"query_more", c != nullptr ? c->object : std::string()};
  }
  if (first == "jobs") {
    const auto job = o.jobs.find(parts.size() > 2 ? parts[2] : std::string());
    const std::string object = job != o.jobs.end() ? job->second.object : std::string();
    if (r.method == "POST") {
      json::error_code ec;
      const json::value body = json::parse(r.body, ec);
      if (!ec && body.is_object() && body.get_object().contains("query"))
        return {"bulk_create", object_in(std::string(body.get_object().at("query").as_string()))};
      return {"bulk_create", {}};
    }
    if (r.method == "DELETE") return {"bulk_delete", object};
    if (parts.size() > 3) return {"bulk_results", object};
    return {"bulk_poll", object};
  }
  if (first == "limits") return {parts.size() > 1 ? "record_count" : "limits", {}};
  return {first, {}};
}

fault* find_fault(org& o, const request_kind& k) {
  for (fault& f : o.faults) {
    if (f.kind != "any" && f.kind != k.kind) continue;
    if (!f.object.empty() && !same_word(f.object, k.object)) continue;
    if (f.count == 0) continue;
    if (f.skip > 0) {
      --f.skip;
      continue;
    }
    if (f.count > 0) --f.count;
    return &f;
  }
  return nullptr;
}

/// Answers that take the place of the real one; none: the real one is changed by `spoil`.
std::optional<response> instead(org& o, const fault& f) {
  response out;
  out.headers = f.headers;
  if (f.type == "error") {
    out = api_error(f.status, f.code, f.message);
    out.headers = f.headers;
    return out;
  }
  if (f.type == "html") {
    out.status = f.status;
    out.type = "text/html;charset=UTF-8";
    out.body =
        "<html><head><title>Down for maintenance</title></head><body><h1>We are down for "
        "maintenance</h1></body></html>";
    return out;
  }
  if (f.type == "empty") {
    out.status = f.status;
    out.type = "";
    return out;
  }
  if (f.type == "expire_session") {
    o.expire_sessions();
    return api_error(401, "INVALID_SESSION_ID", "Session expired or invalid");
  }
  if (f.type == "token_error") {
    out.status = 400;
    out.body = json::serialize(json::object{{"error", f.code}, {"error_description", f.message}});
    return out;
  }
  return {};
}

/// The org's clock, as every answer tells it.
std::string http_date(stamp t) {
  const std::time_t seconds = static_cast<std::time_t>(t / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

void materialize(response& r) {
  if (!r.produce) return;
  while (r.produce(r.body)) {
  }
  r.produce = nullptr;
}

void spoil(const fault& f, response& r) {
  if (f.type == "delay") r.delay_ms += f.ms;
  if (f.type == "truncate" || f.type == "reset" || f.type == "stall") {
    materialize(r);
    const auto how = f.type == "truncate" ? cut::kind::close
                     : f.type == "reset"  ? cut::kind::reset
                                          : cut::kind::stall;
    r.broken = cut{how, f.after_bytes};
  }
  if (f.type == "corrupt_gzip") {
    materialize(r);
    r.corrupt_gzip = true;
  }
  if (f.type == "wrong_count") {
    materialize(r);
    const std::size_t at = r.body.find("\"totalSize\":");
    if (at != std::string::npos) r.body.insert(at + 12, "9");
    for (auto& [name, value] : r.headers)
      if (name == "Sforce-NumberOfRecords") value += "9";
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  return json::serialize(json::value(json::string(text)));
}

response api_error(int status, const std::string& code, const std::string& message) {
  response r;
  r.status = status;
  r.body = json::serialize(json::array{json::object{{"message", message}, {"errorCode", code}}});
  return r;
}

org* api::find_org(const std::string& name) {
  for (const auto& o : orgs_)
    if (o->options().name == name) return o.get();
  return nullptr;
}

response api::handle(const request& r) {
  if (r.target_bytes > uri_bytes_max) {
    response out;
    out.status = 414;
    out.type = "text/html;charset=iso-8859-1";
    out.body = "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>";
    return out;
  }
  if (r.head_bytes > uri_bytes_max) {
    response out;
    out.status = 431;
    out.type = "text/html;charset=iso-8859-1";
    out.body = "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>";
    return out;
  }
  std::vector<std::string> parts = split(r.path);
  org* o = orgs_.front().get();
  std::string path = r.path;
  if (parts.size() >= 2 && parts[0] == "org") {
    o = find_org(parts[1]);
    if (o == nullptr) return api_error(404, "NOT_FOUND", "there is no such org");
    path = path.substr(("/org/" + parts[1]).size());
    parts.erase(parts.begin(), parts.begin() + 2);
  } else {
    const std::string token = r.header("authorization");
    for (const auto& candidate : orgs_)
      if (token.starts_with("Bearer ") && candidate->is_session(token.substr(7)))
        o = candidate.get();
  }
  if (!parts.empty() && parts[0] == "sandbox") {
    if (parts.size() >= 3 && parts[1] == "orgs") {
      org* named = find_org(parts[2]);
      if (named == nullptr) return api_error(404, "NOT_FOUND", "there is no such org");
      return control(*named, r, {parts.begin() + 3, parts.end()});
    }
    json::array list;
    for (const auto& each : orgs_)
      list.push_back(json::object{{"name", each->options().name}, {"login_url", login_url(*each)}});
    response out;
    out.body = json::serialize(list);
    return out;
  }
  response out = dispatch(*o, r, path);
  out.headers.emplace_back("Date", http_date(o->now()));
  out.delay_ms += o->options().latency_ms;
  return out;
}

response api::dispatch(org& o, const request& r, const std::string& path) {
  const std::vector<std::string> parts = split(path);
  if (path == "/services/oauth2/token") {
    ++o.kinds["token"];
    if (fault* f = find_fault(o, {"token", {}})) {
      if (auto answer = instead(o, *f)) return *answer;
      response out = handle_token(o, r, login_url(o));
      spoil(*f, out);
      return out;
    }
    return handle_token(o, r, login_url(o));
  }
  if (path.starts_with("/services/Soap/u/")) return handle_soap_login(o, r, login_url(o));
  if (parts.size() < 2 || parts[0] != "services" || parts[1] != "data") {
    if (parts.size() == 3 && parts[0] == "id") {
      response out;
      out.body =
          json::serialize(json::object{{"organization_id", o.org_id()},
                                       {"user_id", parts[2]},
                                       {"username", "user@" + o.options().name + ".sandbox"}});
      return out;
    }
    response out;
    out.status = 404;
    out.type = "text/html;charset=UTF-8";
    out.body = "<html><body>URL No Longer Exists</body></html>";
    return out;
  }
  return data(o, r, {parts.begin() + 2, parts.end()});
}

response api::data(org& o, const request& r, std::vector<std::string> parts) {
  request_kind kind{"versions", {}};
  std::string version;
  if (!parts.empty()) {
    version = parts.front().starts_with('v') ? parts.front().substr(1) : parts.front();
    parts.erase(parts.begin());
    kind = kind_of(o, r, parts);
  }
  ++o.total;
  ++o.kinds[kind.kind];
  if (!kind.object.empty()) ++o.of_objects[kind.object][kind.kind];
  const auto answer = [&]() -> response {
    if (kind.kind == "versions") {
      json::array list;
      for (int v = 31; v <= 65; ++v)
        list.push_back(json::object{{"label", "Release " + std::to_string(v)},
                                    {"url", "/services/data/v" + std::to_string(v) + ".0"},
                                    {"version", std::to_string(v) + ".0"}});
      response out;
      out.body = json::serialize(list);
      return out;
    }
    const std::string token = r.header("authorization");
    if (!token.starts_with("Bearer ") || !o.is_session(token.substr(7)))
      return api_error(401, "INVALID_SESSION_ID", "Session expired or invalid");
    const int number = std::atoi(version.c_str());
    if (number < 31 || number > 65)
      return api_error(404, "NOT_FOUND", "The requested resource does not exist");
    if (parts.empty()) {
      response out;
      out.body = json::serialize(
          json::object{{"sobjects", "/services/data/v" + version + "/sobjects"},
                       {"query", "/services/data/v" + version + "/query"},
                       {"identity", login_url(o) + "/id/" + o.org_id() + "/0055g000000000AAAA"}});
      return out;
    }
    if (kind.kind == "global_describe") return global_describe(o, version);
    if (kind.kind == "limits") return limits(o);
    if (kind.kind == "record_count") return record_count(o, r);
    if (kind.kind == "query") return query(o, r, r.parameter("q"), parts[0] == "queryAll", version);
    if (kind.kind == "query_more") return query_more(o, parts[1], version);
    if (parts[0] == "jobs") return bulk(o, r, parts, version);
    if (parts[0] == "sobjects") {
      const object_def* object = o.find(parts[1]);
      if (object == nullptr)
        return api_error(404, "NOT_FOUND", "The requested resource does not exist");
      if (kind.kind == "describe") return describe(o, *object, r, version);
      return record_endpoint(o, r, *object, parts, version);
    }
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  };
  response out;
  fault* f = find_fault(o, kind);
  const auto other = f != nullptr ? instead(o, *f) : std::nullopt;
  if (other) {
    out = *other;
  } else {
    out = answer();
    if (f != nullptr) spoil(*f, out);
  }
  out.headers.emplace_back("Sforce-Limit-Info", "api-usage=" + std::to_string(o.total) + "/" +
                                                    std::to_string(org::daily_limit));
  return out;
}

}  // namespace sandbox
