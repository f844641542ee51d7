// Serving a call: counting, faults, the answer and the headers that every answer has.
#include "api.hpp"

#include <optional>
#include <utility>

namespace sandbox {
namespace {

constexpr std::size_t longest_uri = 16'384;

response too_long(int status, const std::string& reason) {
  response r;
  r.status = status;
  r.type = "text/html;charset=iso-8859-1";
  r.body = "<h1>Bad Message " + std::to_string(status) + "</h1><pre>reason: " + reason + "</pre>";
  r.close = true;
  return r;
}

response session_expired() {
  response r = api_error(401, "INVALID_SESSION_ID", "Session expired or invalid");
  r.headers.emplace_back("WWW-Authenticate", "Token");
  return r;
}

/// What an old address of an org may say for a while.
response moved() {
  response r;
  r.status = 404;
  r.type = "text/html;charset=UTF-8";
  r.body = "<html><body>This org is elsewhere now.</body></html>";
  return r;
}

response dispatch(api& all, call& c, const request& r) {
  const std::string& k = c.kind;
  org& o = *c.where;
  if (k == "no_session") return session_expired();
  if (k == "moved") return moved();
  if (k == "token") return serve_token(all, o, r);
  if (k == "authorize") return serve_authorize(o, r);
  if (k == "revoke") return serve_revoke(o, r);
  if (k == "soap_login") return serve_soap_login(all, o, r);
  if (k == "identity") return serve_identity(all, o);
  if (k == "versions") return serve_versions(o);
  if (k.empty()) return not_found();
  if (!is_supported(c.version))
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  if (std::stoi(c.version) < o.settings.oldest_version)
    return o.settings.retired_is_named
               ? api_error(o.settings.retired_status, "UNSUPPORTED_API_VERSION",
                           "Your API client's version is no longer supported by this service.")
               : api_error(o.settings.retired_status, "NOT_FOUND",
                           "The requested resource does not exist");
  if (c.bad_body)
    return api_error(400, "JSON_PARSER_ERROR", "Unexpected character in the JSON body");
  if (k == "resources") return serve_resources(c);
  if (k == "global_describe") return serve_global_describe(c, r);
  if (k == "describe") return serve_describe(c, r);
  if (k == "object") return serve_object(c);
  if (k == "query") return serve_query(c, r);
  if (k == "query_more") return serve_query_more(c);
  if (k == "bulk_create") return serve_bulk_create(c);
  if (k == "bulk_list") return serve_bulk_list(c);
  if (k == "bulk_poll" || k == "bulk_abort" || k == "bulk_delete") return serve_bulk_job(c, r);
  if (k == "bulk_results") return serve_bulk_results(c, r);
  if (k == "bulk_result_pages") return serve_bulk_result_pages(c, r);
  if (k == "record_create") return serve_record_create(c);
  if (k == "deleted" || k == "updated") return serve_changed(c, r);
  if (k == "limits") return serve_limits(c);
  if (k == "record_count") return serve_record_count(c, r);
  if (k == "batch") return serve_batch(all, c);
  if (k == "composite") return serve_composite(all, c);
  return serve_record(c, r);
}

}  // namespace

response not_found() {
  return api_error(404, "NOT_FOUND", "The requested resource does not exist");
}

api::api(std::vector<org_options> orgs, const clocks& time) {
  if (orgs.empty()) orgs.emplace_back();
  for (org_options& o : orgs)
    orgs_.push_back(std::make_unique<org>(std::move(o), time));
}

org* api::find(std::string_view name) const {
  for (const auto& o : orgs_)
    if (o->name() == name) return o.get();
  return nullptr;
}

response api::serve(call& c, const request& r) {
  org& o = *c.where;
  const std::string kind = c.kind.empty() ? "unknown" : c.kind;
  const bool parts_pay = kind == "composite" && o.settings.composite_counts_each;
  std::optional<std::string> paid_as;
  if (!c.free && !parts_pay) paid_as = c.paid_as.empty() ? kind : c.paid_as;
  if (!o.count(kind, c.object, paid_as))
    return api_error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
  const auto met = c.kind == "no_session" ? std::nullopt : o.faults.take(c.kind, c.object);
  response out;
  if (met) before_serving(*met);
  if (met && met->type == "expire_session") o.expire_sessions();
  if (met && (met->type == "job_failed" || met->type == "job_aborted")) {
    c.job_ends = met->type == "job_failed" ? "Failed" : "Aborted";
    c.job_message = met->message;
  }
  auto other = met ? instead_of(*met) : std::nullopt;
  out = other ? std::move(*other) : dispatch(*this, c, r);
  if (met) o.faults.spoil(*met, out);
  o.faults.note_page(kind, out);
  return out;
}

response api::answer(const request& r) {
  if (r.path.starts_with("/sandbox/")) return serve_control(*this, r);
  if (r.target_bytes > longest_uri) return too_long(414, "URI Too Long");
  if (r.head_bytes > longest_uri) return too_long(431, "Request Header Fields Too Large");
  call c = find_call(*this, r);
  if (c.where == nullptr) return not_found();
  c.where->settle();
  response out = serve(c, r);
  org& o = *c.where;
  out.delay_ms += o.options().latency_ms;
  out.headers.emplace_back("Date", http_date(o.now()));
  if (!c.version.empty())
    out.headers.emplace_back("Sforce-Limit-Info", "api-usage=" + std::to_string(o.used()) + "/" +
                                                      std::to_string(o.settings.daily_limit));
  return out;
}

}  // namespace sandbox
