// Limits, counts, and several requests in one.
#include "api.hpp"
#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr std::size_t most_requests = 25;

std::string limit_json(std::uint64_t most, std::uint64_t used) {
  return json_object().number("Max", most).number("Remaining", most - std::min(used, most)).done();
}

std::string text_of(const boost::json::object& o, std::string_view name) {
  const auto* found = o.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::string lowered(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A request within another: "v62.0/sobjects/Account/describe" or with "/services/data/" before.
response serve_inner(api& all, const call& outer, const boost::json::object& inner, bool free) {
  request r;
  r.method = text_of(inner, "method");
  std::string url = text_of(inner, "url");
  if (!url.starts_with("/services/data/")) url.insert(0, "/services/data/");
  const std::size_t mark = std::min(url.find('?'), url.size());
  if (mark < url.size()) r.query = parse_form(std::string_view(url).substr(mark + 1));
  r.path = url_decoded(std::string_view(url).substr(0, mark), false);
  if (const auto* headers = inner.if_contains("httpHeaders");
      headers != nullptr && headers->is_object())
    for (const auto& [name, value] : headers->get_object())
      if (value.is_string()) r.headers[lowered(name)] = value.get_string();
  call c;
  c.where = outer.where;
  c.free = free;
  c.path = r.path;
  classify(c, r);
  if (r.method != "GET" || c.version.empty())
    return api_error(400, "INVALID_BATCH_REQUEST", "Only GET of data resources is supported");
  return all.serve(c, r);
}

/// A body within another: what is no JSON is a text.
std::string inner_body(response& answer) {
  const std::string body = answer.text();
  if (body.empty()) return "null";
  return body.front() == '{' || body.front() == '[' ? body : json_text(body);
}

const boost::json::array* requests_of(const call& c, std::string_view name) {
  const auto* found = c.body.if_contains(name);
  return found != nullptr && found->is_array() && found->get_array().size() <= most_requests
             ? &found->get_array()
             : nullptr;
}

bool is_query(const std::string& url) {
  return url.find("/query") != std::string::npos;
}

std::size_t queries_in(const boost::json::array& requests) {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(), [](const boost::json::value& one) {
        return one.is_object() && is_query(text_of(one.get_object(), "url"));
      }));
}

bool is_refused(const org_settings& settings, const std::string& url) {
  if (settings.composite_refuses == "describe") return url.ends_with("/describe");
  return settings.composite_refuses == "query" && is_query(url);
}

}  // namespace

response serve_limits(const call& c) {
  const org& o = *c.where;
  const auto jobs = o.kinds.find("bulk_create");
  return json_response(
      json_object()
          .raw("DailyApiRequests", limit_json(o.settings.daily_limit, o.used()))
          .raw("DailyBulkV2QueryJobs", limit_json(10'000, jobs == o.kinds.end() ? 0 : jobs->second))
          .raw("DailyBulkV2QueryFileStorageMB", limit_json(976'562, 0))
          .raw("DailyBulkApiBatches", limit_json(15'000, 0))
          .done());
}

response serve_record_count(const call& c, const request& r) {
  std::vector<std::string> names = split(r.parameter("sObjects"), ',');
  if (names.empty())
    for (const object_def& o : c.where->objects().objects)
      if (o.queryable) names.push_back(o.name);
  std::string out = "[";
  for (const std::string& name : names) {
    const object_def* o = c.where->find(name);
    if (o == nullptr || !o->queryable || c.where->records(*o).live() == 0) continue;
    if (out.size() > 1) out += ',';
    out += json_object().number("count", c.where->records(*o).live()).text("name", o->name).done();
  }
  return json_response(json_object().raw("sObjects", out + "]").done());
}

response serve_batch(api& all, const call& c) {
  const auto* inner = requests_of(c, "batchRequests");
  if (inner == nullptr)
    return api_error(400, "INVALID_BATCH_REQUEST", "batchRequests: 1 to 25 requests");
  const auto* halt = c.body.if_contains("haltOnError");
  const bool halts = halt != nullptr && halt->is_bool() && halt->get_bool();
  bool failed = false;
  std::string results = "[";
  for (const auto& one : *inner) {
    response answer =
        failed && halts
            ? api_error(412, "BATCH_PROCESSING_HALTED", "Batch processing halted")
            : serve_inner(all, c, one.is_object() ? one.get_object() : boost::json::object(),
                          false);
    failed = failed || answer.status >= 400;
    if (results.size() > 1) results += ',';
    results +=
        json_object().number("statusCode", answer.status).raw("result", inner_body(answer)).done();
  }
  return json_response(
      json_object().flag("hasErrors", failed).raw("results", results + "]").done());
}

response serve_composite(api& all, const call& c) {
  const org_settings& settings = c.where->settings;
  if (settings.composite_refuses == "all") return not_found();
  const auto* inner = requests_of(c, "compositeRequest");
  if (inner == nullptr || inner->size() > settings.composite_max)
    return api_error(
        400, "INVALID_INPUT",
        "compositeRequest: 1 to " + std::to_string(settings.composite_max) + " requests");
  if (queries_in(*inner) > settings.composite_queries_max)
    return api_error(
        400, "INVALID_INPUT",
        "compositeRequest: " + std::to_string(settings.composite_queries_max) + " queries at most");
  std::string results = "[";
  for (const auto& one : *inner) {
    const boost::json::object asked = one.is_object() ? one.get_object() : boost::json::object();
    response answer = is_refused(settings, text_of(asked, "url"))
                          ? api_error(400, "INVALID_INPUT", "This resource is not supported here")
                          : serve_inner(all, c, asked, !settings.composite_counts_each);
    json_object headers;
    for (const auto& [name, text] : answer.headers)
      headers.text(name, text);
    if (results.size() > 1) results += ',';
    results += json_object()
                   .raw("body", inner_body(answer))
                   .raw("httpHeaders", headers.done())
                   .number("httpStatusCode", answer.status)
                   .text("referenceId", text_of(asked, "referenceId"))
                   .done();
  }
  return json_response(json_object().raw("compositeResponse", results + "]").done());
}

}  // namespace sandbox
