// From a path to what is asked for.
#include "api.hpp"
#include <algorithm>
#include <cctype>

namespace sandbox {
namespace {

constexpr int newest_version = 65;
constexpr int oldest_version = 31;

std::string bearer_of(const request& r) {
  const std::string text = r.header("authorization");
  for (const std::string_view scheme : {"Bearer ", "OAuth "})
    if (text.size() > scheme.size() && same_word(text.substr(0, scheme.size()), scheme))
      return text.substr(scheme.size());
  return {};
}

std::string query_object(const call& c, const request& r) {
  if (c.kind == "query") return object_of(r.parameter("q"));
  if (c.kind == "query_more") {
    const cursor* open = c.where->find_cursor(c.parts[1].substr(0, c.parts[1].find('-')));
    return open != nullptr ? open->object : "";
  }
  if (c.kind == "bulk_create") {
    const auto* query = c.body.if_contains("query");
    return query != nullptr && query->is_string() ? object_of(query->get_string()) : "";
  }
  if (c.kind.starts_with("bulk_") && c.parts.size() > 2) {
    const auto job = c.where->jobs.find(c.parts[2]);
    return job != c.where->jobs.end() ? job->second.object : "";
  }
  return {};
}

std::string kind_of_object_call(const call& c, const request& r) {
  const std::vector<std::string>& p = c.parts;
  if (p.size() == 1) return "global_describe";
  if (p.size() == 2) return r.method == "POST" ? "record_create" : "object";
  if (p.size() == 3 && p[2] == "describe") return "describe";
  if (p.size() == 3 && (p[2] == "deleted" || p[2] == "updated")) return p[2];
  if (p.size() == 4 && r.method == "GET") return "blob";
  if (p.size() != 3) return {};
  return r.method == "PATCH"    ? "record_update"
         : r.method == "DELETE" ? "record_delete"
                                : "record_get";
}

std::string kind_of_job_call(const call& c, const request& r) {
  const std::vector<std::string>& p = c.parts;
  if (p.size() < 2 || p[1] != "query") return {};
  if (p.size() == 2) return r.method == "POST" ? "bulk_create" : "bulk_list";
  if (p.size() == 3)
    return r.method == "PATCH" ? "bulk_abort" : r.method == "DELETE" ? "bulk_delete" : "bulk_poll";
  if (p.size() == 4 && p[3] == "results") return "bulk_results";
  if (p.size() == 4 && p[3] == "resultPages") return "bulk_result_pages";
  return {};
}

std::string kind_of(const call& c, const request& r) {
  const std::vector<std::string>& p = c.parts;
  if (p.empty()) return "resources";
  if (p[0] == "sobjects") return kind_of_object_call(c, r);
  if (p[0] == "jobs") return kind_of_job_call(c, r);
  if (p.size() == 1 && (p[0] == "query" || p[0] == "queryAll")) return "query";
  if (p.size() == 2 && (p[0] == "query" || p[0] == "queryAll")) return "query_more";
  if (p[0] == "limits")
    return p.size() == 1 ? "limits" : p[1] == "recordCount" ? "record_count" : "";
  if (p[0] == "composite" && r.method == "POST")
    return p.size() == 1 ? "composite" : p[1] == "batch" ? "batch" : "";
  return {};
}

/// Whether a composite holds a query: a catalog and what is read of it count apart.
bool asks_a_query(const call& c) {
  const auto* list = c.body.if_contains("compositeRequest");
  if (list == nullptr || !list->is_array()) return false;
  const auto& requests = list->get_array();
  return std::any_of(requests.begin(), requests.end(), [](const boost::json::value& one) {
    const auto* url = one.is_object() ? one.get_object().if_contains("url") : nullptr;
    return url != nullptr && url->is_string() &&
           std::string_view(url->get_string()).find("/query") != std::string_view::npos;
  });
}

}  // namespace

bool is_supported(const std::string& version) {
  if (version.size() != 4 || !version.ends_with(".0")) return false;
  if (std::isdigit(static_cast<unsigned char>(version[0])) == 0 ||
      std::isdigit(static_cast<unsigned char>(version[1])) == 0)
    return false;
  const int number = (version[0] - '0') * 10 + (version[1] - '0');
  return number >= oldest_version && number <= newest_version;
}

std::string object_of(std::string_view soql) {
  constexpr std::string_view word = "from";
  const auto blank = [&](std::size_t i) {
    return i < soql.size() && std::isspace(static_cast<unsigned char>(soql[i])) != 0;
  };
  for (std::size_t i = 1; i + word.size() < soql.size(); ++i) {
    if (!blank(i - 1) || !blank(i + word.size()) || !same_word(soql.substr(i, word.size()), word))
      continue;
    std::size_t begin = i + word.size();
    while (blank(begin))
      ++begin;
    std::size_t end = begin;
    while (end < soql.size() && !blank(end))
      ++end;
    return std::string(soql.substr(begin, end - begin));
  }
  return {};
}

void classify(call& c, const request& r) {
  constexpr std::string_view data = "/services/data";
  if (c.path.starts_with(data)) {
    std::vector<std::string> parts = split(std::string_view(c.path).substr(data.size()), '/');
    if (parts.empty()) {
      c.kind = "versions";
      return;
    }
    c.version = parts.front().starts_with('v') ? parts.front().substr(1) : "";
    c.parts.assign(parts.begin() + 1, parts.end());
    if (!r.body.empty() && r.method != "GET") {
      boost::system::error_code fault;
      boost::json::value body = boost::json::parse(r.body, fault);
      c.bad_body = fault || !body.is_object();
      if (!c.bad_body) c.body = std::move(body.get_object());
    }
    c.kind = kind_of(c, r);
    if (c.kind == "composite" && asks_a_query(c)) c.paid_as = "composite_query";
    c.object = c.parts.size() > 1 && c.parts[0] == "sobjects" ? c.parts[1] : query_object(c, r);
    if (const object_def* o = c.where->find(c.object)) c.object = o->name;
  } else if (c.path == "/services/oauth2/token") {
    c.kind = "token";
  } else if (c.path == "/services/oauth2/authorize") {
    c.kind = "authorize";
  } else if (c.path == "/services/oauth2/revoke") {
    c.kind = "revoke";
  } else if (c.path.starts_with("/services/Soap/u/") || c.path.starts_with("/services/Soap/c/")) {
    c.kind = "soap_login";
  } else if (c.path.starts_with("/id/")) {
    c.kind = "identity";
  }
}

call find_call(const api& all, const request& r) {
  constexpr std::string_view prefix = "/org/";
  call c;
  std::string address;
  c.path = r.path;
  if (c.path.starts_with(prefix)) {
    const std::size_t end = std::min(c.path.find('/', prefix.size()), c.path.size());
    address = c.path.substr(prefix.size(), end - prefix.size());
    c.where = all.find(std::string_view(address).substr(0, address.find('@')));
    c.path.erase(0, end);
  } else {
    const std::string token = bearer_of(r);
    for (const auto& o : all.orgs())
      if (o->is_session(token)) c.where = o.get();
    if (c.where == nullptr) c.where = all.orgs().front().get();
  }
  if (c.where == nullptr) return c;
  classify(c, r);
  const bool data = c.kind == "versions" || !c.version.empty();
  const bool open = c.kind == "versions" || c.kind == "token" || c.kind == "soap_login" ||
                    c.kind == "authorize" || c.kind == "revoke";
  if (!open && !c.kind.empty() && !c.where->is_session(bearer_of(r))) c.kind = "no_session";
  const bool here = address.empty() || address == c.where->address();
  if (data && !here && c.kind != "no_session") c.kind = "moved";
  return c;
}

}  // namespace sandbox
